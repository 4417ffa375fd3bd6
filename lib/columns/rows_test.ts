import {
  columnFromArray,
  dateDay,
  decimal128,
  dictionary,
  fixedSizeList,
  int64,
  largeList,
  tableFromColumns,
  timestamp,
  TimeUnit,
  utf8,
} from "@uwdata/flechette";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ArrowTable, arrowTable, type ArrowType } from "./arrow_table.ts";
import { tableFromRows } from "./from_rows.ts";
import { fromArrowBytes, toArrowBytes } from "./ipc.ts";
import { iterateCells, iterateRows, rowsOf } from "./rows.ts";
import { typeName } from "./type_name.ts";

const longs = (...values: bigint[]) =>
  arrowTable([["n", { type: int64(), length: values.length, nullCount: 0, values: BigInt64Array.from(values) }]]);

test("rowsOf() refuses a 64-bit integer past 2^53, naming column and row", () => {
  const read = () => rowsOf(longs(1n, 2n ** 53n));
  expect(read).toThrow(RangeError);
  expect(read).toThrow(
    'Cannot read column "n" as numbers must stay below 2^53: got 9007199254740992 at row 2; read it with { bigint: true } or cast it in SQL',
  );
  expect(rowsOf(longs(-(2n ** 53n) + 1n))).toEqual([{ n: Number.MIN_SAFE_INTEGER }]);
  expect(() => rowsOf(longs(-(2n ** 53n)))).toThrow(RangeError);
});

test("rowsOf() with bigint: true reads 64-bit integers exactly", () => {
  expect(rowsOf(longs(2n ** 63n - 1n, -(2n ** 63n)), { bigint: true })).toEqual([{ n: 2n ** 63n - 1n }, {
    n: -(2n ** 63n),
  }]);
});

test("rowsOf() names the path of a nested integer past 2^53", () => {
  const table = tableFromRows([{ stops: [{ id: 2n ** 60n }] }]);
  expect(() => rowsOf(table)).toThrow('Cannot read column "stops.id" as numbers must stay below 2^53');
  expect(rowsOf(table, { bigint: true })).toEqual([{ stops: [{ id: 2n ** 60n }] }]);
});

test("rowsOf() rounds decimals as their text would, and gives the text when asked", () => {
  const scaled = [12345n, -5n, 0n, 10n ** 37n + 1n, -(10n ** 37n)];
  const words = BigUint64Array.from(scaled.flatMap((n) => [BigInt.asUintN(64, n), BigInt.asUintN(64, n >> 64n)]));
  for (const scale of [0, 2, 10, 37]) {
    const table = arrowTable([["d", { type: decimal128(38, scale), length: 5, nullCount: 0, values: words }]]);
    const texts = rowsOf<{ d: string }>(table, { decimal: "string" }).map((row) => row.d);
    expect(rowsOf<{ d: number }>(table).map((row) => row.d)).toEqual(texts.map(Number));
    if (scale === 2) expect(texts.slice(0, 3)).toEqual(["123.45", "-0.05", "0.00"]);
    if (scale === 0) expect(texts[1]).toBe("-5");
  }
});

test("rowsOf() refuses a timestamp that no Date can hold", () => {
  const values = BigInt64Array.of(2n ** 63n - 1n); // DuckDB's infinity
  const type = timestamp(TimeUnit.MICROSECOND, "UTC");
  const table = arrowTable([["at", { type, length: 1, nullCount: 0, values }]]);
  expect(() => rowsOf(table)).toThrow(RangeError);
  expect(() => rowsOf(table)).toThrow(
    /^Cannot read column "at" as a Date must lie within .*; cast it to VARCHAR in SQL$/,
  );
});

test("rowsOf() reads timestamps of every unit", () => {
  for (const [unit, ticks] of [[0, 2n], [1, 2000n], [2, 2_000_000n], [3, 2_000_000_000n]] as const) {
    const table = arrowTable([["at", {
      type: timestamp(unit, null),
      length: 1,
      nullCount: 0,
      values: BigInt64Array.of(ticks),
    }]]);
    expect(rowsOf(table)).toEqual([{ at: new Date(2000) }]);
  }
});

