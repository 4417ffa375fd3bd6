import { expect, test } from "vitest";
import { changesOf } from "./changes.ts";

test("changesOf() compares numbers by their field's threshold, 1e-9 without one", () => {
  expect(changesOf({ minutes: 5 }, { minutes: 5.1 }, { minutes: 0.2 })).toEqual([]);
  expect(changesOf({ minutes: 5 }, { minutes: 6 }, { minutes: 0.5 })).toEqual([
    { field: "/minutes", base: 5, candidate: 6, size: 2 },
  ]);
  expect(changesOf({ minutes: 5 }, { minutes: 5 + 1e-12 }, {})).toEqual([]);
  expect(changesOf({ a: { b: 1 } }, { a: { b: 2 } }, { "a.b": 1 })).toEqual([]);
});

test("changesOf() tells what is unequal, missing or of another kind", () => {
  expect(changesOf({ "a/b": "x", c: [1, 2] }, { "a/b": "y", c: [1] }, {})).toEqual([
    { field: "/a~1b", base: "x", candidate: "y", size: 1 },
    { field: "/c/1", base: 2, size: 1 },
  ]);
  expect(changesOf([], {}, {})).toEqual([{ field: "", base: [], candidate: {}, size: 1 }]);
  expect(changesOf(undefined, 1, {})).toEqual([{ field: "", candidate: 1, size: 1 }]);
  expect(changesOf(null, null, {})).toEqual([]);
});
