import { expect, test } from "vitest";
import fc from "fast-check";
import type { Store } from "../store/mod.ts";
import { type CommitPlan, performCommit, prepareCommit } from "./commit.ts";
import { maintainLog } from "./maintain_log.ts";
import { readSnapshot, refreshSnapshot, type Snapshot } from "./snapshot.ts";
import { file, freshStore } from "./testdata/delta.ts";

const DAY_MS = 86_400_000;
const LOG = "tables/t/_delta_log";

async function logNames(store: Store): Promise<string[]> {
  const paths = await Array.fromAsync(store.list(`${LOG}/`), ({ path }) => path.slice(LOG.length + 1));
  return paths.map((name) => name.replace(/^0+(?=\d)/, ""));
}

/** Commits as `commit` does, without looking after the log. */
async function commitAlone(store: Store, plan: CommitPlan): Promise<Snapshot> {
  const prepared = prepareCommit("t", plan);
  await performCommit(store, prepared, "put");
  return (await readSnapshot(store, "t", prepared.intent.version))!;
}

/** Makes a commit seem to be of another day. */
async function age(dir: string, version: number, ms: number): Promise<void> {
  await Deno.utime(`${dir}/${LOG}/${String(version).padStart(20, "0")}.json`, ms / 1000, ms / 1000);
}

async function create(store: Store, configuration: Record<string, string>): Promise<Snapshot> {
  const metaData = {
    id: "6c1e7a4e-0000-4000-8000-000000000000",
    schemaString: '{"type":"struct","fields":[]}',
    configuration,
  };
  const lines = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData }];
  await store.put(
    `${LOG}/${"0".repeat(20)}.json`,
    new TextEncoder().encode(lines.map((l) => JSON.stringify(l)).join("\n")),
  );
  return (await readSnapshot(store, "t"))!;
}

test("maintainLog() writes a checkpoint every 100 commits, also when others took the hundredth", async () => {
  const { store, dir } = await freshStore();
  await create(store, {});
  for (let version = 1; version <= 220; version++) {
    const line = JSON.stringify({ txn: { appId: "a", version } });
    await Deno.writeTextFile(`${dir}/${LOG}/${String(version).padStart(20, "0")}.json`, line);
  }
  const made: number[] = [];
  for (const version of [1, 50, 90, 99, 100, 101, 110, 199, 201, 205, 210, 220]) {
    const { checkpoint, deleted } = await maintainLog(store, (await readSnapshot(store, "t", version))!);
    if (checkpoint !== null) made.push(checkpoint);
    expect(deleted).toBe(0);
  }
  expect(made).toEqual([100, 210]);
});

test("maintainLog() deletes what is older than the log's retention, and keeps every younger version", async () => {
  const { store, dir } = await freshStore();
  const now = Date.now();
  let snapshot = await create(store, {
    "delta.checkpointInterval": "4",
    "delta.logRetentionDuration": "interval 1 day",
  });
  for (let version = 1; version <= 12; version++) {
    snapshot = await commitAlone(store, {
      read: snapshot,
      operation: "WRITE",
      add: [file(`${version}.parquet`)],
    });
    expect((await maintainLog(store, snapshot, { now })).deleted).toBe(0);
  }
  for (let version = 0; version <= 6; version++) await age(dir, version, now - DAY_MS - 1000);
  for (let version = 13; version <= 16; version++) {
    snapshot = await commitAlone(store, { read: snapshot, operation: "WRITE" });
    const { deleted } = await maintainLog(store, snapshot, { now });
    expect(deleted).toBe(version === 16 ? 4 : 0); // 0 to 3; 4 to 6 lead to the younger 7
  }
  expect((await logNames(store))[0]).toBe("4.checkpoint.parquet");
  for (let version = 4; version <= 16; version++) {
    expect((await readSnapshot(store, "t", version))!.files).toHaveLength(Math.min(version, 12));
  }
  await expect(readSnapshot(store, "t", 3)).rejects.toThrow("is missing");
});

