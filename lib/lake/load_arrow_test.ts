import * as duck from "@duckdb/node-api";
import * as arrow from "@uwdata/flechette";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ArrowTable,
  arrowTable,
  type ArrowType,
  columnOf,
  fromArrowBytes,
  rowsOf,
  toArrowBytes,
} from "../columns/mod.ts";
import { fetchArrow } from "./_fetch_arrow.ts";
import { loadArrow } from "./_load_arrow.ts";

const EXACT = { bigint: true, decimal: "string" } as const;
const connection = await (await duck.DuckDBInstance.create(":memory:", { threads: "1" })).connect();
await connection.run("SET TimeZone='UTC'");

/** Through DuckDB and back. */
async function carry(table: ArrowTable): Promise<ArrowTable> {
  const name = `t_${crypto.randomUUID()}`;
  await loadArrow(connection, table, name);
  const back = await fetchArrow(await connection.stream(`FROM "${name}"`));
  await connection.run(`DROP TABLE "${name}"`);
  return back;
}

function tableOf(type: ArrowType, cells: readonly unknown[]): ArrowTable {
  const column = arrow.columnFromArray([...cells], type, { useBigInt: true, useDate: true } as never);
  return arrow.tableFromColumns({ c: column }) as unknown as ArrowTable;
}

/** An Arrow type with cells that it takes. */
type Sample = [ArrowType, fc.Arbitrary<unknown>];