test("rowsOf() makes a column named __proto__ an own property", () => {
  const column = { type: utf8(), length: 1, nullCount: 0, offsets: Int32Array.of(0, 1), values: Uint8Array.of(97) };
  const row = rowsOf(arrowTable([["__proto__", column], ["b", column]]))[0]!;
  expect(Object.entries(row)).toEqual([["__proto__", "a"], ["b", "a"]]);
  expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
});

test("iterateRows() yields what rowsOf() returns, over several batches", () => {
  const table = tableFromRows([{ a: 1, b: "x" }, { a: null, b: "y" }]);
  expect([...iterateRows(table)]).toEqual([{ a: 1, b: "x" }, { a: null, b: "y" }]);
  expect([...iterateRows(tableFromRows([]))]).toEqual([]);
});

test("tableFromRows() takes types from values and orders columns by first sight", () => {
  const at = new Date("2001-05-31T12:00:00.123Z");
  const rows = [
    { n: 1, x: 1 },
    { n: 2, x: 1.5, s: "é", at, f: false, b: Uint8Array.of(1), l: [1, null], o: { p: 1 } },
    { big: 2n ** 62n },
  ];
  const table = tableFromRows(rows);
  expect(table.children.map((column, i) => `${table.names[i]} ${typeName(column.type)}`)).toEqual([
    "n int64",
    "x double",
    "s string",
    "at timestamp",
    "f bool",
    "b binary",
    "l list<int64>",
    "o struct<p: int64>",
    "big int64",
  ]);
  const empty = { n: null, x: null, s: null, at: null, f: null, b: null, l: null, o: null, big: null };
  expect(rowsOf(table, { bigint: true })).toEqual([
    { ...empty, n: 1n, x: 1 },
    { ...empty, n: 2n, x: 1.5, s: "é", at, f: false, b: Uint8Array.of(1), l: [1n, null], o: { p: 1n } },
    { ...empty, big: 2n ** 62n },
  ]);
});

test("tableFromRows() takes undefined as NULL, a column of NULLs as string, and bigints beside fractions as double", () => {
  const table = tableFromRows([{ a: undefined, b: 1n }, { a: null, b: 0.5 }]);
  expect(table.children.map((column) => typeName(column.type))).toEqual(["string", "double"]);
  expect(rowsOf(table)).toEqual([{ a: null, b: 1 }, { a: null, b: 0.5 }]);
});

test("tableFromRows() refuses mixed and unreadable values, naming column and row", () => {
  const cases: [unknown[], ErrorConstructor, string][] = [
    [
      [1, null, "12a"],
      TypeError,
      'Cannot make column "px" as its values must be of one type: got int and, at row 3, string',
    ],
    [[() => 1], TypeError, 'Cannot make column "px" as a value must be data: got a function at row 1'],
    [[new Date(NaN)], TypeError, 'Cannot make column "px" as a value must be data: got an invalid Date at row 1'],
    [[new Map()], TypeError, 'Cannot make column "px" as a value must be data: got a Map at row 1'],
    [
      [2n ** 63n],
      RangeError,
      'Cannot make column "px" as whole numbers must fit 64 bits: got 9223372036854775808 at row 1',
    ],
    [[{ q: 1 }, { q: "a" }], TypeError, 'Cannot make column "px.q" as its values must be of one type'],
  ];
  for (const [values, kind, message] of cases) {
    const make = () => tableFromRows(values.map((px) => ({ px })));
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  }
});

test("tableFromRows(), Arrow bytes and rowsOf() are a round trip", () => {
  const row = fc.record({
    n: fc.option(fc.maxSafeInteger()),
    x: fc.option(fc.double()),
    s: fc.option(fc.string({ unit: "grapheme" })),
    f: fc.option(fc.boolean()),
    at: fc.option(fc.date({ noInvalidDate: true, min: new Date("1700-01-01"), max: new Date("2200-01-01") })),
    l: fc.option(fc.array(fc.string({ unit: "grapheme" }))),
  });
  fc.assert(fc.property(fc.array(row, { minLength: 1 }), (rows) => {
    const back = rowsOf(fromArrowBytes(toArrowBytes(tableFromRows(rows))));
    expect(back.map((one) => JSON.stringify(one))).toEqual(rows.map((one) => JSON.stringify(one)));
  }));
});

