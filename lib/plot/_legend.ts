import { type DomElement, RAMP_PREFIX } from "./_document.ts";
import { placeTexts, textWidth } from "./_measure.ts";
import { fromDom, xml, type XmlElement, type XmlNode } from "./_xml.ts";

/** A part of a figure with its height in pixels. */
export interface Part {
  node: XmlElement;
  height: number;
}

const FONT = 12;
const RAMP_FONT = 11;
const GAP = 18;
const ROW = 22;

/** Makes the legend that Plot drew one SVG group: swatches in rows, or a ramp whose canvas becomes a gradient. */
export function flattenLegend(legend: DomElement, width: number): Part {
  return legend.localName === "svg" ? flattenRamp(legend) : flattenSwatches(legend, width);
}

function flattenRamp(legend: DomElement): Part {
  const height = Number(legend.getAttribute("height"));
  const { children } = fromDom(legend);
  const drawn = children.flatMap((child, index) => replaceCanvas(child, `ramp-${index}`));
  // Labels of the first tick reach beyond the left end of the ramp.
  const left = Math.min(0, ...placeTexts(legend, RAMP_FONT, "start").map(({ box }) => box.left));
  const inner = xml("g", { transform: left < 0 ? `translate(${-left},0)` : undefined }, ...drawn);
  const attributes = { "font-size": RAMP_FONT, fill: "currentColor", "text-anchor": "start" };
  return { node: xml("g", attributes, inner), height: height + 6 };
}

/** Between the first and last colour, every 8th of 256 is enough for the eye. */
const STOPS = 32;

function replaceCanvas(node: XmlNode, id: string): XmlNode[] {
  if (typeof node === "string" || node.name !== "image") return [node];
  const colors = JSON.parse(String(node.attributes.href).slice(RAMP_PREFIX.length)) as string[];
  const stops = Array.from({ length: STOPS + 1 }, (_, step) => {
    const color = colors[Math.round(step / STOPS * (colors.length - 1))]!;
    return xml("stop", { offset: Number((step / STOPS).toFixed(4)), ...stopColor(color) });
  });
  const { x, y, width, height, opacity } = node.attributes;
  return [
    xml("linearGradient", { id }, ...stops),
    xml("rect", { x, y, width, height, opacity, fill: `url(#${id})` }),
  ];
}

/** Renderers differ in reading rgba() in a stop. */
function stopColor(color: string): Record<string, string> {
  const match = /^rgba\(([^,]+),([^,]+),([^,]+),([^)]+)\)$/.exec(color);
  return match
    ? { "stop-color": `rgb(${match[1]},${match[2]},${match[3]})`, "stop-opacity": match[4]!.trim() }
    : { "stop-color": color };
}

function flattenSwatches(legend: DomElement, width: number): Part {
  const items = [...legend.children].filter((child) => child.localName !== "style").map(readSwatch);
  let [x, y] = [0, 0];
  const nodes = items.map(({ mark, size, label }) => {
    const needed = size + 6 + textWidth(label, FONT);
    if (x > 0 && x + needed > width) [x, y] = [0, y + ROW];
    const text = xml("text", { x: size + 6, y: ROW / 2 + 4 }, label);
    const node = xml("g", { transform: `translate(${x},${y})` }, mark, text);
    x += needed + GAP;
    return node;
  });
  const node = xml("g", { "font-size": FONT, fill: "currentColor", "text-anchor": "start" }, ...nodes);
  return { node, height: y + ROW };
}

function readSwatch(item: DomElement): { mark: XmlElement; size: number; label: string } {
  const svg = [...item.children].find((child) => child.localName === "svg")!;
  const { attributes, children } = fromDom(svg);
  const [width, height] = [Number(attributes.width), Number(attributes.height)];
  const box = String(attributes.viewBox ?? "").split(" ").map(Number);
  const scale = box.length === 4 ? width / box[2]! : 1;
  const shapes = children.map((child) => sizeShape(child, width, height));
  const { fill, stroke } = attributes;
  const own = {
    fill,
    stroke,
    "fill-opacity": attributes["fill-opacity"],
    "stroke-opacity": attributes["stroke-opacity"],
  };
  const shift = box.length === 4 ? `scale(${scale}) translate(${-box[0]!},${-box[1]!})` : "";
  const transform = `translate(0,${(ROW - height) / 2}) ${shift}`.trim();
  const mark = xml("g", { ...own, "stroke-width": attributes["stroke-width"], transform }, ...shapes);
  return { mark, size: width, label: labelOf(item) };
}

function sizeShape(node: XmlNode, width: number, height: number): XmlNode {
  if (typeof node === "string" || node.name !== "rect") return node;
  return xml("rect", { ...node.attributes, width, height, rx: 2 });
}

function labelOf(item: DomElement): string {
  return [...item.childNodes].filter((node) => node.localName !== "svg")
    .map((node) => node.textContent ?? "").join("").trim();
}
