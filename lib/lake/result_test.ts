import * as Plot from "@observablehq/plot";
import { int64 } from "@uwdata/flechette";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { arrowTable, tableFromRows } from "../columns/mod.ts";
import { type Result, resultOf } from "./result.ts";

interface Flight {
  x: number;
  y: number | null;
  c: string;
  t: Date;
}

const ROWS = Array.from({ length: 60 }, (_, i): Flight => (
  { x: i, y: i % 7 === 0 ? null : i * 1.5, c: "abc"[i % 3]!, t: new Date(i * 86_400_000) }
));

/** A result that counts how often its rows are asked for. */
function counted(): { result: Result<Flight>; asked: () => number } {
  const result = resultOf<Flight>(tableFromRows(ROWS as never));
  let asked = 0;
  const count = <F extends (...args: never[]) => unknown>(call: F) => ((...args) => (asked++, call(...args))) as F;
  const watched = { ...result, toArray: count(result.toArray), rows: count(result.rows) };
  return { result: { ...watched, [Symbol.iterator]: count(result[Symbol.iterator]) }, asked: () => asked };
}

function draw(mark: Plot.Markish): string {
  const { document } = parseHTML("<body></body>") as unknown as Pick<Required<Plot.PlotOptions>, "document">;
  return Plot.plot({ document, marks: [mark] }).outerHTML.replace(/plot-clip-\d+/g, "clip");
}

type Marks = (data: Plot.Data) => Plot.Markish;
const BY_COLUMNS: Record<string, Marks> = {
  dots: (data) => Plot.dot(data, { x: "x", y: "y", fill: "c", tip: true }),
  lines: (data) => Plot.lineY(data, { x: "t", y: "y", z: "c" }),
  stacks: (data) => Plot.barY(data, Plot.stackY({ x: "x", y: "y", fill: "c" })),
  facets: (data) => Plot.dot(data, { x: "x", y: "y", fx: "c", sort: "y" }),
  windows: (data) => Plot.lineY(data, Plot.windowY(3, { x: "x", y: "y" })),
  regressions: (data) => Plot.linearRegressionY(data, { x: "x", y: "y" }),
};
const BY_ROWS: Record<string, Marks> = {
  bins: (data) => Plot.rectY(data, Plot.binX({ y: "count" }, { x: "y" })),
  groups: (data) => Plot.barY(data, Plot.groupX({ y: "mean" }, { x: "c", y: "y" })),
  boxes: (data) => Plot.boxY(data, { x: "c", y: "y" }),
  functions: (data) => Plot.dot(data, { x: (row: Flight) => row.x * 2, y: "y", filter: (row: Flight) => row.x > 9 }),
};

test.each(Object.entries(BY_COLUMNS))("Plot draws %s of a Result as of its rows, without making any", (_name, mark) => {
  const { result, asked } = counted();
  expect(draw(mark(result))).toBe(draw(mark(ROWS)));
  expect(asked()).toBe(0);
});

test.each(Object.entries(BY_ROWS))("Plot draws %s of a Result as of its rows", (_name, mark) => {
  expect(draw(mark(counted().result))).toBe(draw(mark(ROWS)));
});

test("a Result gives columns and single rows by the rules of rows", () => {
  const result = resultOf<Flight>(tableFromRows(ROWS as never));
  expect(result.getChild("x")!.toArray()).toEqual(Float64Array.from(ROWS, ({ x }) => x));
  expect(result.getChild("t")!.toArray()).toEqual(ROWS.map(({ t }) => t));
  expect([result.at(1), result.at(60), result.at(-1)]).toEqual([ROWS[1], undefined, undefined]);
  expect(result.getChild("z")).toBeUndefined();
  expect(result.toArray()).toEqual(ROWS);
});

test("a Result of an integer past 2^53 names the column, whoever reads it", async () => {
  const long = { type: int64(), length: 1, nullCount: 0, values: BigInt64Array.of(2n ** 53n) };
  const result = resultOf(arrowTable([["id", long]]));
  const rule = 'Cannot read column "id" as numbers must stay below 2^53: got 9007199254740992 at row 1';
  const load = () => Promise.resolve({ DataFrame: class {} });
  expect(() => result.rows()).toThrow(rule);
  expect(() => result.getChild("id")!.toArray()).toThrow(rule);
  expect(() => draw(Plot.dot(result, { x: "id" }))).toThrow(rule);
  await expect(result.toArquero()).rejects.toThrow(rule);
  await expect(result.toDanfo({ load })).rejects.toThrow(rule);
  expect((await result.toArquero({ bigint: true })).get("id", 0)).toBe(2n ** 53n);
  expect((await result.toPolars()).getColumn("id").toString()).toContain("9007199254740992");
});
