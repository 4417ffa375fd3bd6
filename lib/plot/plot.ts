import * as Plot from "@observablehq/plot";
import { draw, type Drawing, FONT_SIZE } from "./_draw.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { flattenLegend, type Part } from "./_legend.ts";
import { type DomElement, type DomNode, figureDocument } from "./_document.ts";
import { composeFigure } from "./_compose.ts";

/** Scales that can have a legend, in the order in which Plot shows them. */
const LEGENDS = ["symbol", "color", "opacity"] as const;

/**
 * Draws a plot as Observable Plot does (https://observablehq.com/plot), as one standalone SVG: title, subtitle, caption
 * and legends are part of it, the background is white, no label is cut off, and equal plots have equal bytes. Where
 * labels need more room the margins grow, unless the options fix them, and crowded labels of a band scale are turned.
 *
 * @param options Options of Plot; sizes in pixels, 640 wide by default. A title is a text.
 * @returns The figure.
 * @throws {TypeError} When a mark needs pixels, as `raster` does, or a picture that is not part of the data.
 *
 * @example
 * ```ts
 * import { plot } from "./plot.ts";
 *
 * const figure = plot({ title: "Delay", marks: [] });
 * console.assert(figure.outerHTML.startsWith("<svg xmlns=") && figure.title === "Delay");
 * ```
 */
export function plot(options: Plot.PlotOptions = {}): Figure {
  const drawing = draw(options);
  const width = drawing.width;
  const texts = {
    title: textOf(options.title),
    subtitle: textOf(options.subtitle),
    caption: textOf(options.caption),
  };
  const name = texts.title ?? options.ariaLabel ?? describe(drawing);
  const svg = composeFigure({ ...texts, name, width, legends: legendsOf(options, drawing), drawing });
  return makeFigure(svg, name, (scale) => drawing.svg.scale(scale));
}

/**
 * Draws a legend alone, as `Plot.legend` does.
 *
 * @param options A scale, for example `{color: {type: "linear", domain: [0, 1]}}`, and options of its legend.
 * @returns The figure.
 * @throws {Error} When the options name no scale.
 *
 * @example
 * ```ts
 * import { legend } from "./plot.ts";
 *
 * console.assert(legend({ color: { domain: ["on time", "late"] } }).outerHTML.includes("on time"));
 * ```
 */
export function legend(options: Plot.LegendScales): Figure {
  const draw = (ramp: Plot.LegendOptions) =>
    Plot.legend({ ...ramp, ...options, document: figureDocument(FONT_SIZE) } as Plot.LegendScales);
  const width = 640;
  const label = [options.color, options.symbol, options].map(labelOf).find((text) => text !== undefined);
  const svg = composeFigure({
    name: "Legend",
    width,
    legends: [flattenLegend((ramp) => draw(ramp) as unknown as DomElement, width - 16, { name: "alone", label })],
  });
  return makeFigure(svg, "Legend", () => undefined);
}

// Plot's marks call Plot's own `plot`, which has no document here: `Plot.barY(…).plot()` must come to the one above.
Object.assign(Plot.Mark.prototype, {
  plot(this: Plot.Markish, { marks = [], ...options }: Plot.PlotOptions = {}): Figure {
    return plot({ ...options, marks: [marks, this] });
  },
});

function legendsOf(options: Plot.PlotOptions, { svg, width }: Drawing): Part[] {
  return LEGENDS.flatMap((key) => {
    const scale = options[key];
    if (typeof scale !== "object" || scale === null || !scale.legend) return [];
    const given = { ...scale, ...tickFormatOf(svg.scale(key), scale), legend: scale.legend };
    const draw = (ramp: Plot.LegendOptions) => svg.legend(key, { ...ramp, ...given } as Plot.LegendOptions);
    if (!draw({})) return [];
    return [
      flattenLegend((ramp) => draw(ramp) as unknown as DomElement, width - 16, { name: key, label: labelOf(scale) }),
    ];
  });
}

/** A label that somebody wrote; Plot's own would only repeat the name of a column. */
function labelOf(scale: unknown): string | undefined {
  const { label } = (scale ?? {}) as { label?: unknown };
  return typeof label === "string" && label.trim() !== "" ? label : undefined;
}

/** Quantiles are numbers with 15 digits; four tell them apart. */
function tickFormatOf(scale: Plot.Scale | undefined, { tickFormat }: Plot.ScaleOptions): Plot.LegendOptions {
  const domain = (scale?.domain ?? []) as unknown[];
  if (tickFormat !== undefined || scale?.type !== "threshold" || !domain.every((value) => typeof value === "number")) {
    return {};
  }
  return { tickFormat: (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(4))) };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? (value as DomNode).textContent ?? undefined : String(value);
}

/** What is drawn against what, for those who cannot see it. */
function describe({ texts }: Drawing): string {
  const label = (axis: string) => {
    const found = texts.find(({ group }) => group === `${axis}-axis label`);
    return found?.text.replace(/^[←↑→↓\s]+|[←↑→↓\s]+$/g, "");
  };
  const [x, y] = [label("x"), label("y")];
  return y && x ? `${y} by ${x}` : y ?? x ?? "Plot";
}
