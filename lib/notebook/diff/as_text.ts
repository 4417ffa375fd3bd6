import type { Json } from "../../events/mod.ts";
import type { NotebookDiff } from "./diff_notebooks.ts";
import type { FindingChange } from "./finding_change.ts";
import type { OutputChange } from "./output_change.ts";
import { cellSummary, count, outputSummary, tracesText } from "./phrases.ts";
import type { TableChange } from "./table_change.ts";
import type { DiffLine, TextChange } from "./text_change.ts";
import { changeText, deltaText, type ValueChange, valueText } from "./value_change.ts";
import { visible } from "../visible.ts";
import { cutAtMarks, type Marks } from "./_words.ts";

const MAX_ROWS = 20;
const MAX_LINE = 400;

/** How a diff is written for a terminal. */
export interface AsTextOptions {
  /** Whether to use the colours of a terminal. */
  colours?: boolean;
}

/**
 * Writes a diff for a terminal. Characters that a terminal would obey are shown as escapes.
 *
 * @param diff The diff.
 * @param options Whether to use colours; false by default.
 * @returns The lines; one that says so where nothing differs.
 *
 * @example
 * ```ts
 * import { diffNotebooks } from "./diff_notebooks.ts";
 * import { diffAsText } from "./as_text.ts";
 *
 * const empty = { cells: [], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * console.assert(diffAsText(diffNotebooks(empty, empty)) === "no differences");
 * ```
 */
export function diffAsText(diff: NotebookDiff, { colours = false }: AsTextOptions = {}): string {
  if (diff.equal) return "no differences";
  const paint = colours ? inColour : inPlain;
  const traces = tracesText(diff);
  const sections = [
    diff.notes.map((note) => paint("changed", note)),
    section("Inputs", diff.inputs.map(({ text }) => paint("changed", text)), paint),
    section("Parameters", diff.parameters.map((value) => valueLine(value, paint)), paint),
    section("Findings", diff.findings.flatMap((finding) => findingLines(finding, paint)), paint),
    section("Verdicts", verdictLines(diff, paint), paint),
    section("Packages", diff.packages.map((value) => valueLine(value, paint)), paint),
    section("Modules", diff.modules.map((path) => `${visible(path)} has other contents`), paint),
    section("Metadata", diff.metadata.map((value) => valueLine(value, paint)), paint),
    section("Cells", diff.cells.flatMap((cell) => cellLines(cell, paint)), paint),
    traces === "" ? [] : [paint("faint", traces)],
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n");
}

type Style = "title" | "added" | "removed" | "changed" | "faint" | "added word" | "removed word";
type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Style, string>> = {
  title: "1",
  added: "32",
  removed: "31",
  changed: "33",
  faint: "2",
  "added word": "32;7",
  "removed word": "31;7",
};

const inPlain: Paint = (_style, text) => visible(text);
const inColour: Paint = (style, text) => text === "" ? "" : `\x1b[${CODES[style]}m${visible(text)}\x1b[0m`;

function section(title: string, lines: string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint("title", title), ...indent(lines)];
}

function indent(lines: string[]): string[] {
  return lines.map((line) => line === "" ? "" : `  ${line}`);
}

function valueLine(value: ValueChange, paint: Paint): string {
  const delta = deltaText(value);
  return `${visible(value.name)} ${paint("changed", oneLine(changeText(value)))}${delta === "" ? "" : ` (${delta})`}`;
}

function findingLines({ label, old, new: now, marks, values }: FindingChange, paint: Paint): string[] {
  const line = (sign: "-" | "+", text: string | null, of: Marks | undefined) => {
    if (text === null) return [];
    const style = sign === "-" ? "removed" : "added";
    return [paint(style, `${sign} `) + marked(oneLine(text), of, style, paint)];
  };
  const changed = values.filter(({ delta }) => delta !== undefined);
  return [
    paint("faint", label),
    ...indent([...line("-", old, marks?.old), ...line("+", now, marks?.new)]),
    ...indent(changed.map((value) => valueLine(value, paint))),
  ];
}

