import { alignColumns } from "../../lib/columns/mod.ts";

/**
 * Lays out rows as a text table: numbers to the right, all else to the left.
 *
 * @param rows rows with the same keys; the first row's keys are the headings
 * @returns lines, the heading first; "none" without rows
 * @example
 * ```ts
 * import { textTable } from "./text_table.ts";
 * if (textTable([{ a: 1 }]) !== "a\n1") throw new Error("unexpected");
 * ```
 */
export function textTable(rows: readonly Record<string, unknown>[]): string {
  if (rows.length === 0) return "none";
  const names = Object.keys(rows[0]!);
  const right = names.map((name) => rows.every((row) => row[name] == null || typeof row[name] === "number"));
  return alignColumns([names, ...rows.map((row) => names.map((name) => shown(row[name])))], { right }).lines.join("\n");
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
  return String(value);
}
