import { expect, test } from "vitest";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { callVerb } from "./_test_call.ts";
import { publish, testFolder } from "./_test_lake.ts";
import { explain } from "./explain.ts";
import { lakeCompact } from "./lake_compact.ts";
import { lakeIngest } from "./lake_ingest.ts";
import { lakePins } from "./lake_pins.ts";
import { lakeSql } from "./lake_sql.ts";
import { lakeVacuum } from "./lake_vacuum.ts";
import { UsageError } from "./verb.ts";

const csv = async (dir: string, query: string) => (await callVerb(lakeSql, dir, [query], { format: "csv" })).printed;

async function write(dir: string, minutes: number): Promise<void> {
  await using parts = openWorkbench(dir);
  await (await parts.lake()).write("delays", [{ minutes }], { mode: "overwrite" });
}

test("lake compact and lake vacuum change files, and no row", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  for (const n of [1, 2, 3]) {
    await publish(dir, "rides", [n, n]);
    await callVerb(lakeIngest, dir);
  }
  const rows = await csv(dir, "SELECT _offset, value FROM rides ORDER BY 1");
  const compacted = await callVerb(lakeCompact, dir, ["rides"]);
  expect(compacted.json).toMatchObject({ table: "rides", version: 3, filesBefore: 3, filesAfter: 1, rows: 6 });
  expect(compacted.text).toBe('"rides" version 3: 3 files became 1, with the same 6 rows');
  expect((await callVerb(lakeCompact, dir, ["rides"])).text).toBe('"rides" has no small files: nothing to do');
  const dry = await callVerb(lakeVacuum, dir, ["rides"], { retention: "0", dryRun: true });
  expect(dry.json).toMatchObject({ table: "rides", dryRun: true, deleted: { length: 3 } });
  expect((await callVerb(lakeVacuum, dir, ["rides"])).json).toMatchObject({ deleted: [] });
  expect((await callVerb(lakeVacuum, dir, ["rides"], { retention: "0" })).json).toMatchObject({
    deleted: { length: 3 },
  });
  expect(await csv(dir, "SELECT _offset, value FROM rides ORDER BY 1")).toBe(rows);
});

test("lake pins keeps a version readable until it is removed", async () => {
  await using folder = await testFolder();
  const { dir } = folder;
  await write(dir, 1);
  expect(await callVerb(lakePins, dir)).toMatchObject({ json: [], text: "no pins" });
  const { json } = await callVerb(lakePins, dir, ["add", "delays"], { until: "2999-01-01", why: "the annual report" });
  expect(json).toEqual({
    id: expect.any(String),
    table: "delays",
    version: 0,
    until: "2999-01-01T00:00:00.000Z",
    why: "the annual report",
  });
  await write(dir, 2);
  expect((await callVerb(lakePins, dir)).json).toEqual([json]);
  expect((await callVerb(lakeVacuum, dir, ["delays"], { retention: "0" })).json).toMatchObject({
    deleted: [],
    pinned: [0],
  });
  expect(await csv(dir, "SELECT minutes FROM delays AT (VERSION => 0)")).toBe("minutes\r\n1\r\n");
  const { id } = json as { id: string };
  expect((await callVerb(lakePins, dir, ["remove", id])).text).toBe(`pin ${id} is gone`);
  expect((await callVerb(lakeVacuum, dir, ["delays"], { retention: "0" })).json).toMatchObject({
    deleted: { length: 1 },
  });
});

test.each([
  [["drop", "delays"], {}, UsageError, "lake pins takes nothing, or add TABLE, or remove ID"],
  [["add"], {}, UsageError, "lake pins takes nothing, or add TABLE, or remove ID"],
  [["add", "delays"], { until: "2999-01-01" }, UsageError, "lake pins add needs --until TIME and --why TEXT"],
  [["remove", "x"], {}, RangeError, 'Cannot remove pin "x" as the lake has none of that id'],
])("lake pins refuses %j", async (args, options, type, message) => {
  await using folder = await testFolder();
  const error = await callVerb(lakePins, folder.dir, args, options).catch((error) => error);
  expect(error).toBeInstanceOf(type);
  expect(explain(error)).toBe(message);
});

test.each([["lake compact", lakeCompact], ["lake vacuum", lakeVacuum]])(
  "%s refuses a table that is not there, and a name that is none",
  async (_name, verb) => {
    await using folder = await testFolder();
    await expect(callVerb(verb, folder.dir, ["none"])).rejects.toThrow(RangeError);
    await expect(callVerb(verb, folder.dir, ["../none"])).rejects.toThrow("Cannot use a table name");
  },
);
