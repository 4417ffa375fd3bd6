import { expect, test } from "vitest";
import { commit, readSnapshot, writeCheckpoint } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { rowsOf, type Setup, setup, thing, TYPE } from "./testdata/things.ts";

const things = (...delays: number[]) => delays.map((delay) => thing({ delay, name: "a" }));
const isEntry = (path: string) => /_delta_log\/\d{20}\.json$/.test(path);

async function delaysOf({ store }: Setup): Promise<number[]> {
  return (await rowsOf(store, "things", "_partition, _offset, delay")).map(({ delay }) => Number(delay));
}

/** A store whose next put of a log entry is done by another function. */
function putting(store: Store, once: (put: () => Promise<boolean>, path: string) => Promise<boolean>): Store {
  let isDone = false;
  return {
    ...store,
    putIfAbsent: (path, bytes) => {
      const put = () => store.putIfAbsent(path, bytes);
      if (isDone || !isEntry(path)) return put();
      isDone = true;
      return once(put, path);
    },
  };
}

async function parquetFiles({ store }: Setup): Promise<number> {
  const found = await Array.fromAsync(store.list("tables/things/"));
  return found.filter(({ path }) => path.endsWith(".parquet") && !path.includes("_delta_log")).length;
}

test("flush() loses nothing to a full disk, says so, and goes on when there is room", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1, 2));
  for (const method of ["adopt", "putIfAbsent"] as const) {
    const full = { ...t.store, [method]: () => Promise.reject(new Error('Cannot put "x" as the disk is full')) };
    await using ingest = await t.open({ store: full });
    await expect(ingest.flush()).rejects.toThrow('Cannot put "x" as the disk is full');
    expect(await readSnapshot(t.store, "things")).toBe(null);
  }
  expect(await t.ingest.flush()).toMatchObject([{ from: 0, to: 2, rows: 2, version: 0 }]);
  expect(await delaysOf(t)).toEqual([1, 2]);
});

test("flush() names the file when its own folder has gone", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1));
  await using ingest = await t.open({
    onEffect: (effect, when) => {
      if (effect !== "seal" || when !== "before") return;
      for (const { name } of Deno.readDirSync(t.store.localDir)) {
        if (name.startsWith(".tmp-ingest-")) Deno.removeSync(`${t.store.localDir}/${name}`, { recursive: true });
      }
    },
  });
  await expect(ingest.flush()).rejects.toThrow(/\.tmp-ingest-.*\.ndjson\.zst/);
});

test("flush() knows that it has won when the answer is lost, or the put is sent twice", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  const answers: ((put: () => Promise<boolean>) => Promise<boolean>)[] = [
    async (put) => {
      await put();
      throw new Error("connection reset");
    },
    async (put) => {
      await put();
      return await put();
    },
  ];
  for (const [version, answer] of answers.entries()) {
    await t.bus.append("things", 0, things(version));
    await using ingest = await t.open({ store: putting(t.store, answer) });
    expect(await ingest.flush()).toMatchObject([{ rows: 1, version }]);
  }
  expect(await delaysOf(t)).toEqual([0, 1]);
});

test("flush() keeps the files of a put that timed out, as it may still land", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1));
  let land: () => Promise<boolean> = () => Promise.resolve(false);
  const slow = putting(t.store, (put) => {
    land = put;
    return Promise.reject(new Error("timed out"));
  });
  await using ingest = await t.open({ store: slow });
  await expect(ingest.flush()).rejects.toThrow("timed out");
  expect(await land()).toBe(true);
  expect(await ingest.flush()).toEqual([]);
  expect(await delaysOf(t)).toEqual([1]);
});

test("flush() that wakes after others wrote a checkpoint and the log was cleaned loses and doubles nothing", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1));
  await t.ingest.flush();
  await t.bus.append("things", 0, things(2));
  const paused = putting(t.store, async (put, path) => {
    await t.ingest.flush();
    await t.bus.append("things", 0, things(3));
    await t.ingest.flush();
    await writeCheckpoint(t.store, (await readSnapshot(t.store, "things"))!);
    await t.store.delete(path);
    expect(await put()).toBe(true); // a version that no reader will see
    return true;
  });
  await using ingest = await t.open({ store: paused });
  expect(await ingest.flush()).toEqual([]);
  expect(await delaysOf(t)).toEqual([1, 2, 3]);
  expect(await parquetFiles(t)).toBe(3);
});

test("flush() commits the same files again when an entry of another writer came first", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1));
  await t.ingest.flush();
  await t.bus.append("things", 0, things(2));
  const effects: string[] = [];
  const raced = putting(t.store, async (put) => {
    const read = (await readSnapshot(t.store, "things"))!;
    const schema = [...read.schema, { name: "more", type: "string", nullable: true }];
    await commit(t.store, "things", { read, operation: "ADD COLUMNS", schema });
    return await put();
  });
  await using ingest = await t.open({
    store: raced,
    onEffect: (effect, when) => void (when === "before" && effects.push(effect)),
  });
  expect(await ingest.flush()).toMatchObject([{ rows: 1, version: 2 }]);
  const look = ["positions", "snapshot", "positions"], won = ["put", "checkpoint"];
  const lost = ["put", "entry", "refresh", "checkpoint"];
  expect(effects).toEqual([
    ...[...look, "seal", "write", "prepare", ...lost, "prepare", ...won],
    ...[...look, "forward"],
  ]);
  expect(await delaysOf(t)).toEqual([1, 2]);
});

test("flush() writes its files anew when another process has given a column another type", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, things(1));
  const raced = putting(t.store, async (put) => {
    const schema = [
      { name: "_partition", type: "integer", nullable: true },
      { name: "_offset", type: "long", nullable: true },
      { name: "name", type: "long", nullable: true },
      { name: "day", type: "date", nullable: true },
      { name: "fit", type: "boolean", nullable: true },
    ];
    const partitionColumns = ["day", "fit"];
    await commit(t.store, "things", { read: null, operation: "CREATE TABLE", schema, partitionColumns });
    return await put();
  });
  await using ingest = await t.open({ store: raced });
  expect(await ingest.flush()).toMatchObject([{ rows: 0, rejected: 1, version: 1 }]);
  const [row] = await rowsOf(t.store, "things", "_partition, _offset, fit, _reason, _type");
  expect(row).toMatchObject({ fit: false, _type: TYPE });
  expect(row?._reason).toContain('/data/name cannot be stored as the column is "long"');
  expect(await parquetFiles(t)).toBe(1);
});

test("flush() has the bus drop what is in the lake, but never of the topic control", async () => {
  await using t = await setup();
  await using ingest = await t.open({ keepMs: 0 });
  for (const topic of ["things", "control"]) {
    await t.bus.createTopic(topic);
    await t.bus.append(topic, 0, things(1, 2));
  }
  await ingest.flush();
  expect(await t.bus.positions("things")).toEqual([{ partition: 0, low: 2, high: 2 }]);
  expect(await t.bus.positions("control")).toEqual([{ partition: 0, low: 0, high: 2 }]);
  await t.bus.append("things", 0, things(3));
  await using patient = await t.open({ keepMs: 3_600_000 });
  await patient.flush();
  expect(await t.bus.positions("things")).toEqual([{ partition: 0, low: 2, high: 3 }]);
  expect(await delaysOf(t)).toEqual([1, 2, 3]);
});
