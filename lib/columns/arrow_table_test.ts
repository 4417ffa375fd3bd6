import { float64, int32 } from "@uwdata/flechette";
import { expect, test } from "vitest";
import { type ArrowTable, arrowTable, type ColumnBuffers, columnOf } from "./arrow_table.ts";
import { fromArrowBytes, toArrowBytes } from "./ipc.ts";
import { rowsOf } from "./rows.ts";
import { everyType } from "./testdata/every_type.ts";
import { typeName } from "./type_name.ts";

const FIRST = {
  flag: true,
  count: -7,
  long: Number.MIN_SAFE_INTEGER,
  ratio: Number.NaN,
  small: 1.5,
  price: -123.45,
  name: "é😀",
  blob: Uint8Array.of(0, 255),
  day: new Date("1969-12-31T00:00:00Z"),
  at: new Date(-1),
  local: new Date(1500),
  list: ["a", "b"],
  pair: { x: 1, y: "p" },
  dict: { k: 3 },
};

test("arrowTable() makes a table of every type, NULLs included", () => {
  const table = everyType();
  expect(table.numRows).toBe(2);
  expect(rowsOf(table)).toEqual([FIRST, Object.fromEntries(Object.keys(FIRST).map((name) => [name, null]))]);
  expect(table.children.map((column) => typeName(column.type))).toEqual([
    "bool",
    "int32",
    "int64",
    "double",
    "float",
    "decimal(18,2)",
    "string",
    "binary",
    "date",
    "timestamp",
    "timestamp_ntz",
    "list<string>",
    "struct<x: int32, y: string>",
    "map<string, int32>",
  ]);
});

test("arrowTable() does not copy, and its columns are typed arrays", () => {
  const values = Float64Array.of(1, 2, 3);
  const table = arrowTable([["x", { type: float64(), length: 3, nullCount: 0, values }]]);
  expect((table.getChild("x")!.toArray() as Float64Array).buffer).toBe(values.buffer);
  expect(table.getChild("y")).toBeUndefined();
});

test("arrowTable() refuses columns of different lengths", () => {
  const column = (length: number): ColumnBuffers => ({
    type: int32(),
    length,
    nullCount: 0,
    values: new Int32Array(length),
  });
  const make = () => arrowTable([["a", column(2)], ["b", column(3)]]);
  expect(make).toThrow(RangeError);
  expect(make).toThrow('Cannot make a table as all columns must be of one length: got 3 rows of "b" beside 2');
});

test("arrowTable() of no columns has no rows", () => {
  expect(arrowTable([]).numRows).toBe(0);
});

test("columnOf() reads NULL where the bitmap says so", () => {
  const column = columnOf({
    type: int32(),
    length: 9,
    nullCount: 1,
    validity: Uint8Array.of(255, 0),
    values: new Int32Array(9),
  });
  expect([column.at(0), column.at(8), column.nullCount]).toEqual([0, null, 1]);
});

test("toArrowBytes() and fromArrowBytes() keep every type and value", () => {
  const table = everyType();
  const back = fromArrowBytes(toArrowBytes(table));
  expect(rowsOf(back, { bigint: true })).toEqual(rowsOf(table, { bigint: true }));
  expect(back.children.map((column) => typeName(column.type))).toEqual(
    table.children.map((column) => typeName(column.type)),
  );
});

test("fromArrowBytes() refuses what is not Arrow", () => {
  const read = () => fromArrowBytes(new TextEncoder().encode("hour,delay\n18,12.5\n"));
  expect(read).toThrow(SyntaxError);
  expect(read).toThrow(/^Cannot read 19 bytes as they must be Arrow IPC: /);
});

test("toArrowBytes() refuses a table of another library", () => {
  const table = { numRows: 0 } as unknown as ArrowTable;
  expect(() => toArrowBytes(table)).toThrow(TypeError);
  expect(() => toArrowBytes(table)).toThrow(
    /^Cannot read a table as it must be a flechette Table: got \[object Object\]; /,
  );
});
