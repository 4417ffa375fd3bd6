import type { TypedArray } from "../columns/mod.ts";
import type { NumericArray } from "./_wide_numbers.ts";

const FIRST_ITEMS = 4096; // two vectors of DuckDB

/** A typed array that grows: its items are copied once, and now and then moved. */
export interface Growing {
  /** Adds the first `count` of some items. */
  add(items: TypedArray, count: number): void;
  /** All items; a view, whose spare room was never touched. */
  finish(): TypedArray;
}

/** Makes a growing array of a class. */
export function growing(Items: NumericArray): Growing {
  let all: TypedArray | null = null, length = 0;
  return {
    add(items, count) {
      if (all === null || length + count > all.length) {
        const larger = new Items(Math.max(FIRST_ITEMS, length + count, length * 2));
        if (all) (larger as Float64Array).set((all as Float64Array).subarray(0, length));
        all = larger;
      }
      const part = items.length === count ? items : items.subarray(0, count);
      (all as Float64Array).set(part as Float64Array, length);
      length += count;
    },
    finish: () => all?.subarray(0, length) ?? new Items(0),
  };
}
