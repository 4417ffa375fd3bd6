import { type Batch, Type } from "@uwdata/flechette";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";
import { cellReader, type RowOptions } from "./read_cell.ts";

/**
 * Reads one column as an array, by the rules of `rowsOf`; numbers without NULL come as a typed array.
 *
 * @param table Arrow table
 * @param index number of the column, from 0
 * @param options as for `rowsOf`
 * @returns cells
 * @throws {RangeError} when an integer is past 2^53, naming the column and the row
 * @example
 * ```ts
 * import { columnValues } from "./column_values.ts";
 * import { tableFromRows } from "./from_rows.ts";
 * console.assert(columnValues(tableFromRows([{ hour: 18 }]), 0)[0] === 18);
 * ```
 */
export function columnValues(table: ArrowTable, index: number, options: RowOptions = {}): ArrayLike<unknown> {
  const column = flechetteTable(table).children[index]!, path = table.names[index]!;
  const numbers = column.data.map((batch) => numbersOf(batch as Batch<unknown>, path, options));
  if (numbers.length === 1 && numbers[0]) return numbers[0];
  const texts = column.data.map((batch) => textsOf(batch as Batch<unknown>));
  if (texts.length === 1 && texts[0]) return texts[0];
  const values: unknown[] = [];
  for (const batch of column.data as readonly Batch<unknown>[]) {
    const read = cellReader(batch, path, options);
    for (let row = 0; row < batch.length; row++) values.push(read(row));
  }
  return values;
}

/** The values of a batch of numbers without NULL, or null when it is something else. */
function numbersOf(batch: Batch<unknown>, path: string, options: RowOptions): ArrayLike<unknown> | null {
  const { type, length, nullCount, values } = batch;
  const isNumber = type.typeId === Type.Int || (type.typeId === Type.Float && type.precision > 0);
  if (!isNumber || nullCount > 0) return null;
  if (type.typeId === Type.Float || type.bitWidth < 64 || options.bigint) return values.subarray(0, length) as never;
  const read = cellReader(batch, path, options), numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) numbers[row] = read(row) as number;
  return numbers;
}

/** The texts of a batch without NULL, decoded at once where each byte is a character; null when it is something else. */
function textsOf({ type, length, nullCount, values, offsets }: Batch<unknown>): string[] | null {
  if (type.typeId !== Type.Utf8 || nullCount > 0 || length === 0) return null;
  const starts = offsets as Int32Array, first = starts[0]!;
  const bytes = (values as Uint8Array).subarray(first, starts[length]);
  const whole = new TextDecoder().decode(bytes);
  if (whole.length !== bytes.length) return null;
  const texts = new Array<string>(length);
  for (let row = 0; row < length; row++) texts[row] = whole.slice(starts[row]! - first, starts[row + 1]! - first);
  return texts;
}
