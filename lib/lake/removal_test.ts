import { expect, test } from "vitest";
import type { Store } from "../store/mod.ts";
import { maintainLog } from "./maintain_log.ts";
import { type Lake, openLake } from "./open_lake.ts";
import { pinnedVersions } from "./pinned_versions.ts";
import { readSnapshot } from "./snapshot.ts";
import { freshStore } from "./testdata/delta.ts";
import { vacuum } from "./vacuum.ts";

const DAY_MS = 86_400_000;
const PIN = { version: 0, until: "2999-12-31", why: "report" };

/** Table `t` of two versions, of which the first has other files. */
async function twoVersions(): Promise<{ store: Store; lake: Lake }> {
  const { store } = await freshStore();
  const lake = await openLake({ store });
  for (const n of [1, 2]) await lake.write("t", [{ n }], { mode: "overwrite" });
  return { store, lake };
}

type Call = "put" | "putIfAbsent" | "delete" | "list";

/** A store that does something else before the first call of a kind at a path that contains a text. */
function before(store: Store, call: Call, part: string, work: () => Promise<unknown>): Store {
  let isDone = false;
  const enter = async (path: string) => {
    if (isDone || !path.includes(part)) return;
    isDone = true;
    await work();
  };
  const stops = {
    put: async (path, bytes) => (await enter(path), store.put(path, bytes)),
    putIfAbsent: async (path, bytes) => (await enter(path), store.putIfAbsent(path, bytes)),
    delete: async (path) => (await enter(path), store.delete(path)),
    async *list(path, options) {
      await enter(path);
      yield* store.list(path, options);
    },
  } satisfies Partial<Store>;
  return { ...store, [call]: stops[call] };
}

async function rowsOf(store: Store): Promise<unknown[]> {
  await using lake = await openLake({ store });
  return (await lake.query("SELECT n FROM t AT (VERSION => 0)")).rows();
}

async function announcements(store: Store): Promise<string[]> {
  return await Array.fromAsync(store.list("tables/t/_vacuum/"), ({ path }) => path);
}

const clean = async (store: Store): Promise<number> => {
  const read = (await readSnapshot(store, "t"))!;
  const settings = { ...read, configuration: { "delta.checkpointInterval": "1" } };
  return (await maintainLog(store, settings, { now: Date.now() + 40 * DAY_MS })).deleted;
};

const REMOVERS: [string, (store: Store) => Promise<unknown>][] = [
  ["vacuum()", (store) => vacuum(store, "t", { retentionHours: 0 })],
  ["maintainLog()", clean],
];

test.each(REMOVERS)("a pin that is saved while %s stands before its first delete is refused", async (_, remove) => {
  const { store, lake } = await twoVersions();
  await using _lake = lake;
  let refused: unknown;
  const pin = async () => refused = await lake.savePin("t", PIN).catch((error) => error);
  await remove(before(store, "delete", "tables/t/", pin));
  expect(refused).toBeInstanceOf(Error);
  expect((refused as Error).message).toMatch(
    /^Cannot pin table "t" at version 0 as its files must still be there: ".*" is being vacuumed; pin a later version$/,
  );
  expect(await pinnedVersions(store, "t")).toEqual([]);
  expect(await announcements(store)).toEqual([]);
});

test.each(REMOVERS)("a pin that is saved before %s announces what goes keeps its version", async (_, remove) => {
  const { store, lake } = await twoVersions();
  await using _lake = lake;
  await remove(before(store, "put", "/_vacuum/", () => lake.savePin("t", PIN)));
  expect(await pinnedVersions(store, "t")).toEqual([0]);
  expect(await rowsOf(store)).toEqual([{ n: 1 }]);
  expect(await announcements(store)).toEqual([]);
});

test.each(REMOVERS)("savePin() sees all of %s, or is seen by it, wherever that falls", async (_, remove) => {
  for (
    const [call, part, kept] of [
      ["putIfAbsent", "boathouse_pins/_delta_log", false],
      ["list", "/_vacuum/", true],
    ] as const
  ) {
    const { store, lake } = await twoVersions();
    await lake.write("u", [{ n: 1 }], { mode: "append" });
    await lake.savePin("u", PIN); // the table of pins is there
    await lake[Symbol.asyncDispose]();
    await using other = await openLake({ store: before(store, call, part, () => remove(store)) });
    const outcome = await other.savePin("t", PIN).catch((error) => error);
    expect(outcome instanceof Error).toBe(!kept);
    expect(await pinnedVersions(store, "t")).toEqual(kept ? [0] : []);
    if (kept) expect(await rowsOf(store)).toEqual([{ n: 1 }]);
    else expect(outcome.message).toMatch(/must still be there: ".*" was vacuumed; pin a later version$/);
  }
});

test("what a vacuum that ended had announced cannot be pinned, and the next vacuum takes it back", async () => {
  const { store, lake } = await twoVersions();
  await using _ = lake;
  const ended = before(store, "delete", "tables/t/", () => Promise.reject(new Error("ended")));
  await expect(vacuum(ended, "t", { retentionHours: 0 })).rejects.toThrow("ended");
  expect(await announcements(store)).toHaveLength(1);
  await expect(lake.savePin("t", PIN)).rejects.toThrow("is being vacuumed; pin a later version");
  await lake.savePin("t", { ...PIN, version: 1 });
  expect((await vacuum(store, "t", { retentionHours: 0 })).deleted).toHaveLength(1);
  expect(await announcements(store)).toEqual([]);
});
