import { afterAll, expect, test } from "vitest";
import { tableFromRows, toArquero, toArrowBytes, toPolars } from "../columns/mod.ts";
import { openStore } from "../store/mod.ts";
import { openLake } from "./open_lake.ts";

const dir = await Deno.makeTempDir();
const lake = await openLake({ store: await openStore({ kind: "directory", dir }) });
afterAll(async () => {
  await lake[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

const ROWS = [
  { id: 2n ** 60n, delay: 12.5, route: "ORD-LGA", at: new Date("2001-05-01T10:00:00Z"), legs: ["a", null] },
  { id: -1n, delay: null, route: null, at: null, legs: null },
];

test("write() takes rows, Arrow tables, Arrow bytes, results, frames of polars and of arquero, each value exact", async () => {
  const table = tableFromRows(ROWS);
  const frames = {
    rows: ROWS,
    arrow: table,
    bytes: toArrowBytes(table),
    polars: await toPolars(table),
    arquero: await toArquero(table, { bigint: true }),
  };
  for (const [name, data] of Object.entries(frames)) await lake.write(name, data, { mode: "overwrite" });
  await lake.write("result", await lake.query("FROM polars"), { mode: "append" });
  for (const name of [...Object.keys(frames), "result"]) {
    const result = await lake.query(`FROM ${name} ORDER BY id DESC`);
    expect(result.rows({ bigint: true }), name).toEqual(ROWS);
    expect(result.columns.map(({ type }) => type), name).toEqual([
      "int64",
      "double",
      "string",
      "timestamp",
      "list<string>",
    ]);
  }
});

test("write() takes a filtered and computed table of arquero, and columns as danfo.js holds them", async () => {
  const frame = (await toArquero(tableFromRows([{ n: 1, s: "a" }, { n: 2, s: "b" }, { n: 3, s: "c" }])))
    .filter("d => d.n > 1").derive({ half: "d => d.n / 2" });
  await lake.write("filtered", frame, { mode: "append" });
  expect((await lake.query("FROM filtered ORDER BY n")).rows())
    .toEqual([{ n: 2, s: "b", half: 1 }, { n: 3, s: "c", half: 1.5 }]);
  const danfo = {
    shape: [2, 2],
    columns: ["n", "s"],
    dtypes: ["int32", "string"],
    getColumnData: [[1, null], ["a", null]],
  };
  await lake.write("danfo", danfo, { mode: "append" });
  expect((await lake.query("FROM danfo ORDER BY n")).rows()).toEqual([{ n: 1, s: "a" }, { n: null, s: null }]);
});

test("write() refuses what holds no rows, and a frame without columns", async () => {
  const write = (data: unknown) => lake.write("none", data as never, { mode: "append" });
  await expect(write("text")).rejects.toThrow(TypeError);
  await expect(write("text")).rejects.toThrow(/^Cannot take data as a table as it must be rows, a Result, /);
  await expect(write([])).rejects.toThrow('Cannot write table "none" as rows must have at least one column: got none');
});
