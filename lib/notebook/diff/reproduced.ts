import type { CodeCell, Output } from "../notebook.ts";
import { FINDING_MIME } from "../finding.ts";
import { displayedFindings } from "../_displayed.ts";
import { openBounds } from "./_align.ts";
import { diffOutputs, type OutputChange, type OutputOptions } from "./output_change.ts";
import { outputSummary } from "./phrases.ts";
import { asShown, joinStreams, outputKey, type Shown, textOf } from "./_shown_output.ts";
import type { TableChange } from "./table_change.ts";
import { isAlike } from "./tolerance.ts";
import { diffRecord, type ValueChange, valueText } from "./value_change.ts";

/** An output of a cell that did not come again. */
export interface OutputDifference {
  /** Its place among the outputs of the cell, from 1; streams of one name that follow each other count as one. */
  output: number;
  /** What it is, such as `table by route` or `finding`, and what differs in it. */
  what: string;
  /** What was, cut short; empty where it is new. */
  was: string;
  /** What came, cut short; empty where nothing did. */
  came: string;
  /** What came less what was, where both are numbers. */
  delta?: number;
}

/** How the outputs of a cell that ran again stand to those on record. */
export interface ReproducedCell {
  /** Outputs on record. */
  outputs: number;
  /** How many of them came again. */
  reproduced: number;
  /** Those that did not, and those that came beside them. */
  differences: OutputDifference[];
}

/**
 * Compares the outputs of a cell that ran again with those on record, one by one: tables by their cells, findings by
 * their values, figures by their bytes, JSON and text as they are.
 *
 * @param was The cell on record.
 * @param now The cell that ran again.
 * @param options `tolerance`: numbers a, b are equal where |a − b| ≤ t·max(1, |b|); 0 by default. `key`: columns that name
 * a row of its tables.
 * @returns What came again, and what did not.
 *
 * @example
 * ```ts
 * import { compareOutputs } from "./reproduced.ts";
 *
 * const shown = (text: string) => ({ outputs: [{ output_type: "stream" as const, name: "stdout", text }] });
 * console.assert(compareOutputs(shown("rmse 26.42"), shown("rmse 26.43")).reproduced === 0);
 * console.assert(compareOutputs(shown("rmse 26.42"), shown("rmse 26.43"), { tolerance: 1e-3 }).reproduced === 1);
 * ```
 */
export function compareOutputs(
  was: Pick<CodeCell, "outputs">,
  now: Pick<CodeCell, "outputs">,
  { tolerance = 0, key }: { tolerance?: number; key?: string } = {},
): ReproducedCell {
  const options = { bounds: openBounds(), tolerance, ...key === undefined ? {} : { key } };
  const [a, b] = [joinStreams(was.outputs), joinStreams(now.outputs)];
  const differences = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => {
    const found = difference(a[index], b[index], options);
    return found ? [{ output: index + 1, ...found }] : [];
  }).flat();
  const lost = differences.filter(({ output }) => output <= a.length).length;
  return { outputs: a.length, reproduced: a.length - lost, differences };
}

type Difference = Omit<OutputDifference, "output">;
type Options = OutputOptions & { tolerance: number };

function difference(was: Output | undefined, now: Output | undefined, options: Options): Difference | null {
  if (!was || !now) {
    const state = was ? "did not come" : "came beside those on record";
    return { what: `${nameOf(asShown((was ?? now)!))} ${state}`, was: shortOf(was), came: shortOf(now) };
  }
  if (outputKey(was) === outputKey(now)) return null;
  const { outputs: [change], more } = diffOutputs([was], [now], options);
  const [old, next] = [asShown(was), asShown(now)];
  if (!change || more > 0 || change.state !== "changed") {
    return { what: `${nameOf(old)} came as ${nameOf(next)}`, was: shortOf(was), came: shortOf(now) };
  }
  if (isSame(change, old, next, options.tolerance)) return null;
  return { what: outputSummary(change), ...valuesOf(change, old, next, options.tolerance) };
}

/** Forms beside the one that is compared follow it. */
function isSame({ form, table, figures, also }: OutputChange, was: Shown, now: Shown, tolerance: number): boolean {
  if (!("data" in was.output) || !("data" in now.output)) return isAlike(textOf(was), textOf(now), tolerance);
  const [a, b] = [was.output, now.output];
  const others = also.every((what) => {
    return what.includes("/") ? isAlike(a.data[what], b.data[what], tolerance) : isAlike(a.metadata, b.metadata, 0);
  });
  if (!others || a.output_type !== b.output_type) return false;
  if (form === "table") return !table || onlyTolerated(table);
  if (form === "chart" || form === "image") return figures?.old?.digest === figures?.new?.digest;
  return isAlike(a.data[was.mime], b.data[now.mime], tolerance);
}

function onlyTolerated({ columns, added, removed, changed, more, reordered }: TableChange): boolean {
  const lists = [columns.added, columns.removed, columns.retyped, added, removed, changed];
  return more === 0 && !reordered && !columns.reordered && lists.every((list) => list.length === 0);
}

/** The first value that differs, else the first line, else the size. */
function valuesOf(
  change: OutputChange,
  was: Shown,
  now: Shown,
  tolerance: number,
): Pick<OutputDifference, "was" | "came" | "delta"> {
  const { table, text, figures } = change;
  const [row] = table?.changed ?? [];
  if (row) return valueOf(row.values[0]!, row.row.map(valueText).join(", "));
  const value = was.mime === FINDING_MIME ? findingValue(was.output, now.output, tolerance) : undefined;
  if (value) return valueOf(value);
  if (figures) return { was: sizeOf(figures.old), came: sizeOf(figures.new) };
  const lines = text?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  const [gone, come] = (["removed", "added"] as const).map((kind) => lines.find((line) => line.kind === kind)?.text);
  const [a, b] = [gone ?? "", come ?? ""].map((line) => line.trim());
  return { was: short(a!), came: short(b!), ...deltaOf(a!, b!) };
}

function findingValue(was: Output, now: Output, tolerance: number): ValueChange | undefined {
  const [a, b] = [displayedFindings([was])[0]?.values ?? {}, displayedFindings([now])[0]?.values ?? {}];
  return diffRecord(a, b).find((value) => !isAlike(value.old, value.new, tolerance));
}

function valueOf({ name, old, new: now, delta }: ValueChange, row = ""): ReturnType<typeof valuesOf> {
  const place = row === "" ? "" : `${row}: `;
  const [was, came] = [old, now].map((value) => short(`${place}${name} ${JSON.stringify(value) ?? "—"}`));
  return { was: was!, came: came!, ...delta === undefined ? {} : { delta } };
}

function deltaOf(was: string, came: string): { delta?: number } {
  const change = diffRecord({ value: was }, { value: came })[0];
  return change?.delta === undefined ? {} : { delta: change.delta };
}

function sizeOf(figure: { bytes: number; digest: string } | null): string {
  return figure ? `${valueText(figure.bytes)} bytes, ${figure.digest.slice(0, 12)}` : "";
}

function nameOf({ form, name, mime }: Shown): string {
  if (form === "data") return mime;
  return form === "stream" || form === "error" ? `${form} ${name}` : form;
}

function shortOf(output: Output | undefined): string {
  return output ? short(textOf(asShown(output)).trim()) : "";
}

function short(text: string): string {
  const line = text.split("\n", 1)[0]!;
  return line.length > MAX_SHOWN || line.length < text.length ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

const MAX_SHOWN = 120;
