import { type Drawing, FONT_SIZE } from "./_draw.ts";
import type { Part } from "./_legend.ts";
import { wrapText } from "./_measure.ts";
import { fromDom, writeXml, xml, type XmlNode } from "./_xml.ts";

/** What a figure is put together from; widths in pixels. */
export interface FigureParts {
  name: string;
  width: number;
  title?: string | undefined;
  subtitle?: string | undefined;
  caption?: string | undefined;
  legends: Part[];
  drawing?: Drawing;
}

const INK = "#1f2328";
const GREY = "#59636e";
/** Pixels between the edge of the figure and its texts. */
const PAD = 8;

/** Stacks title, subtitle, legends, drawing and caption into one SVG text on a white ground. */
export function composeFigure({ name, title, subtitle, caption, legends, drawing, width }: FigureParts): string {
  const box = drawing?.box ?? { left: 0, top: 0, right: width, bottom: 0 };
  const full = Math.ceil(box.right - box.left);
  const parts: Part[] = [
    ...textPart(title, full, { size: 17, weight: 600, color: INK, lead: 22 }),
    ...textPart(subtitle, full, { size: 13, color: GREY, lead: 18 }),
    ...legends.map(({ node, height }) => ({ node, height: height + 4 })),
    ...drawing ? [drawnPart(drawing)] : [],
    ...textPart(caption, full, { size: 12, color: GREY, lead: 16 }),
  ];
  let y = title ?? subtitle ?? (legends.length > 0 ? "" : undefined) !== undefined ? PAD : 0;
  const nodes = parts.map(({ node, height }): XmlNode => {
    const x = node.attributes["data-drawing"] === undefined ? PAD : -box.left;
    const { "data-drawing": _, ...attributes } = node.attributes;
    const placed = { ...node, attributes: { ...attributes, transform: `translate(${x},${y})` } };
    y += height;
    return placed;
  });
  const height = Math.ceil(y + (caption !== undefined ? PAD : 0));
  return writeXml(xml(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${full} ${height}`,
      width: full,
      height,
      role: "img",
      "aria-label": name,
      "font-family": "system-ui, sans-serif",
      color: INK,
      style: "background: #fff; max-width: 100%; height: auto",
    },
    xml("rect", { width: full, height, fill: "#fff" }),
    ...nodes,
  ));
}

function drawnPart({ svg, box }: Drawing): Part {
  const { attributes, children } = fromDom(svg);
  const { "font-size": size = FONT_SIZE, fill, "text-anchor": anchor, style } = attributes;
  const inner = xml("g", { transform: `translate(0,${-box.top})` }, ...children);
  const kept = { "font-size": size, fill, "text-anchor": anchor, style: `white-space: pre;${style ?? ""}` };
  return { node: xml("g", { ...kept, "data-drawing": "" }, inner), height: box.bottom - box.top };
}

interface TextStyle {
  size: number;
  lead: number;
  color: string;
  weight?: number;
}

function textPart(text: string | undefined, width: number, { size, lead, color, weight }: TextStyle): Part[] {
  if (text === undefined || text.trim() === "") return [];
  const lines = wrapText(text, width - 2 * PAD, size, weight !== undefined);
  const nodes = lines.map((line, index) => xml("text", { y: index * lead + size }, line));
  const attributes = { "font-size": size, "font-weight": weight, fill: color };
  return [{ node: xml("g", attributes, ...nodes), height: lines.length * lead + 4 }];
}
