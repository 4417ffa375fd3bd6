import type { DomElement } from "./_document.ts";

/** A rectangle in pixels; y grows downwards. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The smallest box around boxes. */
export function around(boxes: Box[]): Box {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  };
}

/** A piece of text in a drawing and where it is. */
export interface PlacedText {
  text: string;
  /** `aria-label` of the group it is in, for example `x-axis tick label`. */
  group: string;
  box: Box;
}

/** Advance widths in em of the widest common interface font (DejaVu Sans), so that a guess errs to the wide side. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[ijlI|.,:;'!`]/, 0.34],
  [/[ ()[\]{}ft/\\"-]/, 0.41],
  [/[MW@%—…]/, 0.96],
  [/[mw→←↑↓+=<>~−]/, 0.85],
  [/[A-Z&]/, 0.7],
  [/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]|\p{Extended_Pictographic}/u, 1],
];

/**
 * Guesses the width of a text.
 *
 * @param text One line.
 * @param fontSize In pixels.
 * @param bold Whether it is bold.
 * @returns Pixels, rather too many than too few.
 */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let em = 0;
  for (const char of text) em += WIDTHS.find(([pattern]) => pattern.test(char))?.[1] ?? 0.63;
  return em * fontSize * (bold ? 1.1 : 1);
}

/** Breaks a text into lines of at most a width in pixels; a longer word has a line of its own. */
export function wrapText(text: string, width: number, fontSize: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(longer, fontSize, bold) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** All texts of a drawing with guessed boxes, in the drawing's own pixels. */
export function placeTexts(root: DomElement, fontSize: number, anchor = "middle"): PlacedText[] {
  const found: PlacedText[] = [];
  const start: Style = { matrix: [1, 0, 0, 1, 0, 0], fontSize, anchor, group: "", bold: false };
  const visit = (element: DomElement, outer: Style): void => {
    const style = inherit(element, outer);
    if (element.localName === "text") found.push(...placeText(element, style));
    else if (!HIDDEN.has(element.localName)) { for (const child of element.children) visit(child, style); }
  };
  visit(root, start);
  return found;
}

const HIDDEN: ReadonlySet<string> = new Set(["defs", "clipPath", "title", "style", "pattern", "mask"]);

type Matrix = readonly [number, number, number, number, number, number];

interface Style {
  matrix: Matrix;
  fontSize: number;
  anchor: string;
  group: string;
  bold: boolean;
}

function inherit(element: DomElement, outer: Style): Style {
  const size = Number.parseFloat(element.getAttribute("font-size") ?? "");
  const weight = element.getAttribute("font-weight");
  return {
    matrix: multiply(outer.matrix, parseTransform(element.getAttribute("transform") ?? "")),
    fontSize: Number.isFinite(size) ? size : outer.fontSize,
    anchor: element.getAttribute("text-anchor") ?? outer.anchor,
    group: element.getAttribute("aria-label") ?? outer.group,
    bold: weight === null ? outer.bold : weight === "bold" || Number(weight) >= 600,
  };
}

function placeText(element: DomElement, style: Style): PlacedText[] {
  const { fontSize } = style;
  const spans = [...element.children].filter((child) => child.localName === "tspan");
  const at = (of: DomElement, name: string, base: number) => length(of.getAttribute(name), fontSize) ?? base;
  const [x, y] = [at(element, "x", 0), at(element, "y", 0)];
  if (spans.length === 0) {
    return placeLine(element.textContent ?? "", x + at(element, "dx", 0), y + at(element, "dy", 0), style);
  }
  let line = y;
  return spans.flatMap((span) => {
    line = at(span, "y", line) + at(span, "dy", 0);
    return placeLine(span.textContent ?? "", at(span, "x", x), line, style);
  });
}

function placeLine(text: string, x: number, y: number, { matrix, fontSize, anchor, group, bold }: Style): PlacedText[] {
  if (text.trim() === "") return [];
  const width = textWidth(text, fontSize, bold);
  const left = x - width * ({ start: 0, end: 1 }[anchor] ?? 0.5);
  const [top, bottom] = [y - 0.78 * fontSize, y + 0.24 * fontSize];
  const corners = [[left, top], [left + width, top], [left, bottom], [left + width, bottom]].map(([cx, cy]) => {
    const [a, b, c, d, e, f] = matrix;
    return [a * cx! + c * cy! + e, b * cx! + d * cy! + f] as const;
  });
  const [xs, ys] = [corners.map(([cx]) => cx), corners.map(([, cy]) => cy)];
  return [{
    text,
    group,
    box: { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) },
  }];
}

function length(value: string | null, fontSize: number): number | undefined {
  if (value === null) return undefined;
  const number = Number.parseFloat(value);
  if (!Number.isFinite(number)) return undefined;
  return value.trim().endsWith("em") ? number * fontSize : number;
}

function parseTransform(text: string): Matrix {
  const steps = [...text.matchAll(/(translate|rotate|scale|matrix)\(([^)]*)\)/g)];
  return steps.reduce<Matrix>((matrix, [, kind, list]) => {
    const numbers = list!.split(/[\s,]+/).filter((part) => part !== "").map(Number);
    return multiply(matrix, transformMatrix(kind!, numbers));
  }, [1, 0, 0, 1, 0, 0]);
}

function transformMatrix(kind: string, [a = 0, b, c, d, e, f]: number[]): Matrix {
  if (kind === "translate") return [1, 0, 0, 1, a, b ?? 0];
  if (kind === "scale") return [a, 0, 0, b ?? a, 0, 0];
  if (kind === "matrix") return [a, b ?? 0, c ?? 0, d ?? 1, e ?? 0, f ?? 0];
  const [cos, sin] = [Math.cos(a * Math.PI / 180), Math.sin(a * Math.PI / 180)];
  const [x, y] = [b ?? 0, c ?? 0];
  return [cos, sin, -sin, cos, x - x * cos + y * sin, y - x * sin - y * cos];
}

function multiply([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}
