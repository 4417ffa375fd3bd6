import type { DuckDBPreparedStatement } from "@duckdb/node-api";
import type { ArrowTable } from "../columns/mod.ts";
import { bindValues } from "./_bind.ts";
import type { Engine } from "./_engine.ts";
import { fetchArrow } from "./_fetch_arrow.ts";
import { checkSelect } from "./_statement.ts";

/** Runs a SELECT whose tables are there. */
export function runQuery(
  engine: Engine,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<ArrowTable> {
  return runPrepared(engine, text, signal, async (prepared) => {
    checkSelect(prepared);
    bindValues(prepared, values);
    return await fetchArrow(await prepared.stream());
  });
}

/** Prepares a statement for some work, which the signal interrupts, and explains what DuckDB refuses. */
export async function runPrepared<T>(
  { connection }: Engine,
  text: string,
  signal: AbortSignal | undefined,
  work: (prepared: DuckDBPreparedStatement) => Promise<T>,
): Promise<T> {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  let prepared: DuckDBPreparedStatement | undefined;
  try {
    prepared = await connection.prepare(text);
    return await work(prepared);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof Error) || cause.constructor !== Error) throw cause;
    throw new Error(`Cannot run query as DuckDB refuses it: ${cause.message.trimEnd()}`, { cause });
  } finally {
    signal?.removeEventListener("abort", interrupt);
    prepared?.destroySync();
  }
}
