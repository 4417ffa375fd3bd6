import { DuckDBInstance } from "@duckdb/node-api";
import type { Store } from "../store/mod.ts";
import { type Action, checkAction } from "./action.ts";
import { quoteName, quoteText } from "./sql_type.ts";

const MEMBERS = ["add", "remove", "txn", "protocol", "metaData"];

/** Reads the actions of one file of a classic checkpoint (Delta protocol, "Checkpoints"), by names of columns. */
export async function readCheckpointActions(store: Store, file: string): Promise<Action[]> {
  const local = quoteText(await store.localPath(file));
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "256MB" });
  const connection = await instance.connect();
  try {
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${local})`);
    const present = new Set(described.getRowsJS().map(([name]) => String(name)));
    const members = MEMBERS.filter((name) => present.has(name));
    // Maps would be written as JSON objects already; to_json keeps 64-bit sizes as whole numbers below 2^53.
    const fields = members.map((name) => `${quoteText(name)}, ${quoteName(name)}`).join(", ");
    const read = await connection.runAndReadAll(
      `SELECT CAST(json_object(${fields}) AS VARCHAR) FROM read_parquet(${local}, hive_partitioning=false)`,
    );
    return read.getRowsJS().map(([text]) => checkAction(JSON.parse(String(text)), file));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    throw new Error(`Cannot read checkpoint "${file}": ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