test("rowsOf() with time: string writes all digits, before 1970 too", () => {
  const micros = [0n, 1n, -1n, 1_500_000n, 991_310_400_000_123n];
  const values = BigInt64Array.from(micros);
  const texts = (zone: string | null, unit: number) =>
    rowsOf<{ t: string }>(
      arrowTable([["t", { type: timestamp(unit as 2, zone), length: values.length, nullCount: 0, values }]]),
      { time: "string" },
    ).map(({ t }) => t);
  expect(texts("UTC", TimeUnit.MICROSECOND)).toEqual([
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00.000001Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:01.500000Z",
    "2001-05-31T12:00:00.000123Z",
  ]);
  expect(texts(null, TimeUnit.NANOSECOND).slice(0, 3)).toEqual([
    "1970-01-01T00:00:00",
    "1970-01-01T00:00:00.000000001",
    "1969-12-31T23:59:59.999999999",
  ]);
  expect(texts(null, TimeUnit.MILLISECOND)[1]).toBe("1970-01-01T00:00:00.001");
  const days = arrowTable([["d", { type: dateDay(), length: 2, nullCount: 0, values: Int32Array.of(0, -1) }]]);
  expect(rowsOf(days, { time: "string" })).toEqual([{ d: "1970-01-01" }, { d: "1969-12-31" }]);
});

test("iterateCells() keeps columns of the same name apart", () => {
  const column = { type: int64(), length: 1, nullCount: 0 };
  const table = arrowTable([["a", { ...column, values: BigInt64Array.of(1n) }], ["a", {
    ...column,
    values: BigInt64Array.of(2n),
  }]]);
  expect([...iterateCells(table)]).toEqual([[1, 2]]);
});

test("rowsOf() reads nanoseconds and microseconds to the millisecond that they lie in", () => {
  const times = (unit: 2 | 3, ...values: bigint[]) => ({
    type: timestamp(unit, "UTC"),
    length: values.length,
    nullCount: 0,
    values: BigInt64Array.from(values),
  });
  const table = arrowTable([
    ["ns", times(TimeUnit.NANOSECOND, 1_348_428_439_029_000_000n, 1_348_428_439_028_999_999n, -1n)],
    ["us", times(TimeUnit.MICROSECOND, 2n ** 53n + 999n, -1n, -1000n)],
  ]);
  const ms = rowsOf<{ ns: Date; us: Date }>(table).map(({ ns, us }) => [ns.getTime(), us.getTime()]);
  expect(ms).toEqual([[1_348_428_439_029, 9_007_199_254_741], [1_348_428_439_028, -1], [-1, -1]]);
});

test("rowsOf() reads dictionaries, large and fixed lists by the same rules as plain ones", () => {
  const long = 2n ** 53n + 1n;
  const of = (type: ArrowType, cells: unknown[]) =>
    tableFromColumns({ c: columnFromArray(cells, type, { useBigInt: true }) }) as unknown as ArrowTable;
  for (
    const [type, cell] of [
      [dictionary(int64()), long],
      [largeList(int64()), [long]],
      [fixedSizeList(int64(), 1), [long]],
    ] as [ArrowType, unknown][]
  ) {
    const table = of(type, [cell, null, cell]);
    expect(rowsOf(table, { bigint: true })).toEqual([{ c: cell }, { c: null }, { c: cell }]);
    if (cell !== null) expect(() => rowsOf(table)).toThrow('Cannot read column "c" as numbers must stay below 2^53');
  }
});

test("tableFromRows() refuses rows that are no objects, naming the row", () => {
  for (const [row, found] of [[null, "null"], [["a", 1], "an array"], ["a", "string"]] as [unknown, string][]) {
    const make = () => tableFromRows([{ a: 1 }, row as never]);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`Cannot make a table as row 1 must be an object of columns: got ${found}`);
  }
});
