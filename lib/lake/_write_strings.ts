import bindings, { type Vector } from "@duckdb/node-bindings";
import { type Batch, Type } from "@uwdata/flechette";

const ENTRY = 16; // bytes of a string_t: its length, then 12 bytes of the string or a prefix and a pointer
const INLINE = 12;

/** Writes text and blobs: short ones into the vector at once, long ones by a call each, as DuckDB has to keep them. */
export function writeStrings(vector: Vector, batch: Batch<unknown>, rows: Int32Array): void {
  const bytesAt = bytesReader(batch);
  const entries = new Uint8Array(rows.length * ENTRY), lengths = new DataView(entries.buffer);
  const long: [number, Uint8Array][] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! < 0) continue;
    const bytes = bytesAt(rows[i]!);
    if (bytes.length > INLINE) {
      long.push([i, bytes]);
      continue;
    }
    lengths.setUint32(i * ENTRY, bytes.length, true);
    for (let k = 0, at = i * ENTRY + 4; k < bytes.length; k++) entries[at + k] = bytes[k]!;
  }
  bindings.copy_data_to_vector(vector, 0, entries.buffer, 0, entries.byteLength);
  for (const [i, bytes] of long) bindings.vector_assign_string_element_len(vector, i, bytes);
}

/** Reads the bytes of a row that is not NULL. */
function bytesReader(batch: Batch<unknown>): (row: number) => Uint8Array {
  const { type, offsets, values } = batch;
  switch (type.typeId) {
    case Type.Utf8:
    case Type.Binary:
    case Type.LargeUtf8:
    case Type.LargeBinary:
      return (row) => (values as Uint8Array).subarray(Number(offsets[row]), Number(offsets[row + 1]));
    case Type.Utf8View: {
      const encoder = new TextEncoder();
      return (row) => encoder.encode(batch.value(row) as string);
    }
    default:
      return (row) => batch.value(row) as Uint8Array;
  }
}
