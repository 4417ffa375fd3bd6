import { createHash } from "node:crypto";
import { type DomElement, RAMP_PREFIX } from "./_document.ts";

/** An element to be written; attributes that are undefined are left out. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string | number | undefined>;
  children: XmlNode[];
}
/** An element or a text. */
export type XmlNode = XmlElement | string;

/** Makes an element. */
export function xml(name: string, attributes: XmlElement["attributes"], ...children: XmlNode[]): XmlElement {
  return { name, attributes, children };
}

/** Reads what Plot drew, without its style sheets, event handlers and classes. */
export function fromDom(element: DomElement): XmlElement {
  const attributes: Record<string, string> = {};
  for (const { name, value } of [...element.attributes]) {
    if (name === "class" || name.startsWith("on") || name === "xmlns" || name === "xmlns:xlink") continue;
    if (element.localName === "image" && /(^|:)href$/.test(name)) checkPicture(value.trim());
    if (/(^|:)href$/.test(name) && !SAFE_LINK.test(value.trim())) continue;
    attributes[name === "xlink:href" ? "href" : name] = value;
  }
  const children = [...element.childNodes].flatMap((node): XmlNode[] => {
    if (node.nodeType === 3) return [node.textContent ?? ""];
    return node.nodeType === 1 && node.localName !== "style" ? [fromDom(node as DomElement)] : [];
  });
  return { name: element.localName, attributes, children };
}

/**
 * Writes an element as XML. Coordinates have two decimals at most, and ids follow from the content, so that equal
 * drawings have equal bytes and two drawings on one page do not share ids.
 */
export function writeXml(root: XmlElement): string {
  const ids = new Map<string, string>();
  collectIds(root, ids);
  const neutral = write(root, (id) => ids.get(id) ?? id);
  const hash = createHash("sha256").update(neutral).digest("hex").slice(0, 8);
  return ids.size === 0 ? neutral : write(root, (id) => ids.has(id) ? `p${hash}-${ids.get(id)}` : id);
}

/** A ramp's colours are replaced by a gradient before anything is written. */
const SAFE_LINK = new RegExp(`^(#|https?:|data:image/(png|jpeg|gif|webp);base64,|${RAMP_PREFIX})`, "i");

function checkPicture(source: string): void {
  if (/^data:/i.test(source) && SAFE_LINK.test(source)) return;
  throw new TypeError(
    `Cannot draw a picture as figures hold all that they show: got "${
      source.slice(0, 80)
    }"; give its data, as in "data:image/png;base64,…"`,
  );
}

function collectIds(element: XmlElement, ids: Map<string, string>): void {
  const { id } = element.attributes;
  if (id !== undefined && !ids.has(String(id))) ids.set(String(id), String(ids.size + 1));
  for (const child of element.children) if (typeof child !== "string") collectIds(child, ids);
}

function write(node: XmlNode, rename: (id: string) => string): string {
  if (typeof node === "string") return escapeText(node);
  const attributes = Object.entries(node.attributes).filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeAttribute(attributeText(name, String(value), rename))}"`).join("");
  if (node.children.length === 0) return `<${node.name}${attributes}/>`;
  const breaks = LINED.has(node.name) && node.children.every((child) => typeof child !== "string");
  const children = node.children.map((child) => write(child, rename));
  const inner = breaks ? `\n${children.join("\n")}\n` : children.join("");
  return `<${node.name}${attributes}>${inner}</${node.name}>`;
}

/** Elements whose children stand on lines of their own, so that changes of a drawing show as changes of lines. */
const LINED: ReadonlySet<string> = new Set(["svg", "g", "defs", "clipPath", "linearGradient", "pattern"]);

const GEOMETRY = /^(d|transform|points|x|y|x1|x2|y1|y2|dx|dy|cx|cy|r|rx|ry|width|height|patternTransform)$/;

function attributeText(name: string, value: string, rename: (id: string) => string): string {
  if (name === "id") return rename(value);
  const text = value.replace(/url\(#([^)]*)\)/g, (_, id) => `url(#${rename(id)})`)
    .replace(/var\(--plot-background\)/g, "#fff");
  if (name === "href") return text.replace(/^#(.*)$/, (_, id) => `#${rename(id)}`);
  return GEOMETRY.test(name)
    ? text.replace(/-?\d*\.\d{3,}(e-?\d+)?/g, (number) => String(round(Number(number))))
    : text;
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}

/** What XML 1.0 cannot hold: control characters and halves of surrogate pairs. */
// deno-lint-ignore no-control-regex
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;

function escapeText(text: string): string {
  return text.replace(NOT_XML, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function escapeAttribute(text: string): string {
  return escapeText(text).replace(/"/g, "&quot;").replace(/\n/g, "&#10;");
}