test("maintainLog() never deletes behind what readers are told of, nor the log file of a checkpoint", async () => {
  const { store } = await freshStore();
  let snapshot = await create(store, { "delta.checkpointInterval": "2" });
  for (let version = 1; version <= 6; version++) {
    snapshot = await commitAlone(store, { read: snapshot, operation: "WRITE", txns: { a: version } });
    await maintainLog(store, snapshot, { now: Date.now() + 40 * DAY_MS });
  }
  expect(await logNames(store)).toEqual(["6.checkpoint.parquet", "6.json", "_last_checkpoint"]);
  expect((await readSnapshot(store, "t"))!.txns.get("a")).toBe(6);
});

test("maintainLog() leaves the log alone where a setting says so, or cannot be understood", async () => {
  for (
    const setting of [
      { "delta.enableExpiredLogCleanup": "false" },
      { "delta.logRetentionDuration": "interval 1 moon" },
      {
        "delta.logRetentionDuration": "soon",
      },
      { "delta.logRetentionDuration": "interval 9 weeks 1 hour" },
    ]
  ) {
    const { store } = await freshStore();
    let snapshot = await create(store, { "delta.checkpointInterval": "1", ...setting });
    for (const version of [1, 2]) {
      snapshot = await commitAlone(store, { read: snapshot, operation: "WRITE" });
      expect(await maintainLog(store, snapshot, { now: Date.now() + 60 * DAY_MS })).toEqual({
        checkpoint: version,
        deleted: 0,
      });
    }
  }
});

test("refreshSnapshot() of a version whose log was cleaned reads the table anew", async () => {
  const { store } = await freshStore();
  const first = await create(store, { "delta.checkpointInterval": "1" });
  let snapshot = first;
  for (let i = 0; i < 3; i++) {
    snapshot = await commitAlone(store, { read: snapshot, operation: "WRITE" });
    await maintainLog(store, snapshot, { now: Date.now() + 40 * DAY_MS });
  }
  const old = { ...first, readAtMs: Date.now() - 2 * 3_600_000 };
  expect((await refreshSnapshot(store, old)).version).toBe(3);
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("commit" as const), add: fc.nat(3), remove: fc.nat(2), old: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "clean" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "unhint" as const }) },
);

test("any sequence of commits, checkpoints and cleaning replays to the same versions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, interval) => {
        const { store, dir } = await freshStore();
        const now = Date.now();
        let snapshot = await create(store, { "delta.checkpointInterval": String(interval) });
        const model = [facts(snapshot)];
        let name = 0, first = 0;
        for (const one of steps) {
          if (one.do === "unhint") await store.delete(`${LOG}/_last_checkpoint`);
          else {
            const [add, remove] = one.do === "commit" ? [one.add, one.remove] : [0, 0];
            snapshot = await commitAlone(store, {
              read: snapshot,
              operation: "WRITE",
              add: Array.from({ length: add }, () => file(`${name++}.parquet`)),
              remove: snapshot.files.slice(0, remove),
              txns: { a: name },
            });
            model.push(facts(snapshot));
            if (one.do === "commit" && one.old) await age(dir, snapshot.version, now - 31 * DAY_MS);
            await maintainLog(store, snapshot, { now });
          }
          const names = await logNames(store);
          first = Math.min(...names.map((one) => parseInt(one)).filter((version) => !isNaN(version)));
          for (let version = first; version < model.length; version++) {
            expect(facts((await readSnapshot(store, "t", version))!)).toEqual(model[version]);
          }
          expect(facts((await readSnapshot(store, "t"))!)).toEqual(model.at(-1));
          expect(facts(await refreshSnapshot(store, (await readSnapshot(store, "t", first))!))).toEqual(model.at(-1));
        }
        await Deno.remove(dir, { recursive: true });
      },
    ),
    { numRuns: 10 },
  );
}, 60_000);

function facts({ version, files, tombstones, txns, protocol, id }: Snapshot): unknown {
  return { version, files, tombstones: [...tombstones], txns: [...txns], protocol, id };
}
