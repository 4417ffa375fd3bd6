import { crc32 } from "node:zlib";
import type { Store } from "../store/mod.ts";
import type { DeletionVector } from "./action.ts";
import { decodeBase85 } from "./_base85.ts";
import { decodeDataPath } from "./_data_path.ts";
import { folderUri, pathIn } from "./_log_files.ts";
import { readRoaring } from "./_roaring.ts";

const PORTABLE = 1681511377;
const UUID_CHARS = 20;

/**
 * Reads which rows of a data file are deleted (Delta protocol, "Deletion Vector Format").
 *
 * @param store store that holds the table
 * @param root folder of the table
 * @param vector as the log has it
 * @param path data file, for errors
 * @returns numbers of the rows from 0, ascending
 * @throws {Error} when the vector cannot be read, naming the data file
 */
export async function readDeletionVector(
  store: Store,
  root: string,
  vector: DeletionVector,
  path: string,
): Promise<number[]> {
  try {
    const bytes = vector.storageType === "i"
      ? decodeBase85(vector.pathOrInlineDv).subarray(0, vector.sizeInBytes)
      : bytesOf(await store.get(fileOf(store, root, vector)), vector);
    const rows = rowsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (rows.length === vector.cardinality) return rows;
    throw new SyntaxError(`it must delete ${vector.cardinality} rows, got ${rows.length}`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw cause;
    throw new Error(`Cannot read the deletion vector of "${path}": ${(cause as Error).message}`, { cause });
  }
}

function fileOf(store: Store, root: string, { storageType, pathOrInlineDv }: DeletionVector): string {
  if (storageType === "p") return pathIn(root, decodeDataPath(pathOrInlineDv, folderUri(store, root), "_delta_log"));
  if (storageType !== "u") throw new SyntaxError(`its storage must be u, p or i, got ${JSON.stringify(storageType)}`);
  const prefix = pathOrInlineDv.slice(0, -UUID_CHARS);
  const hex = decodeBase85(pathOrInlineDv.slice(-UUID_CHARS)).toHex();
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return pathIn(root, `${prefix ? `${prefix}/` : ""}deletion_vector_${uuid}.bin`);
}

/** A vector in a file has its size before it and its CRC-32 behind it. */
function bytesOf(file: Uint8Array<ArrayBuffer>, { offset, sizeInBytes }: DeletionVector): Uint8Array<ArrayBuffer> {
  const start = offset ?? 1;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const size = view.getUint32(start);
  if (size !== sizeInBytes) throw new SyntaxError(`its size must be ${sizeInBytes}, got ${size}`);
  const bytes = file.subarray(start + 4, start + 4 + size);
  if (view.getUint32(start + 4 + size) === crc32(bytes)) return bytes;
  throw new SyntaxError("its checksum must be that of its bytes: the file is damaged");
}

function rowsOf(view: DataView): number[] {
  const magic = view.getUint32(0, true);
  if (magic !== PORTABLE) throw new SyntaxError(`it must start with ${PORTABLE}, got ${magic}`);
  const rows: number[] = [];
  let at = 12;
  for (let left = Number(view.getBigUint64(4, true)); left > 0; left--) {
    at = readRoaring(view, at + 4, view.getUint32(at, true) * 2 ** 32, rows);
  }
  return rows;
}
