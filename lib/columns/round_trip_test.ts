import * as arrow from "@uwdata/flechette";
import fc from "fast-check";
import polars from "nodejs-polars";
import { expect, test } from "vitest";
import { fromArquero, toArquero } from "./arquero.ts";
import type { ArrowTable, ArrowType } from "./arrow_table.ts";
import { fromDanfo, toDanfo } from "./danfo.ts";
import { tableFromRows } from "./from_rows.ts";
import { fromArrowBytes, toArrowBytes } from "./ipc.ts";
import { fromPolars, toPolars } from "./polars.ts";
import { rowsOf } from "./rows.ts";
import { everyType } from "./testdata/every_type.ts";
import { toTable } from "./to_table.ts";
import { typeName } from "./type_name.ts";

const EXACT = { bigint: true, decimal: "string" } as const;

// flechette makes microseconds of a Date by way of a float, which is exact until 2255.
const date = fc.date({ min: new Date("1700-01-01"), max: new Date("2250-12-31"), noInvalidDate: true });
const CELLS: Record<string, [ArrowType, fc.Arbitrary<unknown>]> = {
  flag: [arrow.bool(), fc.boolean()],
  small: [arrow.int16(), fc.integer({ min: -32_768, max: 32_767 })],
  long: [arrow.int64(), fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n })],
  ratio: [arrow.float64(), fc.double()],
  text: [arrow.utf8(), fc.string({ unit: "grapheme", maxLength: 20 })],
  kind: [arrow.dictionary(arrow.utf8()), fc.constantFrom("a", "b", "é😀", "")],
  at: [arrow.timestamp(arrow.TimeUnit.MICROSECOND, "UTC"), date],
  local: [arrow.timestamp(arrow.TimeUnit.MICROSECOND, null), date],
  day: [arrow.dateDay(), date.map((one) => new Date(Math.floor(one.getTime() / 86_400_000) * 86_400_000))],
  list: [
    arrow.list(arrow.int64()),
    fc.array(fc.option(fc.bigInt({ min: -9n, max: 2n ** 53n - 1n })), { maxLength: 4 }),
  ],
  pair: [
    arrow.struct([arrow.field("x", arrow.int32()), arrow.field("y", arrow.list(arrow.utf8()))]),
    fc.record({ x: fc.option(fc.integer()), y: fc.array(fc.string(), { maxLength: 3 }) }),
  ],
};

const columns = fc.nat(30).chain((rows) =>
  fc.tuple(...Object.values(CELLS).map(([, cell]) => fc.array(fc.option(cell), { minLength: rows, maxLength: rows })))
);

function tableOf(cells: readonly unknown[][]): ArrowTable {
  return arrow.tableFromColumns(
    Object.entries(CELLS).map(([name, [type]], i) => [
      name,
      arrow.columnFromArray([...cells[i]!], type, { useDate: true, useBigInt: true }),
    ]),
  ) as unknown as ArrowTable;
}

const typesOf = (table: ArrowTable) => table.children.map(({ type }) => typeName(type));

test("any table goes to polars and back with each value and type", async () => {
  await fc.assert(
    fc.asyncProperty(columns, async (cells) => {
      const table = tableOf(cells), back = fromPolars(await toPolars(table));
      expect(rowsOf(back, EXACT)).toEqual(rowsOf(table, EXACT));
      expect(typesOf(back)).toEqual(typesOf(table));
    }),
    { numRuns: 50 },
  );
});

test("any table goes to arquero and back with each value and type, in arquero's order and filter", async () => {
  await fc.assert(
    fc.asyncProperty(columns, fc.constantFrom("all", "ordered", "filtered"), async (cells, how) => {
      const table = tableOf(cells), rows = rowsOf(table, EXACT);
      const frame = await toArquero(table);
      const verbs = {
        all: () => [frame, rows] as const,
        ordered: () => [frame.orderby(() => -1), rows] as const,
        filtered: () => [frame.filter("d => d.flag"), rows.filter(({ flag }) => flag)] as const,
      };
      const [given, wanted] = verbs[how]();
      const back = fromArquero(given);
      expect(rowsOf(back, EXACT)).toEqual(wanted);
      expect(typesOf(back)).toEqual(typesOf(table));
    }),
    { numRuns: 100 },
  );
});

test("fromArquero() takes the order of orderby() and columns that were computed", async () => {
  const frame = (await toArquero(tableFromRows([{ n: 2, s: "b" }, { n: 1, s: "a" }, { n: 3, s: null }])))
    .derive({ twice: "d => d.n * 2" }).orderby("n").rename({ s: "text" });
  expect(rowsOf(fromArquero(frame))).toEqual([
    { n: 1, text: "a", twice: 2 },
    { n: 2, text: "b", twice: 4 },
    { n: 3, text: null, twice: 6 },
  ]);
  const means = frame.groupby("text").rollup({ mean: "d => op.mean(d.n)" });
  expect(rowsOf(fromArquero(means))).toHaveLength(3);
});

