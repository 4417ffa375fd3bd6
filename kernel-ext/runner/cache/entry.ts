import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { InputRead } from "../../../lib/lake/mod.ts";
import type { Output } from "../../../lib/notebook/mod.ts";

/** What is kept of a cell that ran. */
export interface CellEntry {
  outputs: Output[];
  /** What it read itself. */
  inputs: InputRead[];
  /** The values that it declared, as JSON of what encodeValue made, in the order of its names. */
  values: string;
}

const bundle = z.record(z.string(), z.unknown());
const output = z.discriminatedUnion("output_type", [
  z.strictObject({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text: z.string() }),
  z.strictObject({ output_type: z.literal("display_data"), data: bundle, metadata: bundle }),
  z.strictObject({
    output_type: z.literal("execute_result"),
    data: bundle,
    metadata: bundle,
    execution_count: z.int().nullable(),
  }),
]);
const input = z.union([
  z.strictObject({
    name: z.string(),
    table: z.string(),
    incarnation: z.string(),
    ends: z.record(z.string(), z.int()),
    rows: z.int(),
    until: z.string().exactOptional(),
  }),
  z.strictObject({ name: z.string(), table: z.string(), version: z.int(), digest: z.string() }),
  z.strictObject({ name: z.string(), model: z.string(), version: z.string(), digest: z.string() }),
]);
const entry = z.strictObject({
  outputs: z.array(output),
  inputs: z.array(input),
  values: z.string().startsWith("[").endsWith("]"),
});

/**
 * Writes an entry as a file holds it, signed: who cannot read the key of the workbench cannot make one.
 *
 * @param key The key of the cell's results.
 * @param kept What is kept.
 * @param secret The key that signs.
 * @returns One line of JSON.
 */
export function entryText(key: string, kept: CellEntry, secret: string): string {
  const cell = JSON.stringify(kept);
  return `${headOf(key, signatureOf(key, cell, secret))}${cell}}\n`;
}

/**
 * Reads what entryText wrote.
 *
 * @param text The text of the file.
 * @param key The key under which it lies.
 * @param secret The key that signs.
 * @returns What is kept.
 * @throws {SyntaxError | TypeError} When it is anything else; the message says what it is.
 */
export function readEntry(text: string, key: string, secret: string): CellEntry {
  const start = headOf(key, "0".repeat(64)).length;
  const cell = text.slice(start, -2);
  const signature = signatureOf(key, cell, secret);
  if (!sameText(text.slice(0, start), headOf(key, signature)) || !text.endsWith("}\n")) {
    throw new TypeError("it is cut off, altered, or not of this workbench");
  }
  const read = entry.safeParse(JSON.parse(cell));
  if (!read.success) throw new TypeError("it has another shape");
  return read.data as CellEntry;
}

function headOf(key: string, signature: string): string {
  return `{"schema":1,"key":"${key}","signature":"${signature}","cell":`;
}

function signatureOf(key: string, cell: string, secret: string): string {
  return createHmac("sha256", secret).update(`cell ${key} ${cell}`).digest("hex");
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => new TextEncoder().encode(text));
  return left!.length === right!.length && timingSafeEqual(left!, right!);
}
