import { expect, test } from "vitest";
import type { CodeCell } from "../../lib/notebook/mod.ts";
import { timeLimits } from "./time_limit.ts";

const cell = (id: string, source: string): CodeCell => {
  return { cell_type: "code", id, metadata: {}, source, outputs: [], execution_count: null };
};

test("timeLimits() lets a cell's own directive win over the limit of all", () => {
  const cells = [cell("a", "//| timeout: 30s\n1"), cell("b", "1"), cell("c", "1 //| timeout: 1s")];
  expect([...timeLimits(cells, 5_000, "n.ipynb")]).toEqual([["a", 30_000], ["b", 5_000], ["c", 5_000]]);
  expect([...timeLimits(cells, undefined, "n.ipynb")]).toEqual([["a", 30_000]]);
});

test("timeLimits() refuses what is no duration", () => {
  expect(() => timeLimits([cell("a", "//| timeout: soon")], undefined, "n.ipynb")).toThrow(RangeError);
  expect(() => timeLimits([cell("a", "//| timeout: soon")], undefined, "n.ipynb")).toThrow(
    `Cannot run notebook "n.ipynb" as "//| timeout" of cell "a" must be a duration such as 30s: got "soon"`,
  );
  expect(() => timeLimits([cell("a", "//| timeout")], 1, "n.ipynb")).toThrow("got nothing");
});
