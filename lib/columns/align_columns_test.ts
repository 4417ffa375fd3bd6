import fc from "fast-check";
import { expect, test } from "vitest";
import { alignColumns } from "./align_columns.ts";

const LEFT = [false, false, false, false];

test("alignColumns() puts numbers to the right and leaves no space at the end of a line", () => {
  const { lines, widths, omitted } = alignColumns([["name", "rows"], ["a", "12"], ["bcdef", "3"]], {
    right: [false, true],
  });
  expect(lines).toEqual(["name   rows", "a        12", "bcdef     3"]);
  expect({ widths, omitted }).toEqual({ widths: [5, 4], omitted: [] });
});

test("alignColumns() leaves out the middle columns that do not fit", () => {
  const { lines, omitted } = alignColumns([["aaaa", "bbbb", "cccc", "dddd"]], { right: LEFT, maxWidth: 15 });
  expect(lines).toEqual(["aaaa  …  dddd"]);
  expect(omitted).toEqual([1, 2]);
});

test("alignColumns() shows the first column however narrow the place is", () => {
  const { lines, omitted } = alignColumns([["aaaaaaaa", "bbbb"]], { right: [false, false], maxWidth: 3 });
  expect(lines).toEqual(["aaaaaaaa  …"]);
  expect(omitted).toEqual([1]);
});

test("alignColumns() never passes the width where the first column leaves room for the mark", () => {
  const columns = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" }), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(fc.property(columns, fc.integer({ min: 16, max: 60 }), (line, maxWidth) => {
    const { lines, omitted } = alignColumns([line], { right: line.map(() => false), maxWidth });
    expect([...lines[0]!].length).toBeLessThanOrEqual(maxWidth);
    const all = line.reduce((sum, cell) => sum + cell.length + 2, -2);
    expect(omitted.length === 0).toBe(all <= maxWidth);
  }));
});