const date = fc.date({ min: new Date("1000-01-01"), max: new Date("3000-01-01"), noInvalidDate: true });
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("", "x".repeat(12), "x".repeat(13)),
);
const LEAVES: Sample[] = [
  [arrow.bool(), fc.boolean()],
  [arrow.int8(), fc.integer({ min: -128, max: 127 })],
  [arrow.uint16(), fc.integer({ min: 0, max: 65_535 })],
  [arrow.int32(), fc.integer()],
  [arrow.int64(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [arrow.uint64(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [arrow.float32(), fc.float()],
  [arrow.float64(), fc.double()],
  [arrow.utf8(), text],
  [arrow.largeUtf8(), text],
  [arrow.dictionary(arrow.utf8()), text],
  [arrow.binary(), fc.uint8Array({ maxLength: 20 })],
  [arrow.dateDay(), date.map((one) => new Date(Math.floor(one.getTime() / 86_400_000) * 86_400_000))],
  [arrow.timestamp(arrow.TimeUnit.MICROSECOND, "UTC"), date],
  [arrow.timestamp(arrow.TimeUnit.MICROSECOND, null), date],
  [arrow.timestamp(arrow.TimeUnit.MILLISECOND, "UTC"), date],
  [
    arrow.timestamp(arrow.TimeUnit.NANOSECOND, null),
    fc.date({ min: new Date("1700-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }),
  ],
];

function nested(leaf: Sample): fc.Arbitrary<Sample> {
  const [type, cell] = leaf, cells = fc.array(fc.option(cell), { maxLength: 4 });
  const struct = arrow.struct([arrow.field("x", type), arrow.field("y", arrow.list(type))]);
  return fc.constantFrom<Sample>(
    leaf,
    [arrow.list(type), cells],
    [arrow.largeList(type), cells],
    [arrow.fixedSizeList(type, 2), fc.tuple(fc.option(cell), fc.option(cell))],
    [struct, fc.record({ x: fc.option(cell), y: fc.option(cells) })],
    [arrow.list(struct), fc.array(fc.option(fc.record({ x: fc.option(cell), y: fc.option(cells) })), { maxLength: 3 })],
  );
}

// A list in Arrow's builders of dictionaries is not made by flechette.
const samples = fc.constantFrom(...LEAVES).chain((leaf) =>
  leaf[0].typeId === arrow.Type.Dictionary ? fc.constant(leaf) : nested(leaf)
);

test("loadArrow() carries any table of any type to DuckDB and back, each value exact", async () => {
  const column = samples.chain(([type, cell]) =>
    fc.tuple(fc.constant(type), fc.array(fc.option(cell), { maxLength: 70 }))
  );
  await fc.assert(
    fc.asyncProperty(column, async ([type, cells]) => {
      const table = tableOf(type, cells);
      expect(rowsOf(await carry(table), EXACT)).toEqual(rowsOf(table, EXACT));
    }),
    { numRuns: 300 },
  );
});

test("loadArrow() carries more rows than a vector, in several batches, with NULLs across their seams", async () => {
  const cells = Array.from({ length: 5_000 }, (_, i) => i % 7 === 0 ? null : `row ${i} ${"x".repeat(i % 20)}`);
  const lists = cells.map((cell, i) => cell === null ? null : Array.from({ length: i % 5 }, () => cell));
  const table = arrow.tableFromArrays({ cells, lists }, {
    types: { cells: arrow.utf8(), lists: arrow.list(arrow.utf8()) },
  });
  const twice = new arrow.Table(
    table.schema,
    table.children.map((one) => new arrow.Column([...one.data, ...one.data], one.type)),
  ) as unknown as ArrowTable;
  expect(rowsOf(await carry(twice))).toEqual([...rowsOf(twice)]);
});

test("loadArrow() takes maps, decimals of every width and dictionaries of numbers", async () => {
  const decimal = (precision: number, ...unscaled: bigint[]) => ({
    type: arrow.decimal128(precision, 2),
    length: 2,
    nullCount: 0,
    values: BigUint64Array.from(unscaled.flatMap((one) => [BigInt.asUintN(64, one), BigInt.asUintN(64, one >> 64n)])),
  });
  const table = arrowTable([
    ["d4", decimal(4, -1n, 9_999n)],
    ["d9", decimal(9, -999_999_999n, 1n)],
    ["d18", decimal(18, -1n, 10n ** 18n - 1n)],
    ["d38", decimal(38, -(10n ** 37n), 10n ** 38n - 1n)],
  ]);
  expect(rowsOf(await carry(table), EXACT)).toEqual([
    { d4: "-0.01", d9: "-9999999.99", d18: "-0.01", d38: `-1${"0".repeat(35)}.00` },
    { d4: "99.99", d9: "0.01", d18: "9999999999999999.99", d38: `${"9".repeat(36)}.99` },
  ]);
  const maps = tableOf(arrow.map(arrow.utf8(), arrow.int64()), [[["a", 1n], ["b", null]], null, []]);
  expect(rowsOf(await carry(maps), EXACT)).toEqual([{ c: { a: 1n, b: null } }, { c: null }, { c: {} }]);
  const keys = tableOf(arrow.dictionary(arrow.int64()), [2n ** 62n, null, 7n, 2n ** 62n]);
  expect(rowsOf(await carry(keys), EXACT).map(({ c }) => c)).toEqual([2n ** 62n, null, 7n, 2n ** 62n]);
});

test("loadArrow() takes what other libraries lay out in their own way, and no rows", async () => {
  const views = columnOf({
    type: arrow.utf8(),
    length: 0,
    nullCount: 0,
    offsets: new Int32Array(1),
    values: new Uint8Array(),
  });
  expect(
    (await carry(
      arrowTable([["c", {
        type: views.type,
        length: 0,
        nullCount: 0,
        offsets: new Int32Array(1),
        values: new Uint8Array(),
      }]]),
    )).numRows,
  ).toBe(0);
  const bytes = toArrowBytes(tableOf(arrow.utf8(), ["é", null, "x".repeat(40)]));
  expect(rowsOf(await carry(fromArrowBytes(bytes)))).toEqual([{ c: "é" }, { c: null }, { c: "x".repeat(40) }]);
});

test("loadArrow() names the column that the lake has no type for", async () => {
  const times = tableOf(arrow.timeMillisecond(), [1]);
  await expect(loadArrow(connection, times, "t")).rejects.toThrow(TypeError);
  await expect(loadArrow(connection, times, "t")).rejects.toThrow(
    'Cannot write column "c" as the lake has no type for time: cast it first',
  );
});
