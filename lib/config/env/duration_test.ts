import { expect, test } from "vitest";
import { readDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  [" 1.5 m ", 90_000],
  ["2h", 7_200_000],
  ["7", 7_000],
  ["0.25", 250],
  ["0s", null],
  ["-1s", null],
  ["1d", 86_400_000],
  ["30 d", null],
  ["7d", 604_800_000],
  ["900h", null],
  ["1e3", null],
  ["", null],
  ["s", null],
])("readDuration() reads %j as %j", (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});
