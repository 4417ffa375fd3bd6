import {
  binary,
  bool,
  dateDay,
  decimal128,
  field,
  float32,
  float64,
  int32,
  int64,
  list,
  map,
  struct,
  timestamp,
  TimeUnit,
  utf8,
} from "@uwdata/flechette";
import { type ArrowTable, arrowTable, type ColumnBuffers } from "../arrow_table.ts";

const text = (...values: string[]): ColumnBuffers => {
  const bytes = values.map((value) => new TextEncoder().encode(value));
  const offsets = new Int32Array(values.length + 1);
  bytes.forEach((one, i) => offsets[i + 1] = offsets[i]! + one.length);
  return {
    type: utf8(),
    length: values.length,
    nullCount: 0,
    offsets,
    values: Uint8Array.from(bytes.flatMap((b) => [...b])),
  };
};

/** Two rows of every type that DuckDB's results use; the second row of each is NULL. */
export function everyType(): ArrowTable {
  const nulls = { length: 2, nullCount: 1, validity: Uint8Array.of(1) };
  const decimals = BigUint64Array.of(BigInt.asUintN(64, -12345n), BigInt.asUintN(64, -1n), 0n, 0n);
  return arrowTable([
    ["flag", { ...nulls, type: bool(), values: Uint8Array.of(1) }],
    ["count", { ...nulls, type: int32(), values: Int32Array.of(-7, 0) }],
    ["long", { ...nulls, type: int64(), values: BigInt64Array.of(-(2n ** 53n) + 1n, 0n) }],
    ["ratio", { ...nulls, type: float64(), values: Float64Array.of(Number.NaN, 0) }],
    ["small", { ...nulls, type: float32(), values: Float32Array.of(1.5, 0) }],
    ["price", { ...nulls, type: decimal128(18, 2), values: decimals }],
    ["name", { ...text("é😀", ""), ...nulls }],
    ["blob", { ...nulls, type: binary(), offsets: Int32Array.of(0, 2, 2), values: Uint8Array.of(0, 255) }],
    ["day", { ...nulls, type: dateDay(), values: Int32Array.of(-1, 0) }],
    ["at", { ...nulls, type: timestamp(TimeUnit.MICROSECOND, "UTC"), values: BigInt64Array.of(-1n, 0n) }],
    ["local", { ...nulls, type: timestamp(TimeUnit.MICROSECOND, null), values: BigInt64Array.of(1_500_999n, 0n) }],
    ["list", { ...nulls, type: list(utf8()), offsets: Int32Array.of(0, 2, 2), children: [text("a", "b")] }],
    ["pair", {
      ...nulls,
      type: struct([field("x", int32()), field("y", utf8())]),
      children: [{ type: int32(), length: 2, nullCount: 0, values: Int32Array.of(1, 0) }, text("p", "")],
    }],
    ["dict", {
      ...nulls,
      type: map(field("key", utf8()), field("value", int32())),
      offsets: Int32Array.of(0, 1, 1),
      children: [{
        type: struct([field("key", utf8()), field("value", int32())]),
        length: 1,
        nullCount: 0,
        children: [text("k"), { type: int32(), length: 1, nullCount: 0, values: Int32Array.of(3) }],
      }],
    }],
  ]);
}
