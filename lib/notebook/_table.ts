import { z } from "zod";
import { plainText } from "./_cut_text.ts";
import { escapeMarkdown } from "./_markdown.ts";
import { shortTime } from "./_short_time.ts";
import { columnTexts, numberText } from "./number_text.ts";

/** How much of a table is shown. */
export interface TableBounds {
  /** Most rows. */
  rows: number;
  /** Most columns. */
  columns: number;
  /** Most characters of a cell. */
  cell: number;
}

/** The part of a table that people see. */
export interface ShownTable {
  /** Names, and whether the values stand on the right, as numbers do. */
  columns: { name: string; right: boolean }[];
  /** Cells as text; null where there is no value. */
  rows: (string | null)[][];
  /** What is left out, such as "10 of 2,345 rows"; empty when that is nothing. */
  note: string;
}

const fieldShape = z.object({ name: z.string(), type: z.string().exactOptional() });
const shape = z.object({ schema: z.object({ fields: z.array(fieldShape).min(1) }), data: z.array(z.unknown()) });
const NUMERIC = /^(integer|number)$/;

/**
 * Reads a tabular data resource (https://specs.frictionlessdata.io/tabular-data-resource/).
 *
 * @param resource The JSON.
 * @param bounds How much of it is shown.
 * @param text What the same output says as text: Boathouse's own tables end with the total there.
 * @returns What is shown; null when it is no such table.
 */
export function readTable(resource: unknown, bounds: TableBounds, text?: unknown): ShownTable | null {
  const read = shape.safeParse(resource);
  if (!read.success) return null;
  const { data, schema } = read.data;
  const fields = schema.fields.slice(0, bounds.columns);
  const records = data.slice(0, bounds.rows);
  if (!records.every(isRecord)) return null;
  const right = ({ name, type }: z.infer<typeof fieldShape>) =>
    NUMERIC.test(type ?? "") || records.some((row) => typeof row[name] === "number");
  return {
    columns: fields.map((field) => ({ name: cellText(field.name, bounds.cell) ?? "", right: right(field) })),
    rows: rowsOf(fields.map(({ name }) => columnOf(records.map((row) => row[name]), bounds.cell))),
    note: noteOf(records.length, Math.max(data.length, totalOf(text)), fields.length, schema.fields.length),
  };
}

/** A table as GitHub-flavoured Markdown. */
export function markdownTable({ columns, rows, note }: ShownTable): string {
  const lines = [
    columns.map(({ name }) => escapeMarkdown(name)),
    columns.map(({ right }) => right ? "---:" : ":---"),
    ...rows.map((row) => row.map((cell) => cellMarkdown(cell ?? ""))),
  ].map((cells) => `| ${cells.join(" | ")} |`);
  return [...lines, ...note === "" ? [] : ["", `*${note}*`]].join("\n");
}

/** Nothing in a table begins a list, so a number needs no escape. */
function cellMarkdown(text: string): string {
  return /^-?[\d,]+(\.\d+)?$/.test(text) ? text : escapeMarkdown(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function noteOf(rows: number, allRows: number, columns: number, allColumns: number): string {
  const parts = [
    ...rows < allRows ? [`${numberText(rows)} of ${numberText(allRows)} rows`] : [],
    ...columns < allColumns ? [`${columns} of ${numberText(allColumns)} columns`] : [],
  ];
  return parts.join(", ");
}

function totalOf(text: unknown): number {
  if (typeof text !== "string") return 0;
  const last = text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
  const found = /^[\d,]+ of ([\d,]{1,20}) rows, [\d,]+ columns?(;|$)/.exec(last.trim());
  return found ? Number(found[1]!.replaceAll(",", "")) : 0;
}

/** Numbers of a column are written alike, also between texts and where there is nothing. */
function columnOf(values: unknown[], most: number): (string | null)[] {
  const numbers = columnTexts(values.filter((value) => typeof value === "number")).values();
  return values.map((value) => typeof value === "number" ? numbers.next().value! : cellText(value, most));
}

function rowsOf(columns: (string | null)[][]): (string | null)[][] {
  return columns[0]!.map((_, row) => columns.map((column) => column[row]!));
}

function cellText(value: unknown, most: number): string | null {
  if (value === null || value === undefined) return null;
  const whole = typeof value === "string" ? shortTime(value.slice(0, 2 * most)) : jsonText(value, most);
  const text = plainText(whole);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** JSON of a value, of which no more is read than is shown. */
function jsonText(value: unknown, most: number): string {
  if (Array.isArray(value) && value.length > most) return JSON.stringify(value.slice(0, most));
  return JSON.stringify(value);
}
