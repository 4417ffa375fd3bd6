import type { SignatureColumn } from "../signature.ts";

/** Values of the key columns, by name. */
export type KeyColumns = ReadonlyMap<string, ArrayLike<unknown>>;

/**
 * Tells whether the keys are whole numbers in SQLite; all others are text, of several columns their JSON.
 *
 * @param inputs the key columns
 * @returns true when there is one, of integers
 */
export function isNumberKey(inputs: readonly SignatureColumn[]): boolean {
  return inputs.length === 1 && inputs[0]!.type !== "string";
}

/**
 * Writes one key as SQLite holds it.
 *
 * @param inputs the key columns
 * @param columns their values
 * @param row number of the row, from 0
 * @returns a whole number or a text
 */
export function keyOf(inputs: readonly SignatureColumn[], columns: KeyColumns, row: number): string | number | bigint {
  if (inputs.length === 1) return columns.get(inputs[0]!.name)![row] as string | number | bigint;
  return `[${inputs.map(({ name }) => jsonOf(columns.get(name)![row])).join(",")}]`;
}

/**
 * Writes keys as a JSON list, as which SQLite takes many at once. A text that is no Unicode is no key of any table.
 *
 * @param inputs the key columns
 * @param columns their values
 * @param from first row
 * @param to row after the last
 * @returns JSON
 */
export function keysOf(inputs: readonly SignatureColumn[], columns: KeyColumns, from: number, to: number): string {
  const keys: string[] = [];
  for (let row = from; row < to; row++) keys.push(jsonOf(keyOf(inputs, columns, row)));
  return `[${keys.join(",")}]`;
}

function jsonOf(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
