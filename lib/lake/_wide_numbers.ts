import type { DuckDBVector } from "@duckdb/node-api";
import type { TypedArray } from "../columns/mod.ts";
import { isNullAt } from "./_bitmap.ts";
import { maskOf, viewOf } from "./_vector_memory.ts";

/** Makes a typed array of so many items. */
export type NumericArray = new (length: number) => TypedArray;

/** A sum of BIGINT is a HUGEINT; nearly all fit 64 bits, which every consumer of Arrow knows. */
export function narrowHuge(vector: DuckDBVector, count: number, Items: NumericArray, column: string): TypedArray {
  const view = viewOf(vector);
  const items = new Items(count) as BigInt64Array;
  const { mask, skip } = maskOf(vector);
  for (let row = 0; row < count; row++) {
    if (isNullAt(mask, skip, row)) continue;
    const low = view.getBigUint64(row * 16, true), high = view.getBigInt64(row * 16 + 8, true);
    items[row] = low as bigint;
    if (items[row] === (high << 64n) + low) continue;
    throw new RangeError(
      `Cannot read column "${column}" as whole numbers must fit 64 bits: got ${
        (high << 64n) + low
      }; cast it to DOUBLE or VARCHAR in SQL`,
    );
  }
  return items;
}

/** Reads the unscaled value of a decimal as two 64-bit words, low one first. */
export type DecimalReader = (view: DataView, row: number, words: BigUint64Array) => void;

/** Makes the reader of decimals of a width: DuckDB keeps them in 16, 32, 64 or 128 bits, Arrow in 128. */
export function decimalReader(width: number): DecimalReader {
  if (width > 18) {
    return (view, row, words) => {
      words[2 * row] = view.getBigUint64(row * 16, true);
      words[2 * row + 1] = view.getBigUint64(row * 16 + 8, true);
    };
  }
  const valueAt = width <= 4
    ? (view: DataView, row: number) => BigInt(view.getInt16(row * 2, true))
    : width <= 9
    ? (view: DataView, row: number) => BigInt(view.getInt32(row * 4, true))
    : (view: DataView, row: number) => view.getBigInt64(row * 8, true);
  return (view, row, words) => {
    words[2 * row] = valueAt(view, row); // assignment keeps the low 64 bits
    words[2 * row + 1] = valueAt(view, row) < 0n ? 0xffff_ffff_ffff_ffffn : 0n;
  };
}
