import { expect, test, vi } from "vitest";
import { commit } from "./commit.ts";
import { writeSchema } from "./field.ts";
import { readSnapshot } from "./snapshot.ts";
import { added, commitOrFail, creation, DELAY, file, freshStore, putLog } from "./testdata/delta.ts";

const create = { read: null, operation: "CREATE TABLE", schema: DELAY } as const;

test("commit() creates a table of protocol 1/2 with its schema", async () => {
  const { store } = await freshStore();
  const plan = {
    ...create,
    schema: [...DELAY, { name: "day", type: "date", nullable: true }],
    partitionColumns: ["day"],
    id: "i",
  };
  const snapshot = await commitOrFail(store, "t", plan);
  expect(snapshot).toMatchObject({ version: 0, id: "i", partitionColumns: ["day"], files: [], schema: plan.schema });
  const text = new TextDecoder().decode(await store.get("tables/t/_delta_log/00000000000000000000.json"));
  const actions = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(actions.map((action) => Object.keys(action)[0])).toEqual(["commitInfo", "protocol", "metaData", "txn"]);
  expect(actions[0].commitInfo).toMatchObject({ operation: "CREATE TABLE", engineInfo: "Boathouse" });
  expect(actions[1].protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
  expect(actions[2].metaData).toMatchObject({ format: { provider: "parquet", options: {} }, configuration: {} });
  expect(actions[3].txn.appId).toBe(`write/${actions[0].commitInfo.nonce}`);
});

test("commit() appends and removes; the snapshot it returns is what a reader reads", async () => {
  const { store } = await freshStore();
  const first = await commitOrFail(store, "t", {
    ...create,
    schema: DELAY,
    add: [file("a.parquet"), file("b.parquet")],
  });
  const second = await commitOrFail(store, "t", {
    read: first,
    operation: "OPTIMIZE",
    dataChange: false,
    remove: first.files,
    add: [file("c.parquet", 2)],
    txns: { "flights/i/0": 17 },
    info: { "boathouse": { read: 17, rejected: 0 } },
  });
  const { readAtMs: _, ...read } = (await readSnapshot(store, "t"))!;
  expect(second).toMatchObject(read);
  expect(second.files).toEqual([file("c.parquet", 2)]);
  expect([...second.tombstones.keys()]).toEqual(["a.parquet", "b.parquet"]);
  expect(second.txns.get("flights/i/0")).toBe(17);
  const text = new TextDecoder().decode(await store.get("tables/t/_delta_log/00000000000000000001.json"));
  expect(text).toContain('"remove":{"path":"a.parquet"');
  expect(text).toContain('"extendedFileMetadata":true,"partitionValues":{},"size":10}');
  expect(text).toContain('"boathouse":{"read":17,"rejected":0}');
});

test("commit() keeps statistics as the text that was given", async () => {
  const { store } = await freshStore();
  const stats = '{"numRecords":1,"minValues":{"n":9007199254740993}}';
  await commitOrFail(store, "t", { ...create, schema: DELAY, add: [{ ...file("a.parquet"), stats }] });
  expect((await readSnapshot(store, "t"))!.files[0]!.stats).toBe(stats);
});

test("commit() reports a conflict with the newest version, and wins with it", async () => {
  const { store } = await freshStore();
  const first = await commitOrFail(store, "t", { ...create, schema: DELAY });
  await commitOrFail(store, "t", { read: first, operation: "WRITE", add: [file("a.parquet")] });
  const lost = await commit(store, "t", { read: first, operation: "WRITE", add: [file("b.parquet")] });
  expect(lost).toMatchObject({ conflict: { version: 1, files: [file("a.parquet")] } });
  if (!("conflict" in lost)) return;
  const won = await commitOrFail(store, "t", { read: lost.conflict, operation: "WRITE", add: [file("b.parquet")] });
  expect(won.files.map((one) => one.path)).toEqual(["a.parquet", "b.parquet"]);
  expect(await commit(store, "t", { ...create, schema: DELAY })).toMatchObject({ conflict: { version: 2 } });
});

test("commit() of many writers loses nothing and doubles nothing", async () => {
  const { store } = await freshStore();
  await commitOrFail(store, "t", { ...create, schema: DELAY });
  await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; i < 10; i++) {
      let read = (await readSnapshot(store, "t"))!;
      for (;;) {
        const outcome = await commit(store, "t", { read, operation: "WRITE", add: [file(`${writer}-${i}.parquet`)] });
        if ("version" in outcome) break;
        read = outcome.conflict;
      }
    }
  }));
  const { version, files } = (await readSnapshot(store, "t"))!;
  expect([version, files.length, new Set(files.map((one) => one.path)).size]).toEqual([80, 80, 80]);
});

