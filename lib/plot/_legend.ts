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
/** Between the labels of two ticks. */
const TICK_GAP = 6;

/** How a legend is called. */
export interface LegendNames {
  /** Name of its scale: one figure has one legend of each. */
  name: string;
  label?: string | undefined;
}

/** Draws a legend as Plot does; a ramp with the width and the number of ticks that are asked for. */
export type DrawLegend = (ramp: { width?: number; ticks?: number }) => DomElement;

/**
 * Makes the legend that Plot draws one SVG group: swatches in rows, or a ramp whose canvas becomes a gradient. A ramp
 * grows with the labels of its ticks; those that still run into another are left out.
 *
 * @param draw Draws it.
 * @param width Room in pixels.
 * @param names The scale that it shows, and what stands over its swatches, if anything.
 * @returns The group and its height.
 */
export function flattenLegend(draw: DrawLegend, width: number, { name, label }: LegendNames): Part {
  const legend = draw({});
  if (legend.localName !== "svg") return flattenSwatches(legend, width, label);
  const ticks = placeTicks(fromDom(legend));
  const wanted = Math.ceil(Number(legend.getAttribute("width")) * crowding(ticks));
  return flattenRamp(
    crowding(ticks) > 1 ? draw({ width: Math.min(width, wanted), ticks: ticks.length }) : legend,
    name,
  );
}

function flattenRamp(legend: DomElement, name: string): Part {
  const height = Number(legend.getAttribute("height"));
  const { children } = thinTicks(fromDom(legend));
  const drawn = children.flatMap((child, index) => replaceCanvas(child, `ramp-${name}-${index}`));
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

interface Tick {
  /** Its group with a line and a text. */
  node: XmlElement;
  x: number;
  width: number;
}

function placeTicks(node: XmlNode): Tick[] {
  if (typeof node === "string") return [];
  const text = node.children.find((child): child is XmlElement => typeof child !== "string" && child.name === "text");
  const at = /^translate\((-?[\d.]+)/.exec(String(node.attributes.transform ?? ""))?.[1];
  if (text === undefined || at === undefined) return node.children.flatMap(placeTicks);
  return [{ node, x: Number(at), width: textWidth(text.children.join(""), RAMP_FONT) }];
}

/** How many times wider a ramp must be for its labels to stand apart. */
function crowding(ticks: Tick[]): number {
  const needs = ticks.slice(1).map(({ x, width }, index) => {
    const before = ticks[index]!;
    // Plot rounds to whole pixels.
    return ((before.width + width) / 2 + TICK_GAP + 2) / Math.max(1, x - before.x);
  });
  return Math.max(1, ...needs);
}

/** Takes the labels of ticks that would run into the one before. */
function thinTicks(legend: XmlElement): XmlElement {
  let right = -Infinity;
  const crowded = new Set(
    placeTicks(legend).flatMap(({ node, x, width }) => {
      if (x - width / 2 < right + TICK_GAP) return [node];
      right = x + width / 2;
      return [];
    }),
  );
  const thin = (node: XmlNode): XmlNode => {
    if (typeof node === "string") return node;
    const children = crowded.has(node)
      ? node.children.filter((child) => typeof child === "string" || child.name !== "text")
      : node.children.map(thin);
    return { ...node, children };
  };
  return thin(legend) as XmlElement;
}

function flattenSwatches(legend: DomElement, width: number, label: string | undefined): Part {
  const items = [...legend.children].filter((child) => child.localName !== "style").map(readSwatch);
  const top = label === undefined ? 0 : 18;
  const needs = items.map(({ size, label }) => size + 6 + textWidth(label, FONT) + GAP);
  const oneRow = needs.reduce((sum, need) => sum + need, -GAP) <= width;
  // More rows than one are columns, as wide as the widest.
  const [column, columns] = [Math.max(0, ...needs), Math.max(1, Math.floor((width + GAP) / Math.max(1, ...needs)))];
  const nodes = items.map(({ mark, size, label }, index) => {
    const x = oneRow ? needs.slice(0, index).reduce((sum, need) => sum + need, 0) : index % columns * column;
    const y = top + (oneRow ? 0 : Math.floor(index / columns) * ROW);
    const text = xml("text", { x: size + 6, y: ROW / 2 + 4 }, label);
    return xml("g", { transform: `translate(${x},${y})` }, mark, text);
  });
  const title = label === undefined
    ? []
    : [xml("text", { y: 12, "font-size": RAMP_FONT, "font-weight": "bold" }, label)];
  const node = xml("g", { "font-size": FONT, fill: "currentColor", "text-anchor": "start" }, ...title, ...nodes);
  return { node, height: top + (oneRow ? 1 : Math.ceil(items.length / columns)) * ROW };
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