function marked(text: string, marks: Marks | undefined, style: "added" | "removed", paint: Paint): string {
  return cutAtMarks(text, marks ?? []).map((part) => paint(part.marked ? `${style} word` : style, part.text)).join("");
}

function verdictLines({ verdicts }: NotebookDiff, paint: Paint): string[] {
  return verdicts.map(({ label, old, new: now, reason }) => {
    const why = reason === "" ? "" : `: ${visible(reason)}`;
    return `${visible(label)} ${paint("changed", `${old ?? "new"} → ${now}`)}${why}`;
  });
}

const SIGNS = { added: "+", removed: "-", kept: "~" } as const;
const STYLES = { added: "added", removed: "removed", kept: "changed" } as const;

function cellLines(cell: NotebookDiff["cells"][number], paint: Paint): string[] {
  if (cell.state === "unchanged") return [paint("faint", `… ${count(cell.count, "unchanged cell")}`)];
  const { state, label, type, place, source, outputs, moreOutputs = 0, metadata } = cell;
  const head = `${SIGNS[state]} ${place.new ?? place.old} ${label} (${type}): ${cellSummary(cell).join(", ")}`;
  return [
    paint(STYLES[state], head),
    ...indent([
      ...metadata.map((value) => valueLine(value, paint)),
      ...source ? textLines(source, paint) : [],
      ...outputs.flatMap((output) => outputLines(output, paint)),
      ...moreOutputs > 0 ? [paint("faint", `… ${count(moreOutputs, "output")} more`)] : [],
    ]),
  ];
}

function textLines({ hunks, more, aligned }: TextChange, paint: Paint): string[] {
  return [
    ...aligned ? [] : [paint("faint", "too different to be aligned")],
    ...hunks.flatMap(({ lines }, index) => [
      ...index > 0 ? [paint("faint", "…")] : [],
      ...lines.map((line) => codeLine(line, paint)),
    ]),
    ...more > 0 ? [paint("faint", `… ${count(more, "changed line")} more`)] : [],
  ];
}

function codeLine({ kind, text, marks }: DiffLine, paint: Paint): string {
  const shown = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
  if (kind === "same") return `  ${visible(shown)}`;
  const sign = kind === "removed" ? "- " : "+ ";
  return paint(kind, sign) + marked(shown, marks, kind, paint);
}

function outputLines(output: OutputChange, paint: Paint): string[] {
  const { text, table } = output;
  return [
    paint("title", outputSummary(output)),
    ...indent([...text ? textLines(text, paint) : [], ...table ? tableLines(table, paint) : []]),
  ];
}

function tableLines({ key, changed, more, added, removed }: TableChange, paint: Paint): string[] {
  const name = (row: Json[]) =>
    key ? key.map((column, index) => `${column} ${valueText(row[index])}`).join(", ") : `row ${row[0]}`;
  const whole = (row: Record<string, Json>) =>
    Object.entries(row).map(([column, value]) => `${column} ${valueText(value)}`);
  const some = <T>(rows: T[], write: (row: T) => string[], hidden = 0) => [
    ...rows.slice(0, MAX_ROWS).flatMap(write),
    ...rows.length + hidden > MAX_ROWS
      ? [paint("faint", `… ${count(rows.length + hidden - MAX_ROWS, "row")} more`)]
      : [],
  ];
  return [
    ...some(changed, ({ row, values }) => [
      visible(oneLine(name(row))),
      ...indent(values.map((value) => valueLine(value, paint))),
    ], more),
    ...some(removed, (row) => [paint("removed", `- ${oneLine(whole(row).join(", "))}`)]),
    ...some(added, (row) => [paint("added", `+ ${oneLine(whole(row).join(", "))}`)]),
  ];
}

function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, " ");
}