test("commit() recognises its own win when the response was lost", async () => {
  const { store } = await freshStore();
  const first = await commitOrFail(store, "t", { ...create, schema: DELAY });
  const broken = {
    ...store,
    putIfAbsent: async (path: string, bytes: Uint8Array) => {
      await store.putIfAbsent(path, bytes);
      throw new Error("connection reset");
    },
  };
  expect(await commit(broken, "t", { read: first, operation: "WRITE", add: [file("a.parquet")] })).toMatchObject({
    version: 1,
  });
  const retried = {
    ...store,
    putIfAbsent: async (path: string, bytes: Uint8Array) => {
      await store.putIfAbsent(path, bytes);
      return await store.putIfAbsent(path, bytes);
    },
  };
  const read = (await readSnapshot(store, "t"))!;
  expect(await commit(retried, "t", { read, operation: "WRITE", add: [file("b.parquet")] })).toMatchObject({
    version: 2,
  });
  expect((await readSnapshot(store, "t"))!.files).toHaveLength(2);
});

test("commit() passes on the error of a store that wrote nothing", async () => {
  const { store } = await freshStore();
  const read = await commitOrFail(store, "t", { ...create, schema: DELAY });
  const full = { ...store, putIfAbsent: () => Promise.reject(new Error("Cannot put as the disk is full")) };
  await expect(commit(full, "t", { read, operation: "WRITE", add: [] })).rejects.toThrow(
    "Cannot put as the disk is full",
  );
  expect((await readSnapshot(store, "t"))!.version).toBe(0);
});

test("commit() refuses what it must not write", async () => {
  const { store } = await freshStore();
  await expect(commit(store, "t", { read: null, operation: "WRITE" })).rejects.toThrow(
    'Cannot create table "t" as it must have a schema: the plan has none',
  );
  const read = await commitOrFail(store, "t", { ...create, schema: DELAY, add: [file("a.parquet")] });
  await expect(commit(store, "t", { read, operation: "WRITE", remove: [file("z.parquet")] })).rejects.toThrow(
    'Cannot remove "z.parquet" of table "t" as it must be live: it is not in version 0',
  );
  await expect(commit(store, "t", { read, operation: "WRITE", add: [file("a.parquet")] })).rejects.toThrow(
    'Cannot add "a.parquet" to table "t" as it must be new: it is live already',
  );
});

test("commit() refuses a table of a newer writer version, or one that only grows", async () => {
  const { store } = await freshStore();
  await putLog(store, "t", 0, ...creation({ minWriterVersion: 7, writerFeatures: ["invariants", "changeDataFeed"] }));
  const commitTo = async (table: string, remove = false) => {
    const read = (await readSnapshot(store, table))!;
    return await commit(store, table, { read, operation: "WRITE", remove: remove ? read.files : [] });
  };
  await expect(commitTo("t")).rejects.toThrow(RangeError);
  await expect(commitTo("t")).rejects.toThrow(
    'Cannot write table "t" as its Delta protocol must be 1/1 or 1/2: got 1/7 with invariants, changeDataFeed; write it with the program that raised it',
  );
  await putLog(store, "u", 0, ...creation({}, { configuration: { "delta.appendOnly": "true" } }), added("a.parquet"));
  await expect(commitTo("u", true)).rejects.toThrow(
    'Cannot remove rows of table "u" as its setting "delta.appendOnly" is "true"',
  );
  expect(await commitTo("u")).toMatchObject({ version: 1 });
});

