import { join } from "node:path";
import { expect, test } from "vitest";
import { readSnapshot } from "../lake/mod.ts";
import { bytes, rowsOf, setup, thing } from "./testdata/things.ts";

test("flush() goes on with the other topics when one fails, and refuses unknown ones", async () => {
  await using t = await setup();
  await t.bus.createTopic("damaged");
  await t.store.put("tables/damaged/_delta_log/00000000000000000000.json", new TextEncoder().encode("no JSON"));
  await t.bus.createTopic("things");
  await t.bus.append("damaged", 0, [bytes("x")]);
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await expect(t.ingest.flush()).rejects.toThrow(/damaged/);
  expect((await rowsOf(t.store, "things")).length).toBe(1);
  await expect(t.ingest.flush(["none"])).rejects.toThrow(
    'Cannot ingest topic "none" as the bus has none of that name: it has damaged, things',
  );
});

test("flush() tells the bus again what a killed process had committed", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await t.ingest.flush();
  await t.bus.commit("lake", "things", 0, 0);
  expect(await t.ingest.flush()).toEqual([]);
  expect((await t.bus.committed("lake", "things")).get(0)).toBe(1);
});

test("two ingests that race move each record once", async () => {
  await using t = await setup();
  await using other = await t.open();
  await t.bus.createTopic("things", { partitions: 2 });
  for (let round = 0; round < 10; round++) {
    await t.bus.publish(
      "things",
      Array.from({ length: 20 }, (_, i) => ({ ...thing({ delay: i, name: "n" }), key: `k${i}` })),
    );
    const reports = (await Promise.all([t.ingest.flush(), other.flush()])).flat();
    expect(reports.reduce((sum, { rows }) => sum + rows, 0)).toBe(20);
  }
  expect(await t.ingest.completeness("things")).toEqual({ bus: 200, lake: 200, rejected: 0, duplicates: 0 });
  const live = new Set((await readSnapshot(t.store, "things"))!.files.map(({ path }) => path));
  const stored: string[] = [];
  for await (const { path } of t.store.list("tables/things/")) if (path.endsWith(".parquet")) stored.push(path);
  expect(stored.length).toBe(live.size);
});

test("openIngest() removes the folders of processes that are gone, and its own when closed", async () => {
  await using t = await setup();
  const lake = join(t.dir, "lake");
  const temporary = () =>
    [...Deno.readDirSync(lake)].map(({ name }) => name).filter((name) => name.startsWith(".tmp-ingest-"));
  await Deno.mkdir(join(lake, ".tmp-ingest-999999999-x"));
  Deno.writeTextFileSync(join(lake, ".tmp-ingest-999999999-x", "f.ndjson.zst"), "x");
  expect(temporary().length).toBe(2);
  const other = await t.open();
  expect(temporary().length).toBe(2);
  expect(temporary()).not.toContain(".tmp-ingest-999999999-x");
  await other[Symbol.asyncDispose]();
  expect(temporary().length).toBe(1);
});
