import {
  DuckDBBlobVector,
  type DuckDBListVector,
  type DuckDBMapVector,
  type DuckDBVarCharVector,
  type DuckDBVector,
} from "@duckdb/node-api";
import type { TypedArray } from "../columns/mod.ts";

/**
 * The one file that knows how node-api 1.5.5 keeps the memory of a vector: its public face reads cell by cell, ten times
 * slower. The version is pinned, and the tests read every type.
 */
interface VectorMemory {
  items?: TypedArray;
  dataView?: DataView;
  validity?: Validity;
  listVector?: DuckDBListVector;
}

interface Validity {
  data: BigUint64Array | null;
  offset: number;
}

function memoryOf(vector: DuckDBVector): VectorMemory {
  return vector as unknown as VectorMemory;
}

/** The values of a vector whose cells are numbers of one width. */
export function itemsOf(vector: DuckDBVector): TypedArray {
  return memoryOf(vector).items!;
}

/** The bytes of a vector whose cells are booleans, decimals, 128-bit numbers, or the string_t of text and blobs. */
export function viewOf(vector: DuckDBVector): DataView {
  return memoryOf(vector).dataView!;
}

/** DuckDB's mask of a vector, null when nothing is NULL, and how many of its bits belong to rows before the vector. */
export function maskOf(vector: DuckDBVector): { mask: BigUint64Array | null; skip: number } {
  const { validity, listVector } = memoryOf(vector);
  const { data, offset } = validity ?? memoryOf(listVector!).validity!;
  return { mask: data, skip: offset };
}

/** Where the items of each row of a list lie in one flat vector. */
export interface Spans {
  getEntryOffset(row: number): number;
  getEntryLength(row: number): number;
  readonly childVector: DuckDBVector;
}

/** An array is stored as its items, end to end. */
export function spansOfArray(vector: DuckDBVector, length: number): Spans {
  const { childData } = vector as unknown as { childData: DuckDBVector };
  return { getEntryOffset: (row) => row * length, getEntryLength: () => length, childVector: childData };
}

/** A map is stored as a list of structs of key and value. */
export function spansOfMap(vector: DuckDBMapVector): Spans {
  return memoryOf(vector).listVector!;
}

/**
 * Reads bytes behind the pointer of a string_t: 4 bytes length, 4 bytes prefix, 8 bytes pointer. A string_t of our own
 * whose length spans several strings that lie end to end reads them all by one call into native code.
 */
export function bytesBehind(vector: DuckDBVarCharVector | DuckDBBlobVector, row: number, length: number): Uint8Array {
  const view = viewOf(vector);
  const own = new DataView(new ArrayBuffer(16));
  own.setUint32(0, length, true);
  own.setBigUint64(8, view.getBigUint64(row * 16 + 8, true), true);
  const native = (vector as unknown as { vector: never }).vector;
  const isThere = { itemValid: () => true } as unknown as never;
  return new DuckDBBlobVector(own, isThere, native, 0, 1).getItemBytes(0)!;
}
