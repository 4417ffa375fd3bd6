import fc from "fast-check";
import { expect, test } from "vitest";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { freshStore } from "./testdata/delta.ts";

interface Keyed {
  part: string;
  id: number;
  value: number;
}

const rows = fc.uniqueArray(
  fc.record({ part: fc.constantFrom("a", "b"), id: fc.nat(12), value: fc.nat(99) }),
  { selector: ({ part, id }) => `${part}${id}`, minLength: 1, maxLength: 6 },
);

test("lake.write merges as a map does, whatever the files are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 5 }), fc.boolean(), async (writes, isPartitioned) => {
      const { store } = await freshStore();
      await using lake = await openLake({ store });
      const model = new Map<string, Keyed>();
      for (const write of writes) {
        const partitioned = isPartitioned && model.size === 0 ? { partitionBy: "part" } : {};
        await lake.write("t", write, { mode: "merge", key: ["part", "ID"], ...partitioned });
        for (const row of write) model.set(`${row.part} ${row.id}`, row);
        const sorted = [...model.values()].sort((a, b) => a.part < b.part ? -1 : a.part > b.part ? 1 : a.id - b.id);
        expect((await lake.query("SELECT * FROM t ORDER BY part, id")).rows()).toEqual(sorted);
      }
    }),
    { numRuns: 8 },
  );
});

/** Four files of ten keys each. */
async function fourFiles() {
  const { store, dir } = await freshStore();
  const lake = await openLake({ store });
  for (let file = 0; file < 4; file++) {
    await lake.write("t", Array.from({ length: 10 }, (_, i) => ({ id: file * 10 + i, value: 0 })), { mode: "append" });
  }
  return { lake, store, dir };
}

test("lake.write rewrites only the files that hold a key, and opens only those that may", async () => {
  const { lake, store } = await fourFiles();
  await lake[Symbol.asyncDispose]();
  const opened: string[] = [];
  const watched = {
    ...store,
    hold: (paths: readonly string[]) => {
      opened.push(...paths);
      return store.hold(paths);
    },
  };
  const before = (await readSnapshot(store, "t"))!;
  await using writer = await openLake({ store: watched });
  await writer.write("t", [{ id: 15, value: 7 }, { id: 16, value: 8 }], { mode: "merge", key: "id" });
  const after = (await readSnapshot(store, "t"))!;
  const kept = after.files.filter(({ path }) => before.files.some((file) => file.path === path));
  expect([opened.length, kept.length, after.files.length]).toEqual([1, 3, 4]);
  const text = "SELECT sum(value) AS sum, count(*) AS n FROM t";
  expect((await writer.query(text)).rows()).toEqual([{ sum: 15, n: 40 }]);
  expect((await writer.history("t"))[0]).toMatchObject({ operation: "MERGE", added: 1, removed: 1 });
  await writer.write("t", [{ id: 100, value: 1, note: "new" }], { mode: "merge", key: "id" });
  expect((await readSnapshot(store, "t"))!.files).toHaveLength(5);
});

test("lake.write replaces whole rows and adds columns when it merges", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  await lake.write("t", [{ id: 1, a: "x" }, { id: 2, a: "y" }], { mode: "merge", key: "id" });
  await lake.write("t", [{ id: 2, b: true }], { mode: "merge", key: "id" });
  expect((await lake.query("SELECT * FROM t ORDER BY id")).rows()).toEqual([
    { id: 1, a: "x", b: null },
    { id: 2, a: null, b: true },
  ]);
});

test("lake.write refuses keys that tell no rows apart", async () => {
  const { lake, store } = await fourFiles();
  await using _ = lake;
  const cases: [rows: Record<string, unknown>[], key: string | string[] | undefined, message: string][] = [
    [[{ id: 1 }], undefined, 'Cannot merge into table "t" as key must name at least one column: got none'],
    [[{ id: 1 }], "ID2", 'Cannot merge into table "t" as rows must have the key column "ID2": got none'],
    [[{ id: 1, x: 1 }], "x", 'Cannot merge into table "t" as it must have the key column "x": it has none'],
    [
      [{ id: 1, value: 1 }, { id: null, value: 2 }],
      ["value", "id"],
      'Cannot merge into table "t" as no key (value, id) may be NULL: 1 of the rows have none',
    ],
    [
      [{ id: 1, value: 1 }, { id: 1, value: 2 }],
      "id",
      'Cannot merge into table "t" as each key must come once among the rows: {"id":1} comes 2 times',
    ],
  ];
  for (const [written, key, message] of cases) {
    const options = { mode: "merge", ...(key ? { key } : {}) } as const;
    await expect(lake.write("t", written, options), message).rejects.toThrow(RangeError);
    await expect(lake.write("t", written, options), message).rejects.toThrow(message);
  }
  expect((await readSnapshot(store, "t"))!.version).toBe(3);
});

test("a merge that meets another writer plans anew, and leaves no file behind", async () => {
  const { lake, store, dir } = await fourFiles();
  await lake[Symbol.asyncDispose]();
  let raced = 0;
  const racing = {
    ...store,
    putIfAbsent: async (path: string, bytes: Uint8Array) => {
      if (path.includes("_delta_log") && raced++ === 0) {
        await using other = await openLake({ store });
        await other.write("t", [{ id: 15, value: 100 }, { id: 50, value: 100 }], { mode: "merge", key: "id" });
      }
      return await store.putIfAbsent(path, bytes);
    },
  };
  await using writer = await openLake({ store: racing });
  const write = writer.write("t", [{ id: 15, value: 1 }, { id: 50, value: 2 }], { mode: "merge", key: "id" });
  expect(await write).toEqual({ version: 5 });
  expect((await writer.query("SELECT id, value FROM t WHERE value > 0 ORDER BY id")).rows()).toEqual([
    { id: 15, value: 1 },
    { id: 50, value: 2 },
  ]);
  const { files, tombstones } = (await readSnapshot(store, "t"))!;
  const stored = (await Array.fromAsync(Deno.readDir(`${dir}/tables/t`))).filter(({ isFile }) => isFile);
  expect(stored).toHaveLength(files.length + tombstones.size);
});
