import * as Plot from "@observablehq/plot";
import { type DomElement, figureDocument } from "./_document.ts";
import { plainMarks } from "./_plain_data.ts";
import { around, type Box, type PlacedText, placeTexts } from "./_measure.ts";

/** Pixels; Plot's own 10 is too small once a picture of 640 is shown on a page. */
export const FONT_SIZE = 12;
/** Room between a label and the edge, in pixels. */
const EDGE = 4;
const SIDES = ["left", "right", "top", "bottom"] as const;
type Side = typeof SIDES[number];
const MARGINS = { left: "marginLeft", right: "marginRight", top: "marginTop", bottom: "marginBottom" } as const;

/** What Plot drew, and the room that it takes. */
export interface Drawing {
  svg: DomElement & Pick<Plot.Plot, "scale" | "legend">;
  width: number;
  height: number;
  texts: PlacedText[];
  /** The drawing with all its labels: beyond 0, 0, width, height where margins are fixed too small. */
  box: Box;
}

/** Draws, looks where labels are, and draws again with the room that they need. */
export function draw(options: Plot.PlotOptions): Drawing {
  const first = attempt(options, {});
  const turned = turnCrowded(options, first.texts);
  const second = turned === options ? first : attempt(turned, {});
  const margins = roomierMargins(turned, second);
  if (Object.keys(margins).length === 0) return second;
  const third = attempt(turned, margins);
  // A wider margin can make Plot choose other ticks, so look once more.
  const more = roomierMargins(turned, third);
  return Object.keys(more).length === 0 ? third : attempt(turned, { ...margins, ...more });
}

interface Attempt extends Drawing {
  margins: Record<Side, number>;
}

type Margins = Partial<Record<typeof MARGINS[Side], number>>;

function attempt(options: Plot.PlotOptions, extra: Margins): Attempt {
  let margins: Record<Side, number> = { left: 0, right: 0, top: 0, bottom: 0 };
  const probe: Plot.Markish = (_index, _scales, _values, { marginLeft, marginRight, marginTop, marginBottom }) => {
    margins = { left: marginLeft, right: marginRight, top: marginTop, bottom: marginBottom };
    return null;
  };
  const { title: _title, subtitle: _subtitle, caption: _caption, marks = [], ...rest } = options;
  const quiet = Object.fromEntries(["color", "opacity", "symbol"].flatMap((key) => {
    const scale = (options as Record<string, unknown>)[key];
    return typeof scale === "object" && scale !== null ? [[key, { ...scale, legend: false }]] : [];
  }));
  const given = {
    ...defaultMargins(options),
    ...rest,
    ...quiet,
    ...extra,
    figure: false,
    marks: [plainMarks(marks), probe],
  };
  const svg = withTips(() => Plot.plot({ ...given, document: figureDocument(FONT_SIZE) } as Plot.PlotOptions));
  if (!/font-size/.test(svg.getAttribute("style") ?? "")) svg.setAttribute("font-size", String(FONT_SIZE));
  const [width, height] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
  const texts = placeTexts(svg, FONT_SIZE);
  return {
    svg,
    width,
    height,
    texts,
    margins,
    box: around([{ left: 0, top: 0, right: width, bottom: height }, ...texts.map(textBox)]),
  };
}

/** A tip has a frame around its text. */
function textBox({ group, box: { left, right, top, bottom } }: PlacedText): Box {
  const frame = group === "tip" ? 10 : 0;
  return { left: left - frame, right: right + frame, top: top - frame, bottom: bottom + frame };
}

/** Plot lays out tips when the page is painted next; here that is at once. */
function withTips(render: () => unknown): Drawing["svg"] {
  const scope = globalThis as { requestAnimationFrame?: unknown };
  const before = scope.requestAnimationFrame;
  const waiting: (() => void)[] = [];
  scope.requestAnimationFrame = (paint: () => void) => waiting.push(paint);
  try {
    const svg = render() as Drawing["svg"];
    for (const paint of waiting) paint();
    return svg;
  } finally {
    if (before === undefined) delete scope.requestAnimationFrame;
    else scope.requestAnimationFrame = before;
  }
}

/** Ticks of the larger font and the axis label below them need more than Plot's 30 pixels. */
function defaultMargins({ margin }: Plot.PlotOptions): Plot.PlotOptions {
  return margin === undefined ? { marginBottom: 40 } : {};
}

/** Margins that labels need beyond those there are, on sides whose margin the options leave open. */
function roomierMargins(options: Plot.PlotOptions, { box, width, height, margins, texts }: Attempt): Margins {
  const overlap = axisOverlap(texts, width, height);
  const needed: Record<Side, number> = {
    left: Math.max(-box.left, overlap.left),
    right: Math.max(box.right - width, overlap.right),
    top: Math.max(-box.top, overlap.top),
    bottom: Math.max(box.bottom - height, overlap.bottom),
  };
  const open = SIDES.filter((side) => needed[side] > 0.5 && options[MARGINS[side]] === undefined);
  if (options.margin !== undefined) return {};
  return Object.fromEntries(open.map((side) => [MARGINS[side], Math.ceil(margins[side] + needed[side] + EDGE)]));
}

/** By how much the label of an axis runs into its ticks' labels, by side. */
function axisOverlap(texts: PlacedText[], width: number, height: number): Record<Side, number> {
  const found: Record<Side, number> = { left: 0, right: 0, top: 0, bottom: 0 };
  for (const axis of ["x", "y", "fx", "fy"]) {
    const ticks = texts.filter(({ group }) => group === `${axis}-axis tick label`);
    for (const { box } of texts.filter(({ group }) => group === `${axis}-axis label`)) {
      for (const { box: tick } of ticks.filter((other) => touches(other.box, box))) {
        // A label of a vertical axis that is not turned stands above the axis.
        const vertical = axis.endsWith("x") || box.right - box.left > box.bottom - box.top;
        const side: Side = vertical
          ? (box.top + box.bottom > height ? "bottom" : "top")
          : (box.left + box.right > width ? "right" : "left");
        found[side] = Math.max(found[side], intrusion(side, box, tick), 1);
      }
    }
  }
  return found;
}

function intrusion(side: Side, label: Box, tick: Box): number {
  if (side === "left") return label.right - tick.left;
  if (side === "right") return tick.right - label.left;
  return side === "bottom" ? tick.bottom - label.top : label.bottom - tick.top;
}

/** Whether boxes are closer than a label and a tick can be and still be told apart. */
function touches(a: Box, b: Box): boolean {
  const gap = 2;
  return a.left < b.right + gap && b.left < a.right + gap && a.top < b.bottom + gap && b.top < a.bottom + gap;
}

/** Turns the labels of a horizontal band scale where neighbours run into each other. */
function turnCrowded(options: Plot.PlotOptions, texts: PlacedText[]): Plot.PlotOptions {
  const { x } = options;
  if (x === null || x?.tickRotate !== undefined) return options;
  const ticks = texts.filter(({ group }) => group === "x-axis tick label");
  const crowded = ticks.some(({ box }, index) => {
    const before = ticks[index - 1];
    return before !== undefined && before.box.top === box.top && before.box.left < box.left &&
      before.box.right + 2 > box.left;
  });
  return crowded ? { ...options, x: { ...x, tickRotate: -40 } } : options;
}