test("fromArquero() keeps every type, filtered or whole, from several batches too", async () => {
  const table = everyType(), { children, schema } = table as unknown as arrow.Table;
  const twice = new arrow.Table(
    schema,
    children.map((one) => new arrow.Column([...one.data, ...one.data], one.type)),
  ) as unknown as ArrowTable;
  const rows = rowsOf(twice, EXACT);
  const frame = await toArquero(twice);
  expect(rowsOf(fromArquero(frame), EXACT)).toEqual(rows);
  expect(rowsOf(fromArquero(frame.filter("d => d.flag")), EXACT)).toEqual([rows[0], rows[2]]);
  expect(typesOf(fromArquero(frame.filter("d => d.flag")))).toEqual(typesOf(table));
  expect(rowsOf(fromArquero(frame.filter("d => false")), EXACT)).toEqual([]);
});

/** danfo.js keeps columns as they are handed over. */
class DataFrame {
  shape: number[];
  columns: string[];
  dtypes: string[];
  getColumnData: unknown[][];
  constructor(data: Record<string, unknown[]> | [], options?: { columns: string[] }) {
    this.columns = options?.columns ?? Object.keys(data);
    this.getColumnData = Array.isArray(data) ? [] : Object.values(data);
    this.shape = [this.getColumnData[0]?.length ?? 0, this.columns.length];
    this.dtypes = this.columns.map(() => "string");
  }
}

test("any table of one type a column goes through danfo.js's columns and back with each value", async () => {
  const load = () => Promise.resolve({ DataFrame });
  await fc.assert(
    fc.asyncProperty(columns, async (cells) => {
      const table = tableOf(cells);
      const back = fromDanfo(await toDanfo(table, { load, ...EXACT }));
      expect(rowsOf(back, EXACT)).toEqual(rowsOf(table, EXACT).map((row) => asInferred(row, back)));
    }),
    { numRuns: 50 },
  );
});

/** What a column of whole numbers only becomes: 64-bit integers, read exactly. */
function asInferred(row: Record<string, unknown>, back: ArrowTable): Record<string, unknown> {
  const isLong = (name: string) => typeName(back.getChild(name)!.type) === "int64";
  const exact = (value: unknown, name: string) => typeof value === "number" && isLong(name) ? BigInt(value) : value;
  const pair = row.pair as { x: number | null; y: string[] } | null;
  return {
    ...row,
    small: exact(row.small, "small"),
    ratio: exact(row.ratio, "ratio"),
    pair: pair && { ...pair, x: pair.x === null || typeof pair.x === "bigint" ? pair.x : pairX(pair.x, back) },
  };
}

function pairX(x: number, back: ArrowTable): unknown {
  return typeName(back.getChild("pair")!.type).startsWith("struct<x: int64") ? BigInt(x) : x;
}

test("toTable() takes rows, results, frames, Arrow tables and bytes", async () => {
  const rows = [{ hour: 18, delay: 1.5 }, { hour: null, delay: null }], table = tableFromRows(rows);
  const frame = new DataFrame({ hour: [18, null], delay: [1.5, null] });
  const takes = [
    rows,
    { arrow: () => table },
    table,
    toArrowBytes(table),
    polars.DataFrame({ hour: [18, null], delay: [1.5, null] }),
    await toArquero(table),
    frame as never,
  ];
  for (const one of takes) expect(rowsOf(toTable(one))).toEqual(rows);
});

test("toTable() refuses everything else by name", () => {
  const lazy = polars.DataFrame({ a: [1] }).lazy();
  for (
    const [data, found] of [[7, "7"], [null, "null"], [new Map(), "a Map"], [{}, "a Object"], [
      lazy,
      "a lazy frame; collect it first",
    ]]
  ) {
    expect(() => toTable(data as never)).toThrow(TypeError);
    expect(() => toTable(data as never)).toThrow(`Arrow table of flechette or Arrow IPC bytes: got ${found}`);
  }
  for (const bytes of [0, 3, 20]) {
    expect(() => toTable(new Uint8Array(bytes))).toThrow(SyntaxError);
    expect(() => toTable(new Uint8Array(bytes))).toThrow(/^Cannot read \d+ bytes as they must be Arrow IPC: /);
  }
});

test("fromPolars() takes what polars makes itself: categories, wide text, empty frames, all types of numbers", () => {
  const frame = polars.DataFrame({ a: ["x", "y", null], n: [1, 2, 3] })
    .withColumns(polars.col("a").cast(polars.Categorical).alias("c"), polars.col("n").cast(polars.UInt8).alias("u"));
  expect(rowsOf(fromPolars(frame))).toEqual([
    { a: "x", n: 1, c: "x", u: 1 },
    { a: "y", n: 2, c: "y", u: 2 },
    { a: null, n: 3, c: null, u: 3 },
  ]);
  expect(rowsOf(fromPolars(frame.filter(polars.lit(false))))).toEqual([]);
  expect(fromPolars(polars.DataFrame({})).numCols).toBe(0);
  expect(rowsOf(fromArrowBytes(frame.writeIPC()))).toHaveLength(3);
});
