import { commit, readSnapshot, type Snapshot } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { TOPIC } from "./place.ts";

const COMMITS = 101; // past every writer's distance between checkpoints

/**
 * Does what happens while a writer sleeps for a month: others commit, write a checkpoint, and clean the log behind it.
 *
 * @param store store of the run
 * @param checkpoint writes a checkpoint of the newest version, and answers which that is
 * @param version version that the sleeping writer is about to commit
 * @returns true when that version's log file is gone
 */
export async function cleanUpBehind(
  store: Store,
  checkpoint: () => Promise<number>,
  version: number,
): Promise<boolean> {
  await commitPast(store, version + COMMITS);
  const kept = await checkpoint();
  for await (const { path } of store.list(`tables/${TOPIC}/_delta_log/`)) {
    const name = /\/(\d{20})\.json$/.exec(path)?.[1];
    if (name !== undefined && parseInt(name) < kept) await store.delete(path);
  }
  return !await store.exists(`tables/${TOPIC}/_delta_log/${String(version).padStart(20, "0")}.json`);
}

/** Commits until the table has come to a version; the ingesters do so too. */
async function commitPast(store: Store, version: number): Promise<void> {
  let read: Snapshot = (await readSnapshot(store, TOPIC))!;
  while (read.version < version) {
    const outcome = await commit(store, TOPIC, { read, operation: "RIVAL" });
    read = "snapshot" in outcome ? outcome.snapshot : outcome.conflict;
  }
}
