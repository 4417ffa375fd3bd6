import type { DuckDBPreparedStatement } from "@duckdb/node-api";
import type { ArrowTable } from "../columns/mod.ts";
import { bindValues } from "./_bind.ts";
import type { Engine } from "./_engine.ts";
import { fetchArrow } from "./_fetch_arrow.ts";
import { checkSelect } from "./_statement.ts";
import type { Statements } from "./_statements.ts";

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
  }, engine.statements);
}

/**
 * Prepares a statement for some work, which the signal interrupts, and explains what DuckDB refuses.
 *
 * @param statements where the statement comes from, and waits after work that went well, to be run again
 */
export async function runPrepared<T>(
  { connection }: Engine,
  text: string,
  signal: AbortSignal | undefined,
  work: (prepared: DuckDBPreparedStatement) => Promise<T>,
  statements?: Statements,
): Promise<T> {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  let prepared: DuckDBPreparedStatement | undefined;
  try {
    prepared = await (statements?.take(text) ?? connection.prepare(text));
    const result = await work(prepared);
    if (statements) statements.keep(text, prepared);
    else prepared.destroySync();
    return result;
  } catch (cause) {
    prepared?.destroySync();
    signal?.throwIfAborted();
    if (!(cause instanceof Error) || cause.constructor !== Error) throw cause;
    throw new Error(`Cannot run query as DuckDB refuses it: ${cause.message.trimEnd()}`, { cause });
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}
