import type { DuckDBBlobVector, DuckDBVarCharVector, DuckDBVector } from "@duckdb/node-api";
import { bytesBehind, viewOf } from "./_vector_memory.ts";

const INLINE = 12; // DuckDB keeps up to 12 bytes inside the string_t
const MAX_BYTES = 2 ** 31 - 1; // Arrow's utf8 and binary have 32-bit offsets

/** Collects text or blobs as Arrow offsets and bytes. */
export interface TextBuilder {
  /** Adds the strings of a vector; `isNull` tells which rows hold none. */
  addVector(vector: DuckDBVector, count: number, isNull: ((row: number) => boolean) | null): void;
  /** Adds strings that were made elsewhere; null adds an empty one. */
  addBytes(strings: readonly (Uint8Array | null)[]): void;
  finish(): { offsets: Int32Array; values: Uint8Array };
}

export function textBuilder(column: string): TextBuilder {
  const chunks: { lengths: Int32Array; bytes: Uint8Array }[] = [];
  let total = 0;
  const push = (lengths: Int32Array, bytes: Uint8Array): void => {
    total += bytes.length;
    if (total > MAX_BYTES) {
      throw new RangeError(
        `Cannot hold column "${column}" as its text must stay below 2 GiB: select fewer rows or columns`,
      );
    }
    chunks.push({ lengths, bytes });
  };
  return {
    addVector(vector, count, isNull) {
      const lengths = lengthsOf(viewOf(vector), count, isNull);
      push(lengths, gather(vector as DuckDBVarCharVector | DuckDBBlobVector, lengths));
    },
    addBytes(strings) {
      const lengths = Int32Array.from(strings, (one) => one?.length ?? 0);
      push(lengths, concat(strings.map((one) => one ?? new Uint8Array(0)), lengths.reduce((sum, one) => sum + one, 0)));
    },
    finish() {
      const offsets = new Int32Array(chunks.reduce((rows, { lengths }) => rows + lengths.length, 0) + 1);
      let row = 0, end = 0;
      for (const { lengths } of chunks) for (const length of lengths) offsets[++row] = end += length;
      return { offsets, values: concat(chunks.map(({ bytes }) => bytes), total) };
    },
  };
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function lengthsOf(view: DataView, count: number, isNull: ((row: number) => boolean) | null): Int32Array {
  const lengths = new Int32Array(count);
  for (let row = 0; row < count; row++) lengths[row] = isNull?.(row) ? 0 : view.getInt32(row * 16, true);
  return lengths;
}

function gather(vector: DuckDBVarCharVector | DuckDBBlobVector, lengths: Int32Array): Uint8Array {
  const view = viewOf(vector);
  const inline = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const out = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (let row = 0; row < lengths.length;) {
    if (lengths[row]! <= INLINE) {
      for (let i = 0, from = row * 16 + 4; i < lengths[row]!; i++) out[at++] = inline[from + i]!;
      row++;
      continue;
    }
    const run = endToEnd(view, lengths, row);
    const bytes = bytesBehind(vector, row, run.length);
    out.set(bytes, at);
    at += run.length;
    row = run.next;
  }
  return out;
}

/** The longest run of long strings whose bytes lie end to end, as those of one chunk mostly do. */
function endToEnd(view: DataView, lengths: Int32Array, row: number): { next: number; length: number } {
  const start = pointerAt(view, row);
  let length = lengths[row]!, next = row + 1;
  while (next < lengths.length && lengths[next]! > INLINE && pointerAt(view, next) === start + length) {
    length += lengths[next++]!;
  }
  return { next, length };
}

/** Addresses of user space stay below 2^48, so they are exact as numbers. */
function pointerAt(view: DataView, row: number): number {
  return view.getUint32(row * 16 + 8, true) + view.getUint32(row * 16 + 12, true) * 2 ** 32;
}
