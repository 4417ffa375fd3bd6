import { expect, test } from "vitest";
import { EXAMPLE_MIME } from "./define.ts";
import { differenceOf, examplesOf } from "./examples.ts";
import type { CodeCell, Notebook } from "../notebook/mod.ts";

const CALL = { input: { x: 1 }, output: { y: 2 }, models: { m: "1" }, calls: [] };

function notebook(source: string, data: Record<string, unknown> | null): Notebook {
  const outputs = data === null
    ? []
    : [{ output_type: "execute_result" as const, data, metadata: {}, execution_count: 1 }];
  const cell: CodeCell = { cell_type: "code", id: "ex", metadata: {}, source, outputs, execution_count: 1 };
  return { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

test("examplesOf() reads the calls that the notebook keeps", async () => {
  const source = "//| example\n//| tolerance: 0.5\nawait f({ x: 1 });";
  expect(await examplesOf(notebook(source, { [EXAMPLE_MIME]: CALL }), "f")).toEqual([{ ...CALL, tolerance: 0.5 }]);
  const looked = { ...CALL, now: 990_000_000_000, seed: "s" };
  expect(await examplesOf(notebook(source, { [EXAMPLE_MIME]: looked }), "f")).toEqual([{ ...looked, tolerance: 0.5 }]);
  expect(await examplesOf(notebook(source, { [EXAMPLE_MIME]: CALL }), "g")).toEqual([]);
  expect(await examplesOf(notebook("await f({ x: 1 });", null), "f")).toEqual([]);
});

test("examplesOf() refuses a cell that shows no call, and a tolerance that is none", async () => {
  await expect(examplesOf(notebook("//| example\nawait f(1);", null), "f")).rejects.toThrow(
    new TypeError(
      `Cannot promote function "f" as example cell "ex" shows no call of it: end the cell with the call, and run the notebook`,
    ),
  );
  const source = "//| example\n//| tolerance: wide\nawait f(1);";
  await expect(examplesOf(notebook(source, { [EXAMPLE_MIME]: CALL }), "f")).rejects.toThrow(RangeError);
});

test.each<[unknown, unknown, number | undefined, string | null]>([
  [1, 1 + 1e-10, undefined, null],
  [1, 1.1, undefined, "the whole: 1 became 1.1"],
  [1e9, 1e9 + 0.5, undefined, null],
  [{ a: [1, 2] }, { a: [1, 2.4] }, 0.3, null],
  [{ a: [1, 2] }, { a: [1, 3] }, undefined, "/a/1: 2 became 3"],
  [{ a: 1 }, { a: 1, b: 2 }, undefined, "/b: only on one side"],
  [[], {}, undefined, "the whole: [] became {}"],
  ["x", null, undefined, 'the whole: "x" became null'],
])("differenceOf(%j, %j, %j) is %j", (expected, actual, tolerance, difference) => {
  expect(differenceOf(expected as never, actual as never, tolerance)).toBe(difference);
});
