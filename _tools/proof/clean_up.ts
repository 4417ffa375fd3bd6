import { commit, maintainLog, readSnapshot, type Snapshot } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";

const COMMITS = 101;
const DUE = { "delta.checkpointInterval": "1" };
const MONTH_MS = 31 * 86_400_000;

/**
 * Does what happens while a writer sleeps for a month: others commit more than 100 times, until the log is maintained:
 * a checkpoint, and the entries behind it cleaned.
 *
 * @param store store of the run
 * @param table name of the table
 * @param version version that the sleeping writer is about to commit
 * @returns true when that version's log file is gone
 */
export async function cleanUpBehind(store: Store, table: string, version: number): Promise<boolean> {
  let read: Snapshot = (await readSnapshot(store, table))!;
  for (let isClean = false; !isClean;) {
    const outcome = await commit(store, table, { read, operation: "RIVAL" });
    read = "snapshot" in outcome ? outcome.snapshot : outcome.conflict; // the other ingester commits too
    if (!("snapshot" in outcome) || read.version < version + COMMITS) continue;
    isClean = (await maintainLog(store, { ...read, configuration: DUE }, { now: Date.now() + MONTH_MS })).deleted > 0;
  }
  return !await store.exists(`tables/${table}/_delta_log/${String(version).padStart(20, "0")}.json`);
}
