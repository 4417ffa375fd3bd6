import { numberText } from "../number_text.ts";
import type { CellChange } from "./cell_change.ts";
import type { NotebookDiff } from "./diff_notebooks.ts";
import type { Figure } from "./figure.ts";
import type { OutputChange } from "./output_change.ts";
import type { TableChange } from "./table_change.ts";
import type { TextChange } from "./text_change.ts";

/**
 * Counts in words.
 *
 * @param number How many.
 * @param word What, in the singular.
 * @returns Such as `1 row` or `3 rows`.
 *
 * @example
 * ```ts
 * import { count } from "./phrases.ts";
 *
 * console.assert(count(41000, "row") === "41,000 rows");
 * ```
 */
export function count(number: number, word: string): string {
  return `${numberText(number)} ${word}${number === 1 ? "" : "s"}`;
}

/**
 * Counts what a diff holds.
 *
 * @param diff The diff.
 * @returns A few words each, such as `2 changed cells`; none where nothing but traces of a run differs.
 *
 * @example
 * ```ts
 * import { diffNotebooks } from "./diff_notebooks.ts";
 * import { diffSummary } from "./phrases.ts";
 *
 * const empty = { cells: [], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * console.assert(diffSummary(diffNotebooks(empty, empty)).length === 0);
 * ```
 */
export function diffSummary(diff: NotebookDiff): string[] {
  const cells = diff.cells.filter((cell) => cell.state !== "unchanged");
  const of = (state: CellChange["state"]) => cells.filter((cell) => cell.state === state).length;
  const facts: [number, string][] = [
    [diff.findings.length, "finding"],
    [diff.inputs.length, "input"],
    [diff.parameters.length, "parameter"],
    [diff.verdicts.length, "verdict"],
    [diff.packages.length, "package"],
    [diff.modules.length, "module"],
    [of("kept"), "changed cell"],
    [of("added"), "added cell"],
    [of("removed"), "removed cell"],
  ];
  return facts.filter(([number]) => number > 0).map(([number, word]) => count(number, word));
}

/** What happened to a cell, in a few words each. */
export function cellSummary(change: CellChange): string[] {
  const { state, moved, oldId, oldType, place, source, outputs, moreOutputs = 0, metadata, attachments } = change;
  if (state !== "kept") return [state];
  return [
    ...moved ? [`moved from ${place.old} to ${place.new}`] : [],
    ...oldId === undefined ? [] : [`id was ${oldId}`],
    ...oldType === undefined ? [] : [`was ${oldType}`],
    ...source ? [lineCounts(source)] : [],
    ...outputs.length > 0 ? [count(outputs.length + moreOutputs, "output")] : [],
    ...metadata.length > 0 ? [`metadata ${metadata.map(({ name }) => name).join(", ")}`] : [],
    ...attachments.length > 0 ? [`attached ${attachments.join(", ")}`] : [],
  ];
}

/** `+3 −1 lines`. */
export function lineCounts({ added, removed }: TextChange): string {
  const parts = [added > 0 ? `+${numberText(added)}` : "", removed > 0 ? `−${numberText(removed)}` : ""];
  return `${parts.filter((part) => part !== "").join(" ")} ${added + removed === 1 ? "line" : "lines"}`;
}

/** What a changed output is and what happened to it: `table by route changed: 2 rows changed, 1 row added`. */
export function outputSummary(change: OutputChange): string {
  const { state, form, name, text, table, figures } = change;
  const facts = [
    ...text && state === "changed" ? [lineCounts(text)] : [],
    ...table ? tableSummary(table) : [],
    ...figures ? [figureSummary(figures)] : [],
    ...otherForms(change),
  ];
  const what = form === "table" ? tableName(table) : form === "data" ? name : `${form}${named(form, name)}`;
  return `${what} ${state}${facts.length > 0 ? `: ${facts.join(", ")}` : ""}`;
}

function named(form: OutputChange["form"], name: string): string {
  if (form === "chart" || form === "image") return ` "${name}"`;
  return form === "stream" || form === "error" ? ` ${name}` : "";
}

/** Where the form that is shown differs, its other forms follow it, and are not worth a word. */
function otherForms({ text, table, figures, also }: OutputChange): string[] {
  const shown = text || table || figures?.old?.digest !== figures?.new?.digest;
  const told = shown ? also.filter((what) => !what.includes("/")) : also;
  return told.length > 0 ? [`other ${told.join(", ")}`] : [];
}

function tableName(table: TableChange | undefined): string {
  return table?.key ? `table by ${table.key.join(", ")}` : "table";
}

/** What happened to a table, in a few words each. */
export function tableSummary(table: TableChange): string[] {
  const { columns, rows, added, removed, changed, more, tolerated, reordered, note } = table;
  const names = (what: string, list: string[]) => list.length > 0 ? [`${what} ${list.join(", ")}`] : [];
  return [
    ...rows.old === rows.new ? [] : [`${numberText(rows.old)} → ${count(rows.new, "row")}`],
    ...changed.length > 0 ? [`${count(changed.length + more, "row")} changed`] : [],
    ...added.length > 0 && rows.old > 0 ? [`${count(added.length, "row")} added`] : [],
    ...removed.length > 0 && rows.new > 0 ? [`${count(removed.length, "row")} removed`] : [],
    ...names("new columns", columns.added),
    ...names("without columns", columns.removed),
    ...names("other types of", columns.retyped.map(({ name }) => name)),
    ...columns.reordered ? ["columns in another order"] : [],
    ...reordered ? ["rows in another order"] : [],
    ...tolerated > 0 ? [`${count(tolerated, "value")} within tolerance`] : [],
    ...note === "" ? [] : [note],
  ];
}

function figureSummary({ old, new: now }: { old: Figure | null; new: Figure | null }): string {
  if (old?.digest === now?.digest) return "what is drawn is the same";
  const size = (figure: Figure | null) => figure ? [numberText(figure.bytes)] : [];
  const hidden = [old, now].some((figure) => figure?.base64 === null) ? ", not shown" : "";
  return `${[...size(old), ...size(now)].join(" → ")} bytes${hidden}`;
}

/** What a run alone changed: nobody reviews it line by line. */
export function tracesText({ traces }: NotebookDiff): string {
  const parts = [
    ...traces.counted > 0 ? [`the execution count of ${count(traces.counted, "cell")}`] : [],
    ...traces.recorded > 0 ? [`what is recorded of the run of ${count(traces.recorded, "cell")}`] : [],
    ...traces.sealed ? ["the seal of the record"] : [],
  ];
  return parts.length > 0 ? `Also differs: ${parts.join(", ")}` : "";
}
