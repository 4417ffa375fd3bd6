/**
 * Observable Plot whose figures are one standalone SVG each, the same bytes each time, without a browser.
 *
 * @module
 */
export * from "@observablehq/plot";
// What is named here goes before the same names of Plot.
export type { Figure } from "./figure.ts";
export { legend, plot } from "./plot.ts";
