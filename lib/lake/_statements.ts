import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";

/** Prepared queries that wait to be run again; waiting, they hold neither memory of DuckDB's nor open files. */
export interface Statements {
  /** Takes the statement of a text, or prepares it; no one else has it until it is given back. */
  take(text: string): Promise<DuckDBPreparedStatement>;
  /** Gives it back. */
  keep(text: string, prepared: DuckDBPreparedStatement): void;
  /** Drops all, as what their names stand for has changed. */
  clear(): void;
}

export function preparedStatements(connection: DuckDBConnection, most: number): Statements {
  const waiting = new Map<string, DuckDBPreparedStatement>();
  const remove = (text: string) => {
    const prepared = waiting.get(text);
    waiting.delete(text);
    return prepared;
  };
  return {
    take: async (text) => remove(text) ?? await connection.prepare(text),
    keep(text, prepared) {
      remove(text)?.destroySync();
      waiting.set(text, prepared);
      if (waiting.size > most) remove(waiting.keys().next().value!)?.destroySync();
    },
    clear() {
      for (const prepared of waiting.values()) prepared.destroySync();
      waiting.clear();
    },
  };
}
