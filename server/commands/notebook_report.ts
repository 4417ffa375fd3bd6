import { dirname, relative, resolve } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import { writeHtmlReport, writeReport } from "../../lib/notebook/mod.ts";
import { reportTarget } from "./_report_target.ts";
import type { Action } from "./verb.ts";

/** The verb `notebook report`: the Markdown with its figures, or with `--html` one page that needs nothing beside it. */
export const notebookReport: Action = async ({ args, options }) => {
  const file = resolve(args[0]!);
  const root = findRoot(dirname(file));
  const written = options.html === undefined
    ? await writeReport(file, { root })
    : [await writePage(file, root, options.html)];
  return { json: { report: written[0]!, figures: written.slice(1) }, text: written.join("\n") };
};

async function writePage(file: string, root: string, html: string | boolean | string[]): Promise<string> {
  if (typeof html !== "string") return relative(root, await writeHtmlReport(file, { root }));
  await writeHtmlReport(file, { root, out: reportTarget("--html", html, [".html", ".htm"]) });
  return html;
}
