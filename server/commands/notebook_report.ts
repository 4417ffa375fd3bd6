import { dirname, resolve } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import { writeReport } from "../../lib/notebook/mod.ts";
import type { Action } from "./verb.ts";

/** The verb `notebook report`. */
export const notebookReport: Action = async ({ args }) => {
  const file = resolve(args[0]!);
  const root = findRoot(dirname(file));
  const files = await writeReport(file, { root });
  return { json: { report: files[0]!, figures: files.slice(1) }, text: files.join("\n") };
};
