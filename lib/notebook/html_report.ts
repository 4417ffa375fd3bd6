import type { HtmlReportOptions } from "./_html_report.ts";
import type { Notebook } from "./notebook.ts";

export type { ReadImage } from "./_html_images.ts";
export type { HtmlReportOptions };

/**
 * Makes the report of a notebook as one HTML page that needs nothing beside it: no script, no request of any kind,
 * contents, folded code, findings on top, provenance at the end; for screens light, dark and narrow, and for paper.
 * Nothing of an output is markup there: SVG is shown as a picture, HTML is left out and said so. Equal notebooks with
 * equal verdicts give equal texts.
 *
 * @param notebook The notebook with its outputs.
 * @param options The name, the link, and what is known beside the notebook.
 * @returns The page.
 *
 * @example
 * ```ts
 * import { reportHtml } from "./html_report.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why are flights late?" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const page = await reportHtml(notebook, { name: "1_explore" });
 * console.assert(page.includes("<h1>Why are flights late?</h1>") && !page.includes("<script"));
 * ```
 */
export async function reportHtml(notebook: Notebook, options: HtmlReportOptions): Promise<string> {
  const { makePage } = await import("./_html_report.ts");
  return await makePage(notebook, options);
}
