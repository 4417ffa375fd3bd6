import { countDrawn } from "./_svg_uses.ts";
import { decodeXml, readTag, type XmlTag } from "./_xml_tag.ts";

/** A figure as a file of its own and what was taken out of it, or why there is none. */
export type SvgFile = { file: string; dropped: string[] } | { refused: string };

/** A larger figure is refused, in UTF-16 code units. */
const MAX_SVG = 5_000_000;
/** Browsers give up at 256. */
const MAX_DEPTH = 200;
/** More tags are refused: they take long here, and longer in a browser. */
const MAX_TAGS = 200_000;
const NAMESPACE = "http://www.w3.org/2000/svg";
const MALFORMED = "its SVG is not well-formed";

/**
 * Makes an SVG text a file of its own. It is opened by people who did not write it, so only elements and attributes
 * that draw are kept; a figure of boathouse/plot stays as it is, byte for byte.
 */
export function standaloneSvg(text: string): SvgFile {
  if (text.length > MAX_SVG) return { refused: "its SVG is larger than 5 MB" };
  const svg = text.trim().replace(/^<\?xml[^>]*\?>\s*/, "").replace(/^<!DOCTYPE[^[>]*>\s*/i, "");
  if (!/^<svg[\s/>]/.test(svg)) return { refused: "its SVG is no single <svg> element" };
  try {
    const { kept, dropped } = keepDrawing(svg);
    if (svg.includes("<use") && countDrawn(tagsOf(svg)) > MAX_TAGS) {
      return { refused: "its SVG repeats itself too often" };
    }
    return { file: `${withNamespace(kept)}\n`, dropped: [...dropped].filter((what) => what !== "").sort() };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refused: error.message };
  }
}

function* tagsOf(svg: string): Generator<XmlTag> {
  for (const { tag } of readPieces(svg)) if (tag) yield tag;
}

function keepDrawing(svg: string): { kept: string; dropped: Set<string> } {
  const [kept, dropped, open]: [string[], Set<string>, string[]] = [[], new Set(), []];
  // Within an element that is dropped: how many elements are around it.
  let outside = Infinity;
  for (const { raw, tag, text, foreign } of readPieces(svg)) {
    const hidden = open.length > outside;
    if (!hidden && foreign !== null) dropped.add(foreign);
    if (!hidden && foreign === null) kept.push(tag && !tag.close ? keepAttributes(raw, tag, dropped) : text);
    if (tag?.close) {
      if (open.pop() !== tag.name) throw new SyntaxError(MALFORMED);
      if (open.length <= outside) outside = Infinity;
    } else if (tag && !tag.empty) {
      if (!hidden && foreign !== null) outside = open.length;
      if (open.push(tag.name) > MAX_DEPTH) throw new SyntaxError(`its SVG nests deeper than ${MAX_DEPTH}`);
    }
  }
  if (open.length > 0) throw new SyntaxError(MALFORMED);
  return { kept: kept.join(""), dropped };
}

interface Piece {
  raw: string;
  /** A tag, other than those of a style. */
  tag: XmlTag | null;
  /** What is kept of it. */
  text: string;
  /** Why it goes, with all that is within it; "" where that is not worth a word. */
  foreign: string | null;
}

/** The pieces of one element, which must be all there is but for comments. */
function* readPieces(svg: string): Generator<Piece> {
  let [depth, tags] = [0, 0];
  for (let at = 0; at < svg.length;) {
    const piece = readPiece(svg, at);
    at += piece.raw.length;
    yield piece;
    if (piece.tag && ++tags > MAX_TAGS) throw new SyntaxError("its SVG has more than 200,000 tags");
    if (piece.tag && !piece.tag.empty) depth += piece.tag.close ? -1 : 1;
    if (depth > 0) continue;
    if (svg.slice(at).replace(/<!--[^]*?-->/g, "").trim() === "") return;
    throw new SyntaxError("its SVG is no single <svg> element");
  }
}