test("commit() reloads a version that was read over an hour ago", async () => {
  const { store } = await freshStore();
  const read = await commitOrFail(store, "t", { ...create, schema: DELAY });
  await commitOrFail(store, "t", { read, operation: "WRITE", add: [file("a.parquet")] });
  await store.delete("tables/t/_delta_log/00000000000000000001.json");
  await putLog(store, "t", 1, added("b.parquet"));
  vi.useFakeTimers({ now: Date.now() + 3_600_001 });
  try {
    expect(await commit(store, "t", { read, operation: "WRITE" })).toMatchObject({ conflict: { version: 1 } });
  } finally {
    vi.useRealTimers();
  }
});

test("commit() behind a checkpoint counts only if the newest version knows it", async () => {
  const { store } = await freshStore();
  const read = await commitOrFail(store, "t", { ...create, schema: DELAY });
  await putLog(store, "t", 2, added("c.parquet"));
  await store.put("tables/t/_delta_log/_last_checkpoint", new TextEncoder().encode('{"version":1,"size":3}'));
  const known = await commit(store, "t", { read, operation: "WRITE", add: [file("a.parquet")] });
  expect(known).toMatchObject({ version: 1 });
  const forgotten = {
    ...store,
    // What a reader sees once the log behind a checkpoint was cleaned: version 3 holds none of our actions.
    get: (path: string) => store.get(path.endsWith("3.json") ? path.replace("3.json", "2.json") : path),
    putIfAbsent: (path: string, bytes: Uint8Array) => store.putIfAbsent(path, bytes),
  };
  await store.put("tables/t/_delta_log/_last_checkpoint", new TextEncoder().encode("torn"));
  const now = (await readSnapshot(store, "t"))!;
  expect(await commit(forgotten, "t", { read: now, operation: "WRITE", add: [file("d.parquet")] })).toMatchObject({
    conflict: { version: 3 },
  });
});

test("commit() looks after the log, and tells what goes wrong with it beside the commit", async () => {
  const { store } = await freshStore();
  const configuration = { "delta.checkpointInterval": "10" };
  await putLog(store, "t", 0, ...creation({}, { configuration }));
  const notes: string[] = [];
  const full = {
    ...store,
    adopt: () => Promise.reject(new Error("the disk is full")),
    put: () => Promise.reject(new Error("the disk is full")),
  };
  for (let version = 1; version <= 20; version++) {
    const read = (await readSnapshot(store, "t"))!;
    const plan = { read, operation: "WRITE", add: [file(`${version}.parquet`)] };
    const outcome = await commit(version === 10 ? full : store, "t", plan, { onNote: (note) => notes.push(note) });
    expect(outcome).toMatchObject({ version });
  }
  expect(notes).toEqual([
    'Version 10 of table "t" is committed, but its log could not be shortened: the disk is full',
  ]);
  const pointer = new TextDecoder().decode(await store.get("tables/t/_delta_log/_last_checkpoint"));
  expect(JSON.parse(pointer)).toMatchObject({ version: 11 });
});

test("commit() of another schema keeps what else is noted of the table", async () => {
  const { store } = await freshStore();
  const noted = { name: "Trips", description: "é", configuration: { "delta.appendOnly": "false" }, createdTime: 7 };
  await putLog(store, "t", 0, ...creation({}, noted));
  const read = (await readSnapshot(store, "t"))!;
  const schema = [...read.schema, { name: "extra", type: "string", nullable: true }];
  const { metadata } = await commitOrFail(store, "t", { read, operation: "WRITE", schema });
  expect(metadata).toEqual({ ...read.metadata, schemaString: writeSchema(schema) });
});
