import type { FileChange } from "../git/mod.ts";
import { cellProvenanceOf, isCode, orProblem } from "../notebook/mod.ts";
import { relative } from "node:path";
import type { ReviewSide } from "./_review_side.ts";

/** A local module that changed, and what reaches it. */
export interface ModuleReview {
  /** Path from the root of the repository; the old one where it is gone. */
  file: string;
  /** What became of it. */
  state: "added" | "removed" | "changed";
  /** Cells that reach it: by the record of their run, or because a verdict names it. */
  cells: { notebook: string; cell: string }[];
}

/** Finds the modules that changed and that cells reach, by what their runs recorded and what their verdicts name. */
export async function reviewModules(now: ReviewSide, changes: FileChange[]): Promise<ModuleReview[]> {
  const modules = changes.filter((change) => /\.([cm]?[jt]sx?|json)$/.test(change.new ?? change.old!));
  if (modules.length === 0) return [];
  const reached = await reachedBy(now);
  return modules.flatMap((change): ModuleReview[] => {
    const file = change.new ?? change.old!;
    const state = change.old === null ? "added" : change.new === null ? "removed" : "changed";
    const cells = [change.old, change.new].flatMap((path) => path === null ? [] : reached.get(path) ?? []);
    const unique = new Map(cells.map((cell) => [JSON.stringify(cell), cell]));
    return unique.size > 0 ? [{ file, state, cells: [...unique.values()] }] : [];
  });
}

async function reachedBy(side: ReviewSide): Promise<Map<string, { notebook: string; cell: string }[]>> {
  const reached = new Map<string, { notebook: string; cell: string }[]>();
  for (const notebook of side.list(".ipynb")) {
    const root = side.workbenchOf(notebook);
    const version = root === null ? null : await side.version(notebook);
    if (root === null || !version?.notebook) continue;
    const inside = relative(side.root, root);
    const chains = new Map(version.verdicts?.map(({ cell, code }) => [cell, code.chain]));
    const labels = new Map(version.verdicts?.map(({ cell, label }) => [cell, label ?? cell]));
    for (const cell of version.notebook.cells.filter(isCode)) {
      const record = await orProblem(() => cellProvenanceOf(cell));
      for (const path of [...Object.keys(record.value?.modules ?? {}), ...chains.get(cell.id) ?? []]) {
        const file = inside === "" ? path : `${inside}/${path}`;
        const cells = reached.get(file) ?? [];
        reached.set(file, cells);
        cells.push({ notebook, cell: labels.get(cell.id) ?? cell.id });
      }
    }
  }
  return reached;
}
