import {
  type ArrowTable,
  iterateRows,
  type PreviewOptions,
  tableHtml,
  tableMarkdown,
  tableText,
  typeName,
} from "../columns/mod.ts";

/** The member by which Jupyter asks an object how it shows itself. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as typeof JUPYTER_DISPLAY;

/** What an object shows itself as, by MIME type. */
export type DisplayBundle = Record<string, unknown>;

const MAX_ROWS = 10;

/** Types of the Table Schema standard, by the name of our column type. */
const SCHEMA_TYPES: readonly [RegExp, string][] = [
  [/^u?int/, "integer"],
  [/^(double|float|decimal)/, "number"],
  [/^bool/, "boolean"],
  [/^timestamp/, "datetime"],
  [/^date/, "date"],
  [/^(list|struct|map)/, "any"],
];

/**
 * Shows a table in every form that a notebook or a report takes: text, HTML, Markdown and Tabular Data Resource, each with
 * the first rows only.
 *
 * @param table Arrow table
 * @param options `maxRows`, by default 10
 * @returns the forms by MIME type
 * @example
 * ```ts
 * import { tableFromRows } from "../columns/mod.ts";
 * import { displayTable } from "./display.ts";
 * console.assert("text/html" in displayTable(tableFromRows([{ hour: 18 }])));
 * ```
 */
export function displayTable(table: ArrowTable, options: PreviewOptions = {}): DisplayBundle {
  return {
    "text/plain": tableText(table, options),
    "text/html": tableHtml(table, options),
    "text/markdown": tableMarkdown(table, options),
    "application/vnd.dataresource+json": dataResource(table, options.maxRows ?? MAX_ROWS),
  };
}

/** https://specs.frictionlessdata.io/tabular-data-resource/ */
function dataResource(table: ArrowTable, maxRows: number): unknown {
  const fields = table.children.map((column, i) => ({
    name: table.names[i]!,
    type: schemaType(typeName(column.type)),
  }));
  const data: unknown[] = [];
  for (const row of iterateRows(table, { bigint: true })) {
    if (data.length >= maxRows) break;
    data.push(jsonSafe(row));
  }
  return { schema: { fields }, data };
}

function schemaType(type: string): string {
  return SCHEMA_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? "string";
}

function jsonSafe(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return value.toHex();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(jsonSafe);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonSafe(inner)]));
}
