import { openStore, type Store } from "../../store/mod.ts";
import { commit, type CommitPlan } from "../commit.ts";
import type { Field } from "../field.ts";
import type { LiveFile, Snapshot } from "../snapshot.ts";

/** A store in a fresh folder. */
export async function freshStore(): Promise<{ store: Store; dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-lake-" });
  return { store: await openStore({ kind: "directory", dir }), dir };
}

export const DELAY: Field[] = [{ name: "delay", type: "long", nullable: true }];

const FRESH_MS = Date.UTC(2100, 0); // a commit takes no old files

/** A file as the log names it; nothing lies at its path. */
export function file(path: string, rows = 1): LiveFile {
  return { path, bytes: 10, rows, partition: {}, stats: `{"numRecords":${rows}}`, modifiedMs: FRESH_MS };
}

/** Commits, and fails when another writer came first. */
export async function commitOrFail(store: Store, table: string, plan: CommitPlan): Promise<Snapshot> {
  const outcome = await commit(store, table, plan);
  if ("conflict" in outcome) throw new Error(`conflict at version ${outcome.conflict.version}`);
  return outcome.snapshot;
}

/** Writes a log file by hand. */
export async function putLog(store: Store, table: string, version: number, ...actions: unknown[]): Promise<void> {
  const text = actions.map((action) => typeof action === "string" ? action : JSON.stringify(action)).join("\n");
  await store.put(`tables/${table}/_delta_log/${String(version).padStart(20, "0")}.json`, new TextEncoder().encode(text));
}

/** The actions that create a table, as another writer would put them. */
export function creation(protocol: object = {}, metadata: object = {}): unknown[] {
  return [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2, ...protocol } },
    {
      metaData: {
        id: "6c1e7a4e-0000-4000-8000-000000000000",
        format: { provider: "parquet", options: {} },
        schemaString: '{"type":"struct","fields":[{"name":"delay","type":"long","nullable":true,"metadata":{}}]}',
        partitionColumns: [],
        configuration: {},
        createdTime: 1,
        ...metadata,
      },
    },
  ];
}

/** An `add` action as another writer would put it. */
export function added(path: string, more: object = {}): unknown {
  return { add: { path, partitionValues: {}, size: 10, modificationTime: 5, dataChange: true, ...more } };
}
