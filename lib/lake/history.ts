import type { Action } from "./action.ts";
import type { InputRead } from "./inputs.ts";
import { listLog, tableAt } from "./_log_files.ts";
import { timeOf } from "./_replay.ts";
import { readLogFile } from "./snapshot.ts";
import type { Store } from "../store/mod.ts";

/** What a commit did to a table. */
export interface TableCommit {
  /** The version that it made. */
  version: number;
  /** When, milliseconds since 1970 by its writer's clock. */
  timeMs: number;
  /** For example `INGEST` or `WRITE`; empty where its writer does not say. */
  operation: string;
  /** Files that it added. */
  added: number;
  /** Files that it removed. */
  removed: number;
  /** What the lake that wrote it had read before: tables by version or offsets. */
  inputs: InputRead[];
  /** What else its writer tells. */
  info: Readonly<Record<string, unknown>>;
}

/**
 * Reads what the log of a table tells of its newest versions.
 *
 * @param store store that holds the lake
 * @param table name of the table
 * @param options `limit`: how many versions
 * @returns commits, the newest first; fewer where the log was cleaned, none where there is no such table
 * @throws {SyntaxError} when a log file cannot be read
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { readHistory } from "./history.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema: [] });
 * console.assert((await readHistory(store, "flights"))[0]!.operation === "CREATE TABLE");
 * ```
 */
export async function readHistory(
  store: Store,
  table: string,
  { limit = 10 }: { limit?: number } = {},
): Promise<TableCommit[]> {
  const { root } = tableAt(table);
  const { commits } = await listLog(store, root);
  const newest = commits.slice(-limit).toReversed();
  const read = await Promise.all(newest.map(async ({ version, modifiedMs }) => {
    const actions = await readLogFile(store, root, version);
    return actions && commitOf(version, modifiedMs, actions); // null: cleaned since it was listed
  }));
  return read.filter((commit) => commit !== null);
}

const OWN = ["timestamp", "operation", "operationParameters", "engineInfo", "nonce", "inCommitTimestamp", "inputs"];

function commitOf(version: number, modifiedMs: number, actions: readonly Action[]): TableCommit {
  const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo ?? {};
  const { operation, operationParameters, inputs } = info;
  const rest = Object.entries(info).filter(([name]) => !OWN.includes(name));
  return {
    version,
    timeMs: timeOf(info) ?? modifiedMs,
    operation: typeof operation === "string" ? operation : "",
    added: actions.filter(({ add }) => add).length,
    removed: actions.filter(({ remove }) => remove).length,
    inputs: Array.isArray(inputs) ? inputs as InputRead[] : [],
    info: { ...(typeof operationParameters === "object" ? operationParameters : {}), ...Object.fromEntries(rest) },
  };
}