function readPiece(svg: string, at: number): Piece {
  const whole = (raw: string, text = ""): Piece => ({ raw, tag: null, text, foreign: null });
  if (svg[at] !== "<") {
    const raw = svg.slice(at, upTo(svg, "<", at) - 1);
    return whole(raw, checkEntities(raw));
  }
  if (svg.startsWith("<!--", at)) return whole(svg.slice(at, upTo(svg, "-->", at + 4)));
  if (svg.startsWith("<?", at)) return whole(svg.slice(at, upTo(svg, "?>", at)));
  if (svg.startsWith("<![CDATA[", at)) {
    const raw = svg.slice(at, upTo(svg, "]]>", at));
    return whole(raw, escapeXml(raw.slice(9, -3)));
  }
  if (svg.startsWith("<!", at)) throw new SyntaxError("its SVG holds a document type");
  const { raw, tag } = readTag(svg, at);
  checkEntities(raw);
  if (tag.name === "style" && !tag.close && !tag.empty) return readStyle(svg, at, raw);
  return { raw, tag, text: raw, foreign: foreignElement(tag) };
}

/** A style with all of its text, which counts as one however it is written, and without attributes. */
function readStyle(svg: string, at: number, open: string): Piece {
  const raw = svg.slice(at, upTo(svg, "</style>", at));
  const inner = raw.slice(open.length, -"</style>".length).trim();
  const style = /^<!\[CDATA\[([^]*)\]\]>$/.exec(inner)?.[1] ?? decodeXml(checkEntities(inner));
  const foreign = style.includes("<") || loadsStyle(style) ? "a style from elsewhere" : null;
  return { raw, tag: null, text: `<style>${escapeXml(style)}</style>`, foreign };
}

/** Where a mark ends. */
function upTo(svg: string, mark: string, from: number): number {
  const found = svg.indexOf(mark, from);
  if (found < 0) throw new SyntaxError(MALFORMED);
  return found + mark.length;
}

function checkEntities(raw: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(raw)) throw new SyntaxError(MALFORMED);
  return raw;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

const DRAWING: ReadonlySet<string> = new Set(
  ("svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath image a title desc style " +
    "clipPath mask pattern linearGradient radialGradient stop marker switch filter feBlend feColorMatrix " +
    "feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow " +
    "feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight " +
    "feSpecularLighting feSpotLight feTile feTurbulence").split(" "),
);

function foreignElement({ name }: XmlTag): string | null {
  if (DRAWING.has(name)) return null;
  if (name === "metadata") return "";
  if (/(^|:)script$/i.test(name)) return "a script";
  return /^(animate\w*|set|mpath)$/.test(name) ? "an animation" : "foreign content";
}

function keepAttributes(raw: string, tag: XmlTag, dropped: Set<string>): string {
  const kept = tag.attributes.filter(({ name, value }) => {
    const foreign = foreignAttribute(tag.name, name, value);
    if (foreign !== null) dropped.add(foreign);
    return foreign === null;
  });
  if (kept.length === tag.attributes.length) return raw;
  return `<${tag.name}${kept.map(({ raw }) => ` ${raw}`).join("")}${tag.empty ? "/" : ""}>`;
}

/** Attributes whose text no browser reads as a style. */
const WORDS = /^(aria-[\w-]+|data-[\w-]+|id|class|role|d|points|xml:space|xml:lang)$/;

function foreignAttribute(element: string, name: string, value: string): string | null {
  if (/^on/i.test(name)) return "an event handler";
  if (name === "href" || name === "xlink:href") return foreignLink(element, value.trim());
  if (name === "xmlns") return value === NAMESPACE ? null : "foreign content";
  if (name === "xmlns:xlink" || WORDS.test(name)) return null;
  // What editors note about a drawing shows nothing.
  if (name.includes(":")) return "";
  return loadsStyle(value) ? "a style from elsewhere" : null;
}

function foreignLink(element: string, to: string): string | null {
  if (to.startsWith("#")) return null;
  if (element === "a") return /^(https?:\/\/|mailto:)/i.test(to) ? null : "a link that is none to the web";
  if (element !== "image") return "a part from elsewhere";
  return /^data:image\/(png|jpeg|gif|webp);base64,[\w+/=\s]*$/i.test(to) ? null : "a picture from elsewhere";
}

/** Whether a style may load something; one with escapes might, and nobody needs them. */
function loadsStyle(style: string): boolean {
  return /\\|@import|image-set|\b(url|src)\(\s*(?!["']?#)/i.test(style);
}

function withNamespace(svg: string): string {
  const named = readTag(svg, 0).tag.attributes.some(({ name }) => name === "xmlns");
  return named ? svg : svg.replace("<svg", `<svg xmlns="${NAMESPACE}"`);
}
