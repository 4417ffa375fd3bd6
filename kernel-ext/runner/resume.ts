import { cellName } from "../../lib/cells/directives/mod.ts";
import { upstreamOf } from "../../lib/cells/mod.ts";
import {
  type CellRun,
  type CodeCell,
  isCode,
  type Notebook,
  recordedPin,
  recordedRun,
  verifyNotebook,
} from "../../lib/notebook/mod.ts";
import type { Pin } from "../../lib/lake/mod.ts";
import { canonicalJson } from "../../lib/events/mod.ts";

/** Where a run goes on, and what becomes of the cells above. */
export interface ResumePlan {
  /** The first cell that runs; null where all are fresh. */
  from: string | null;
  /** Why that one is not as its code and inputs are now; empty where all are fresh. */
  reason: string;
  /** The cells above, by id: `kept` is not run, `again` is run for its values and must show what is on record. */
  above: Map<string, { how: "kept" | "again"; recorded: CellRun }>;
  /** The snapshot that the run which goes on has read. */
  pin: Pin;
}

/**
 * Finds the first cell of a notebook whose results are not those of its code as it is now, and which cells above it have
 * to run again because cells behind need their values.
 *
 * @param notebook The notebook with the results of its last run.
 * @param file Its absolute path.
 * @param root Absolute folder of the workbench.
 * @returns The plan.
 */
export async function planResume(notebook: Notebook, file: string, root: string): Promise<ResumePlan> {
  const verdicts = new Map((await verifyNotebook(file, { root })).map((verdict) => [verdict.cell, verdict.code]));
  const doubt = (cell: CodeCell): string | null => {
    const failed = cell.outputs.find((output) => output.output_type === "error");
    if (failed) return `it failed: ${failed.ename}`;
    const { verdict, reason } = verdicts.get(cell.id)!;
    return verdict === "fresh" ? null : reason;
  };
  const first = cellsToRun(notebook).find((cell) => doubt(cell) !== null);
  return planFrom(notebook, first?.id ?? null, first ? doubt(first)! : "");
}

/**
 * Plans a run that goes on at one cell.
 *
 * @param notebook The notebook with the results of its last run.
 * @param from Id of the cell; null keeps all.
 * @param reason Why.
 * @returns The plan.
 */
export function planFrom(notebook: Notebook, from: string | null, reason: string): ResumePlan {
  const cells = cellsToRun(notebook);
  const start = from === null ? cells.length : cells.findIndex(({ id }) => id === from);
  const upstream = upstreamOf(cells);
  const needed = new Set(cells.slice(start).map(({ id }) => id));
  for (const id of needed) for (const up of upstream.get(id) ?? []) needed.add(up);
  const above = cells.slice(0, start).map((cell) => {
    const how = needed.has(cell.id) ? "again" as const : "kept" as const;
    return [cell.id, { how, recorded: recordedRun(notebook, cell)! }] as const;
  });
  return { from, reason, above: new Map(above), pin: recordedPin(notebook) };
}

/** The code cells of a notebook that have code. */
export function cellsToRun({ cells }: Notebook): CodeCell[] {
  return cells.filter(isCode).filter(({ source }) => source.trim() !== "");
}

/**
 * Tells whether a cell that was run again for its values is as it was, so that what stands below it still holds.
 *
 * @param notebook The notebook.
 * @param plan The plan.
 * @param id The cell.
 * @param run What it did now.
 * @returns Why it is another one; null where it is as it was.
 */
export function differs(notebook: Notebook, { above }: ResumePlan, id: string, run: CellRun): string | null {
  const { recorded } = above.get(id)!;
  if (canonical(run.outputs) !== canonical(recorded.outputs)) return "run again, it shows something else than before";
  if (canonical(run.inputs) !== canonical(recorded.inputs)) return "run again, it reads something else than before";
  // Its value is another one each time, and what was made of the last one stands in a cell that is kept.
  const random = run.unproven.some((kind) => kind === "clock" || kind === "random");
  const users = random ? usersOf(notebook, id).filter((user) => above.get(user)?.how === "kept") : [];
  const user = cellsToRun(notebook).find((cell) => users.includes(cell.id));
  return user ? `it reads the clock or randomness, and cell "${cellName(user)}" below uses its value` : null;
}

function usersOf(notebook: Notebook, id: string): string[] {
  const upstream = upstreamOf(cellsToRun(notebook));
  const users = new Set([id]);
  for (const [cell, needs] of upstream) if (needs.some((need) => users.has(need))) users.add(cell);
  return [...users].slice(1);
}

function canonical(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value, (key, inner) => key === "execution_count" ? null : inner)));
}
