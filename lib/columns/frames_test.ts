import { int32 } from "@uwdata/flechette";
import polars from "nodejs-polars";
import { expect, test } from "vitest";
import { arrowTable } from "./arrow_table.ts";
import { everyType } from "./testdata/every_type.ts";
import { toArquero } from "./arquero.ts";
import { toDanfo } from "./danfo.ts";
import { tableFromRows } from "./from_rows.ts";
import { fromPolars, toPolars } from "./polars.ts";
import { rowsOf } from "./rows.ts";

test("toPolars() keeps every type", async () => {
  const frame = await toPolars(everyType());
  expect(frame.shape).toEqual({ height: 2, width: 14 });
  expect(frame.columns).toEqual(everyType().names);
  const types = Object.values(frame.schema).map((type) => (type as object).constructor.name);
  expect(types).toEqual([
    "Bool",
    "Int32",
    "Int64",
    "Float64",
    "Float32",
    "Float64",
    "String",
    "String",
    "Date",
    "Datetime",
    "Datetime",
    "List",
    "Struct",
    "List",
  ]);
});

test("toPolars() keeps values and NULLs, and fromPolars() brings them back", async () => {
  const rows = [{ hour: 18, delay: 12.5, route: "ORD-LGA" }, { hour: null, delay: Number.NaN, route: "é😀" }];
  const frame = await toPolars(tableFromRows(rows));
  expect(frame.getColumn("delay").sum()).toBeNaN();
  expect(rowsOf(fromPolars(frame))).toEqual(rows);
  expect(rowsOf(fromPolars(polars.DataFrame({ a: [1, 2], b: ["x", null] })))).toEqual([{ a: 1, b: "x" }, {
    a: 2,
    b: null,
  }]);
});

test("toPolars() gives rows of every type that JavaScript can read", async () => {
  const [first, second] = (await toPolars(everyType())).toRecords();
  expect(first).toMatchObject({ flag: true, count: -7, price: -123.45, name: "é😀", blob: "00ff" });
  expect(first).toMatchObject({ list: ["a", "b"], pair: { x: 1, y: "p" }, dict: [{ key: "k", value: 3 }] });
  expect(second).toMatchObject({ flag: null, count: null, price: null, name: null, blob: null, day: null });
});

test("toPolars() writes blobs as hexadecimal text, nested ones too", async () => {
  const rows = [{ b: Uint8Array.of(0, 255), n: [{ v: Uint8Array.of(16) }] }, { b: null, n: [{ v: null }] }];
  const frame = await toPolars(tableFromRows(rows));
  expect(rowsOf(fromPolars(frame))).toEqual([{ b: "00ff", n: [{ v: "10" }] }, { b: null, n: [{ v: null }] }]);
});

test("toPolars() of no rows and of no columns", async () => {
  const noRows = tableFromRows([{ hour: 18 }].slice(1));
  expect((await toPolars(noRows)).shape).toEqual({ height: 0, width: 0 });
});

test("toArquero() works on the same columns", async () => {
  const table = await toArquero(
    tableFromRows([{ hour: 18, delay: 1 }, { hour: 18, delay: 2 }, { hour: 7, delay: null }]),
  );
  const means = table.groupby("hour").rollup({ delay: "d => op.mean(d.delay)" }).orderby("hour").objects();
  expect(means).toEqual([{ hour: 7, delay: undefined }, { hour: 18, delay: 1.5 }]);
  expect((await toArquero(everyType())).numRows()).toBe(2);
});

test("toDanfo() hands over columns, and names alone where there are no rows", async () => {
  class DataFrame {
    constructor(readonly rows: unknown, readonly options: unknown) {}
  }
  const frame = await toDanfo(tableFromRows([{ hour: 18 }]), {
    load: () => Promise.resolve({ default: { DataFrame } }),
  });
  expect(frame).toEqual(new DataFrame({ hour: [18] }, undefined));
  const empty = arrowTable([["hour", { type: int32(), length: 0, nullCount: 0, values: new Int32Array(0) }]]);
  expect(await toDanfo(empty, { load: () => Promise.resolve({ DataFrame }) }))
    .toEqual(new DataFrame([], { columns: ["hour"] }));
});

test("toDanfo() says how to install danfo.js when it cannot be fetched", async () => {
  const load = () => Promise.reject(new Error("no network\nat x"));
  const made = toDanfo(tableFromRows([]), { load });
  await expect(made).rejects.toThrow(Error);
  await expect(made).rejects.toThrow(
    "Cannot load danfo.js as danfojs@1.1.2 could not be fetched: no network; be online for its first use",
  );
  await expect(toDanfo(tableFromRows([]), { load: () => Promise.resolve({}) })).rejects.toThrow(
    "Cannot use danfo.js as danfojs@1.1.2 must export DataFrame: it does not",
  );
});
