import type { Report, ReportOptions } from "./_report.ts";
import type { Notebook } from "./notebook.ts";

export type { Report, ReportOptions };

/**
 * Makes the report of a notebook: its question, what data it is true of, its findings, then its cells with tables as
 * Markdown, figures as files, and the code folded. No HTML of the notebook is kept, and nothing of it is loaded from
 * elsewhere; long texts and tables are cut, and say so. Equal notebooks give equal bytes.
 *
 * @param notebook The notebook with its outputs.
 * @param options The name, and the link to the notebook.
 * @returns The Markdown and the files of the figures.
 *
 * @example
 * ```ts
 * import { reportNotebook } from "./report.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why are flights late?" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const { markdown } = await reportNotebook(notebook, { name: "1_explore" });
 * console.assert(markdown.startsWith("# Why are flights late?\n"));
 * ```
 */
export async function reportNotebook(notebook: Notebook, options: ReportOptions): Promise<Report> {
  const { makeReport } = await import("./_report.ts");
  return makeReport(notebook, options);
}
