import { sealOf } from "./_digests.ts";
import { failedRun, type RecordedCell } from "./_judge_code.ts";
import type { Place } from "./causes.ts";
import type { Notebook } from "./notebook.ts";
import type { CellProvenance, NotebookProvenance } from "./provenance.ts";
import type { Reached } from "./sources.ts";

/**
 * Tells at a glance whether all cells are fresh: nothing in the notebook was edited since it ran from top to bottom, no
 * cell failed, and what its imports reach is what they reached then. False means that it takes a closer look, not that a
 * cell is stale.
 */
export function isSealed(
  notebook: Notebook,
  { seal }: NotebookProvenance,
  cells: readonly RecordedCell[],
  { sources, from }: Place,
): boolean {
  if (seal === undefined || seal !== sealOf(notebook, cells)) return false;
  return cells.every(({ cell, record }) => {
    if (failedRun(cell)) return false;
    if (!record || !/\b(import|export)\b/.test(cell.source)) return true;
    return isSame(record, sources.reach(sources.specifiersOf(cell.source), from));
  });
}

/** A cell with imports that uses names of other imports too is not the same, which is the closer look's to see. */
function isSame({ modules, packages, imports = {} }: CellProvenance, now: Reached): boolean {
  return sameEntries(modules, now.modules) && sameEntries(packages, now.packages) && sameEntries(imports, now.imports);
}

function sameEntries(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
