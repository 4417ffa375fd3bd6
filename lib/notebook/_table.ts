import { z } from "zod";
import { escapeMarkdown } from "./_markdown.ts";
import { numberText } from "./number_text.ts";

const MAX_ROWS = 30;
const MAX_COLUMNS = 20;
const MAX_CELL = 120;

const shape = z.object({
  schema: z.object({ fields: z.array(z.object({ name: z.string(), type: z.string().exactOptional() })) }),
  data: z.array(z.record(z.string(), z.unknown())),
});

/** A tabular data resource (https://specs.frictionlessdata.io/tabular-data-resource/) as a Markdown table, or null. */
export function markdownTable(resource: unknown): string | null {
  const read = shape.safeParse(resource);
  if (!read.success || read.data.schema.fields.length === 0) return null;
  const { data, schema } = read.data;
  const fields = schema.fields.slice(0, MAX_COLUMNS);
  const rows = data.slice(0, MAX_ROWS);
  const numeric = fields.map(({ name }) => rows.some((row) => typeof row[name] === "number"));
  const lines = [
    fields.map(({ name }) => escapeMarkdown(name)),
    numeric.map((right) => right ? "---:" : ":---"),
    ...rows.map((row) => fields.map(({ name }) => cellText(row[name]))),
  ].map((cells) => `| ${cells.join(" | ")} |`);
  return [...lines, ...leftOut(data.length - rows.length, schema.fields.length - fields.length)].join("\n");
}

function leftOut(rows: number, columns: number): string[] {
  const parts = [rows > 0 ? `${numberText(rows)} more rows` : "", columns > 0 ? `${columns} more columns` : ""];
  const text = parts.filter((part) => part !== "").join(", ");
  return text === "" ? [] : ["", `*${text}*`];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  const text = typeof value === "string" ? shortTime(value) : JSON.stringify(value);
  return escapeMarkdown(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text);
}

/** A time at midnight is a day. */
function shortTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?Z$/, "$1");
}
