import type { Field } from "./field.ts";

/** What DuckDB's `COPY … (RETURN_STATS)` tells of one column, all as text. */
export type ColumnStatistics = Readonly<Record<string, string>>;

const MAX_TEXT = 64; // longer bounds cost more log than they save reading

/**
 * Writes Delta statistics (Delta protocol, "Per-file Statistics") from DuckDB's exact texts: no number passes through
 * JavaScript, which would round a 64-bit bound and so lose rows. Floats get no bounds: NaN has no place in them.
 */
export function statisticsJson(
  rows: number,
  columns: ReadonlyMap<string, ColumnStatistics>,
  schema: readonly Field[],
): string {
  const parts = { minValues: [] as string[], maxValues: [] as string[], nullCount: [] as string[] };
  for (const { name, type } of schema) {
    const statistics = columns.get(name);
    if (!statistics || typeof type !== "string") continue;
    const [min, max] = [boundJson(statistics.min, type), boundJson(statistics.max, type)];
    if (min !== null && max !== null) {
      parts.minValues.push(`${JSON.stringify(name)}:${min}`);
      parts.maxValues.push(`${JSON.stringify(name)}:${max}`);
    }
    if (/^\d+$/.test(statistics.null_count ?? "")) {
      parts.nullCount.push(`${JSON.stringify(name)}:${statistics.null_count}`);
    }
  }
  const members = Object.entries(parts).map(([member, entries]) => `,"${member}":{${entries.join(",")}}`);
  return `{"numRecords":${rows}${members.join("")}}`;
}

function boundJson(text: string | undefined, type: string): string | null {
  if (text === undefined) return null;
  switch (type) {
    case "byte":
    case "short":
    case "integer":
    case "long":
      return /^-?\d+$/.test(text) ? text : null;
    case "string":
      return text.length <= MAX_TEXT ? JSON.stringify(text) : null;
    case "date":
      return /^\d{4}-\d\d-\d\d$/.test(text) ? `"${text}"` : null;
    case "timestamp":
      return timestampJson(text);
    default:
      return type.startsWith("decimal") && /^-?\d+(\.\d+)?$/.test(text) ? text : null;
  }
}

function timestampJson(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  return match ? `"${match[1]}T${match[2]}.${(match[3] ?? "").padEnd(6, "0")}Z"` : null;
}
