import { type Analysis, listAnalyses } from "../../lib/product/mod.ts";
import type { Action } from "./verb.ts";
import { textTable } from "./text_table.ts";

/** The verb `notebook list`. */
export const notebookList: Action = async ({ root }) => {
  const analyses = await listAnalyses(root());
  const rows = analyses.map(({ file, question, findings, verdict }: Analysis) => ({
    file,
    verdict,
    findings: findings.length,
    question,
  }));
  return { json: JSON.parse(JSON.stringify(analyses)), text: textTable(rows) };
};
