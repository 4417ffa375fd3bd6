import type { Json } from "../../events/mod.ts";
import { type DisplayOutput, isCode, type NotebookCell, type Output } from "../notebook.ts";
import type { CellPair } from "./_match.ts";
import { diffOutputs, type OutputChange, type OutputOptions } from "./output_change.ts";
import { diffText, type TextChange } from "./text_change.ts";
import { diffRecord, type ValueChange } from "./value_change.ts";
import { keyOf } from "./_key_of.ts";

/** A cell that is new, gone, or differs in anything. */
export interface CellChange {
  /** Whether it is on one side only. */
  state: "added" | "removed" | "kept";
  /** Its id in the new notebook, in the old one where it is gone. */
  id: string;
  /** Its `//| label`, else its id. */
  label: string;
  /** What it holds. */
  type: NotebookCell["cell_type"];
  /** Its place, from 1; null where it is not there. */
  place: { old: number | null; new: number | null };
  /** Whether other cells passed it. */
  moved: boolean;
  /** Its old id, where that is another one. */
  oldId?: string;
  /** What it held, where that was another kind of text. */
  oldType?: NotebookCell["cell_type"];
  /** Its text; absent where it is equal. */
  source?: TextChange;
  /** Its outputs; empty where they are equal. */
  outputs: OutputChange[];
  /** How many more outputs differ than are listed; absent where all are. */
  moreOutputs?: number;
  /** Its tags and other metadata, without what a run records. */
  metadata: ValueChange[];
  /** Names of attached files that are new, gone or others. */
  attachments: string[];
}

/** What a run alone changes in a cell, and nobody reviews line by line. */
export interface RunTraces {
  /** Whether the execution count is another one. */
  counted: boolean;
  /** Whether the record of the run or its times are others. */
  recorded: boolean;
}

/** Compares a pair of cells; `change` is null where nothing but traces of a run differs. */
export function diffCell(
  pair: CellPair,
  was: NotebookCell | null,
  now: NotebookCell | null,
  options: OutputOptions & { label: string },
): { change: CellChange | null; traces: RunTraces } {
  const cell = (now ?? was)!;
  const source = diffText(was?.source ?? "", now?.source ?? "", options.bounds);
  const { outputs, more } = diffOutputs(outputsOf(was), outputsOf(now), options);
  const change: CellChange = {
    state: !was ? "added" : !now ? "removed" : "kept",
    id: cell.id,
    label: options.label,
    type: cell.cell_type,
    place: { old: pair.old === null ? null : pair.old + 1, new: pair.new === null ? null : pair.new + 1 },
    moved: pair.moved,
    ...was && now && was.id !== now.id ? { oldId: was.id } : {},
    ...was && now && was.cell_type !== now.cell_type ? { oldType: was.cell_type } : {},
    ...source ? { source } : {},
    outputs,
    ...more > 0 ? { moreOutputs: more } : {},
    metadata: diffRecord(metadataOf(was), metadataOf(now)),
    attachments: changedAttachments(was, now),
  };
  const both = was && now;
  const traces = {
    counted: Boolean(both && countsOf(was, change) !== countsOf(now, change)),
    recorded: Boolean(both && recordOf(was) !== recordOf(now)),
  };
  return { change: isChanged(change) ? change : null, traces };
}

function isChanged({ state, moved, oldId, oldType, source, outputs, metadata, attachments }: CellChange): boolean {
  if (state !== "kept" || moved || oldId !== undefined || oldType !== undefined || source) return true;
  return outputs.length + metadata.length + attachments.length > 0;
}

function outputsOf(cell: NotebookCell | null): Output[] {
  return cell && isCode(cell) ? cell.outputs : [];
}

/** What a run writes: compared as findings, inputs and verdicts, not as metadata. */
const OF_A_RUN = new Set(["boathouse", "execution"]);

function metadataOf(cell: NotebookCell | null): Record<string, Json> {
  const entries = Object.entries(cell?.metadata ?? {}).filter(([key]) => !OF_A_RUN.has(key));
  return Object.fromEntries(entries) as Record<string, Json>;
}

function recordOf({ metadata }: NotebookCell): string {
  return keyOf([metadata.boathouse ?? null, metadata.execution ?? null]);
}

/** The count of a cell and, where its outputs do not differ, those of its results. */
function countsOf(cell: NotebookCell, { outputs }: CellChange): string {
  if (!isCode(cell)) return "";
  const results = outputs.length > 0 ? [] : cell.outputs.filter((output) => output.output_type === "execute_result");
  return keyOf([cell.execution_count, ...results.map((output) => (output as DisplayOutput).execution_count ?? null)]);
}

function changedAttachments(was: NotebookCell | null, now: NotebookCell | null): string[] {
  const of = (cell: NotebookCell | null) => cell && !isCode(cell) ? cell.attachments ?? {} : {};
  return diffRecord(of(was) as Record<string, Json>, of(now) as Record<string, Json>).map(({ name }) => name);
}
