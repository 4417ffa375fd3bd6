import type { Scale, ScaleName } from "@observablehq/plot";

/** A drawing as one SVG element that needs nothing around it: shown in notebooks, kept as a file in reports. */
export interface Figure {
  /** The `<svg>` element as text. */
  readonly outerHTML: string;
  /** The title, or what is drawn against what. */
  readonly title: string;
  /** The scale of a name as Plot used it, undefined where there is none. */
  scale(name: ScaleName): Scale | undefined;
  /** The same as `outerHTML`. */
  toString(): string;
  /** `Symbol.for("Jupyter.display")`: what Jupyter shows. */
  [display: symbol]: () => Record<string, string>;
}

/** Makes the figure of a finished drawing. */
export function makeFigure(svg: string, title: string, scale: Figure["scale"]): Figure {
  return {
    outerHTML: svg,
    title,
    scale,
    toString: () => svg,
    [Symbol.for("Jupyter.display")]: () => ({ "image/svg+xml": svg, "text/plain": title }),
  };
}
