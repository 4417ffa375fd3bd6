import { join, relative, resolve } from "node:path";
import type { Json } from "../../lib/events/mod.ts";
import { verifyNotebook } from "../../lib/notebook/mod.ts";
import type { Action } from "./verb.ts";
import { textTable } from "./text_table.ts";

/** The verb `notebook verify`. */
export const notebookVerify: Action = async ({ rest, root }) => {
  const folder = root();
  const files = rest.length > 0 ? rest.flatMap(notebooksBelow) : notebooksBelow(join(folder, "notebooks"));
  const rows: Record<string, Json>[] = [];
  for (const file of files) {
    for (const { cell, label, code, proof } of await verifyNotebook(file, { root: folder })) {
      rows.push({
        notebook: relative(folder, resolve(file)),
        cell: label ?? cell,
        verdict: code.verdict,
        reason: code.reason,
        unproven: proof.verdict === "unproven" ? proof.reason : "",
      });
    }
  }
  const stale = rows.filter(({ verdict }) => verdict !== "fresh");
  const text = stale.length === 0
    ? `${rows.length} cells in ${files.length} notebooks, all fresh`
    : `${textTable(stale)}\n\n${stale.length} of ${rows.length} cells are not fresh: run "boathouse notebook run FILE"`;
  return { json: rows, text, exitCode: stale.length === 0 ? 0 : 1 };
};

function notebooksBelow(path: string): string[] {
  if (Deno.statSync(path).isFile) return [path];
  return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    if (entry.isDirectory && !entry.name.startsWith(".")) return notebooksBelow(join(path, entry.name));
    return entry.name.endsWith(".ipynb") ? [join(path, entry.name)] : [];
  });
}
