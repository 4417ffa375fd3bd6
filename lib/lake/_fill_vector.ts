import bindings, { type Vector } from "@duckdb/node-bindings";
import { type Batch, type Column, DateUnit, TimeUnit, Type } from "@uwdata/flechette";
import type { TypedArray } from "../columns/mod.ts";
import { writeStrings } from "./_write_strings.ts";

/** For each row of a vector the row of a batch that it takes; -1 is NULL. */
export type Rows = Int32Array;

type AnyBatch = Batch<unknown>;

/** Names the rows from `start` on. */
export function rowsFrom(start: number, count: number): Rows {
  return new Int32Array(count).map((_, i) => start + i);
}

/** Fills a vector of DuckDB's with rows of a batch, column-wise: buffers are copied or gathered, no cell is made a value. */
export function fillVector(vector: Vector, batch: AnyBatch, from: Rows): void {
  const { type } = batch;
  const rows = withNulls(batch, from);
  if (type.typeId === Type.Dictionary) {
    const keys = batch.values as Int32Array;
    return fillVector(vector, dictionaryOf(batch), rows.map((row) => row < 0 ? -1 : Number(keys[row])));
  }
  writeValidity(vector, rows);
  switch (type.typeId) {
    case Type.Bool:
      return writeItems(vector, Uint8Array.from(rows, (row) => row >= 0 ? bitAt(batch.values as Uint8Array, row) : 0));
    case Type.Int:
      return writeGathered(vector, batch.values as TypedArray, rows);
    case Type.Float:
      if (type.precision > 0) return writeGathered(vector, batch.values as TypedArray, rows);
      return writeItems(vector, Float32Array.from(rows, (row) => row < 0 ? 0 : batch.value(row) as number));
    case Type.Decimal:
      return writeItems(vector, decimals(batch.values as BigUint64Array, type.precision, rows));
    case Type.Date:
      if (type.unit === DateUnit.DAY) return writeGathered(vector, batch.values as TypedArray, rows);
      return writeItems(vector, scaled(batch.values as BigInt64Array, rows, (ms) => BigInt(ms) * 1000n));
    case Type.Timestamp:
      if (type.unit === TimeUnit.MICROSECOND) return writeGathered(vector, batch.values as TypedArray, rows);
      return writeItems(vector, scaled(batch.values as BigInt64Array, rows, MICROS_OF[type.unit]!));
    case Type.Struct:
      return batch.children.forEach((child, i) => fillVector(bindings.struct_vector_get_child(vector, i), child, rows));
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.Map:
      return writeLists(vector, batch, rows);
    default:
      return writeStrings(vector, batch, rows);
  }
}

const MICROS_OF: Readonly<Record<number, (value: bigint) => bigint>> = {
  [TimeUnit.SECOND]: (value) => value * 1_000_000n,
  [TimeUnit.MILLISECOND]: (value) => value * 1000n,
  [TimeUnit.NANOSECOND]: (value) => (value - ((value % 1000n) + 1000n) % 1000n) / 1000n, // down, as a clock would
};

/** A NULL of a struct or of a dictionary is one of what it holds, too. */
function withNulls({ nullCount, validity }: AnyBatch, rows: Rows): Rows {
  if (!nullCount || !validity?.length) return rows;
  return rows.map((row) => row < 0 || !bitAt(validity as Uint8Array, row) ? -1 : row);
}

function bitAt(bits: Uint8Array, row: number): number {
  return (bits[row >> 3]! >> (row & 7)) & 1;
}

function dictionaryOf(batch: AnyBatch): AnyBatch {
  const { data } = (batch as unknown as { dictionary: Column<unknown> }).dictionary;
  if (data.length === 1) return data[0] as AnyBatch;
  throw new TypeError(
    `Cannot write a dictionary as it must be in one piece: got ${data.length}; cast the column first`,
  );
}

function writeValidity(vector: Vector, rows: Rows): void {
  if (!rows.includes(-1)) return;
  const bits = new Uint8Array(((rows.length + 63) >> 6) * 8);
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) bits[i >> 3]! |= 1 << (i & 7);
  bindings.vector_ensure_validity_writable(vector);
  bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
}

function writeGathered(vector: Vector, values: TypedArray, rows: Rows): void {
  const first = rows[0] ?? 0, isRun = first >= 0 && rows.every((row, i) => row === first + i);
  if (isRun) return writeItems(vector, values.subarray(first, first + rows.length));
  const items = new (values.constructor as Float64ArrayConstructor)(rows.length);
  for (let i = 0; i < rows.length; i++) if (rows[i]! >= 0) items[i] = values[rows[i]!] as number;
  writeItems(vector, items);
}

function writeItems(vector: Vector, { buffer, byteOffset, byteLength }: TypedArray): void {
  if (byteLength > 0) bindings.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}

function scaled(values: BigInt64Array, rows: Rows, scale: (value: bigint) => bigint): BigInt64Array {
  return BigInt64Array.from(rows, (row) => row < 0 ? 0n : scale(values[row]!));
}

/** DuckDB keeps decimals in 16, 32, 64 or 128 bits by their width, Arrow in 128. */
function decimals(words: BigUint64Array, width: number, rows: Rows): TypedArray {
  if (width > 18) {
    const wide = new BigUint64Array(rows.length * 2);
    rows.forEach((row, i) => row >= 0 && wide.set(words.subarray(row * 2, row * 2 + 2), i * 2));
    return wide;
  }
  const low = (row: number): bigint => row < 0 ? 0n : BigInt.asIntN(64, words[row * 2]!);
  if (width > 9) return BigInt64Array.from(rows, low);
  const narrow = rows.map((row) => Number(low(row)));
  return width > 4 ? narrow : Int16Array.from(narrow);
}

function writeLists(vector: Vector, batch: AnyBatch, rows: Rows): void {
  const { type, offsets } = batch;
  const stride = type.typeId === Type.FixedSizeList ? type.stride : 0;
  const startOf = (row: number): number => stride > 0 ? row * stride : Number(offsets[row]);
  const entries = new BigUint64Array(rows.length * 2);
  let total = 0;
  rows.forEach((row, i) => {
    const length = row < 0 ? 0 : startOf(row + 1) - startOf(row);
    entries.set([BigInt(total), BigInt(length)], i * 2);
    total += length;
  });
  const items = new Int32Array(total);
  rows.forEach((row, i) => {
    const at = Number(entries[i * 2]), length = Number(entries[i * 2 + 1]);
    for (let item = 0; item < length; item++) items[at + item] = startOf(row) + item;
  });
  bindings.list_vector_reserve(vector, total);
  bindings.list_vector_set_size(vector, total);
  writeItems(vector, entries);
  if (total > 0) fillVector(bindings.list_vector_get_child(vector), batch.children[0]!, items);
}
