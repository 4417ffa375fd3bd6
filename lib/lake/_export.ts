import { join, resolve } from "node:path";
import { bindValues } from "./_bind.ts";
import type { Engine } from "./_engine.ts";
import { runPrepared } from "./_run_query.ts";
import { quoteName, quoteText } from "./sql_type.ts";
import { checkSelect } from "./_statement.ts";

/** How rows are written to a file. */
export interface ExportOptions {
  /**
   * Whether a file of that name is replaced.
   * @default false
   */
  overwrite?: boolean;
  /** Stops the query; it then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/** A file that was written. */
export interface Exported {
  /** Its rows. */
  rows: number;
  /** Its size. */
  bytes: number;
}

/** Writes a query's rows into the engine's own folder, the only one that DuckDB reaches, and moves the whole file out. */
export async function exportQuery(
  engine: Engine,
  text: string,
  values: readonly unknown[],
  file: string,
  { overwrite = false, signal }: ExportOptions,
): Promise<Exported> {
  const target = resolve(file);
  if (!overwrite) await checkAbsent(file, target);
  const local = join(engine.dir, `${crypto.randomUUID()}.parquet`);
  try {
    const select = await exactSelect(engine, text.replace(/[;\s]+$/, ""), signal);
    const copy = `COPY (${select}\n) TO ${quoteText(local)} (FORMAT parquet, COMPRESSION zstd)`;
    const rows = await runPrepared(engine, copy, signal, async (prepared) => {
      bindValues(prepared, values);
      return Number((await prepared.runAndReadAll()).getRowsJS()[0]![0]);
    });
    const { size: bytes } = await Deno.stat(local);
    await moveOut(local, target, overwrite, file);
    return { rows, bytes };
  } finally {
    await Deno.remove(local).catch(unlessAbsent);
  }
}

/** Parquet has no integers of 128 bits, which sums are of: DuckDB would round them to doubles. */
function exactSelect(engine: Engine, text: string, signal: AbortSignal | undefined): Promise<string> {
  return runPrepared(engine, text, signal, (prepared) => {
    checkSelect(prepared);
    const names = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnName(i));
    const wide = names.filter((_, i) => String(prepared.columnType(i)) === "HUGEINT");
    if (wide.length === 0) return Promise.resolve(text);
    const casts = wide.map((name) => `CAST(${quoteName(name)} AS BIGINT) AS ${quoteName(name)}`);
    return Promise.resolve(`SELECT * REPLACE (${casts.join(", ")}) FROM (${text}\n)`);
  });
}

async function checkAbsent(file: string, target: string): Promise<void> {
  if (await Deno.lstat(target).catch(unlessAbsent)) throw exists(file);
}

function exists(file: string): RangeError {
  return new RangeError(`Cannot write "${file}" as it exists already: name another file, or ask to replace it`);
}

/** Whole or not at all; on another disk by way of a copy beside it. */
async function moveOut(local: string, target: string, overwrite: boolean, file: string): Promise<void> {
  const beside = `${target}.tmp-${crypto.randomUUID()}`;
  try {
    await Deno.copyFile(local, beside);
    if (overwrite) return await Deno.rename(beside, target);
    await Deno.link(beside, target);
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) throw exists(file);
    throw new Error(`Cannot write "${file}": ${(cause as Error).message}`, { cause });
  } finally {
    await Deno.remove(beside).catch(unlessAbsent);
  }
}

function unlessAbsent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
