import type { LiveFile } from "./snapshot.ts";

/** What the log tells of one column in one file, as exact text; null where it does not tell. */
export interface ColumnBounds {
  min: string | null;
  max: string | null;
  /** Number of rows in which it is NULL. */
  nulls: number | null;
}

/** Types whose statistics every writer orders as SQL does; floats have NaN, and booleans are rarely written. */
const BOUNDED = /^(byte|short|integer|long|string|date|timestamp|decimal\(.*\))$/;
const MAX_DIGITS = 15; // writers that keep decimals as doubles round what is longer

type Statistics = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** Reads the bounds of columns from the log, each file's statistics once. */
export function boundsReader(): (file: LiveFile, name: string, type: string, isPartition: boolean) => ColumnBounds {
  const parsed = new Map<string, Statistics>();
  return (file, name, type, isPartition) => {
    if (isPartition) return partitionBounds(file, name);
    if (file.stats === null) return { min: null, max: null, nulls: null };
    const known = parsed.get(file.path) ?? parseStatistics(file.stats);
    parsed.set(file.path, known);
    const nulls = file.deletionVector ? null : known.nullCount?.[name]; // deleted rows are counted too
    return {
      min: boundText(known.minValues?.[name], type),
      max: boundText(known.maxValues?.[name], type),
      nulls: typeof nulls === "string" && /^\d+$/.test(nulls) ? Number(nulls) : null,
    };
  };
}

function partitionBounds({ partition, rows }: LiveFile, name: string): ColumnBounds {
  const value = partition[name] || null; // NULL is written as null or as the empty string
  return { min: value, max: value, nulls: value === null ? rows : 0 };
}

/** Numbers keep the digits that were written: a rounded bound would lose rows. */
function parseStatistics(stats: string): Statistics {
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? context?.source ?? String(value) : value;
  try {
    return JSON.parse(stats, exact as (key: string, value: unknown) => unknown) as Statistics ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // as good as none: such a file is always read
    throw error;
  }
}

function boundText(value: unknown, type: string): string | null {
  if (typeof value !== "string" || !BOUNDED.test(type)) return null;
  return type.startsWith("decimal") && value.replace(/\D/g, "").length > MAX_DIGITS ? null : value;
}
