import { expect, test } from "vitest";
import { readMemoryMb } from "./mod.ts";

test("readMemoryMb() takes whole numbers of MB and their digits", () => {
  expect([64, "64", 1_048_576, "1048576", "0512"].map((value) => readMemoryMb(value))).toEqual(
    [64, 64, 1_048_576, 1_048_576, 512],
  );
});

test.each([63, "63", 0, -512, 1_048_577, 1e21, 512.5, NaN, Infinity, "", " 512", "512 MB", "1e3", "0x200", null, [
  512,
]])(
  "readMemoryMb() refuses %j",
  (value) => {
    expect(() => readMemoryMb(value)).toThrow(
      new RangeError(
        `Cannot limit cells as the memory of cells must be a whole number of MB from 64 to 1,048,576: got ${
          JSON.stringify(value)
        }`,
      ),
    );
  },
);
