import { type Batch, type Column, type DataType, field, list, map, struct, Type, utf8 } from "@uwdata/flechette";
import { type ColumnBuffers, columnOf, type TypedArray } from "./arrow_table.ts";

/** Collects rows of batches of one type as the buffers of one column. */
interface Taker {
  /** Adds rows of a batch; -1 adds NULL. */
  add(batch: Batch<unknown>, rows: Int32Array): void;
  finish(): ColumnBuffers;
}

/**
 * Takes rows of a column in any order, buffer by buffer, so that every value stays exact. Dictionaries are spelled out, and
 * lists and text become plain ones.
 *
 * @param column flechette column
 * @param rows row numbers
 * @returns a column of those rows, one batch long
 */
export function takeRows(column: Column<unknown>, rows: ArrayLike<number>): Column<unknown> {
  const taker = takerOf(column.type);
  const { data, offsets } = column as unknown as { data: Batch<unknown>[]; offsets: ArrayLike<number> };
  for (let start = 0; start < rows.length;) {
    const batch = batchAt(offsets, data.length, rows[start]!), first = offsets[batch]!;
    const local: number[] = [];
    let at = start;
    for (; at < rows.length && rows[at]! >= first && rows[at]! < first + data[batch]!.length; at++) {
      local.push(rows[at]! - first);
    }
    taker.add(data[batch]!, Int32Array.from(local));
    start = at;
  }
  return columnOf(taker.finish()) as unknown as Column<unknown>;
}

function batchAt(offsets: ArrayLike<number>, batches: number, row: number): number {
  let batch = 0;
  while (batch + 1 < batches && offsets[batch + 1]! <= row) batch++;
  return batch;
}

function takerOf(type: DataType): Taker {
  switch (type.typeId) {
    case Type.Dictionary:
      return dictionaryTaker(type.dictionary);
    case Type.Bool:
      return withNulls(type, bitTaker());
    case Type.Utf8:
    case Type.LargeUtf8:
      return withNulls(utf8(), bytesTaker());
    case Type.Binary:
      return withNulls(type, bytesTaker());
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.Map:
      return listTaker(type);
    case Type.Struct:
      return structTaker(type);
    case Type.Int:
    case Type.Float:
    case Type.Decimal:
    case Type.Date:
    case Type.Timestamp:
    case Type.Time:
    case Type.Duration:
      return withNulls(
        type,
        itemTaker(type.values as Float64ArrayConstructor, type.typeId === Type.Decimal ? type.bitWidth / 64 : 1),
      );
  }
  throw new TypeError(`Cannot take rows of a column as its Arrow type must be a common one: got type ${type.typeId}`);
}

type Values = Omit<Taker, "finish"> & { finish(): Partial<ColumnBuffers> };

function withNulls(type: DataType, values: Values): Taker {
  const valid: boolean[] = [];
  return {
    add(batch, rows) {
      const own = ownRows(batch, rows);
      for (const row of own) valid.push(row >= 0);
      values.add(batch, own);
    },
    finish: () => ({ type, length: valid.length, ...validityOf(valid), ...values.finish() }),
  };
}

function ownRows({ nullCount, validity }: Batch<unknown>, rows: Int32Array): Int32Array {
  if (!nullCount || !validity?.length) return rows;
  return rows.map((row) => row < 0 || !((validity[row >> 3]! >> (row & 7)) & 1) ? -1 : row);
}

function validityOf(valid: readonly boolean[]): { nullCount: number; validity: Uint8Array } {
  const validity = new Uint8Array((valid.length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < valid.length; i++) {
    if (valid[i]) validity[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return { nullCount, validity };
}

function itemTaker(Items: Float64ArrayConstructor, perRow: number): Values {
  const parts: TypedArray[] = [];
  return {
    add({ values }, rows) {
      const from = values as Float64Array,
        taken = new (from.constructor as Float64ArrayConstructor)(rows.length * perRow);
      for (let i = 0; i < rows.length; i++) {
        for (let k = 0; rows[i]! >= 0 && k < perRow; k++) taken[i * perRow + k] = from[rows[i]! * perRow + k]!;
      }
      parts.push(taken);
    },
    finish: () => ({ values: parts.length === 0 ? new Items(0) : concat(parts) }),
  };
}

function bitTaker(): Values {
  const bits: boolean[] = [];
  return {
    add({ values }, rows) {
      for (const row of rows) bits.push(row >= 0 && ((values[row >> 3] as number >> (row & 7)) & 1) === 1);
    },
    finish: () => ({ values: validityOf(bits).validity }),
  };
}

function bytesTaker(): Values {
  const parts: Uint8Array[] = [], ends = [0];
  return {
    add({ values, offsets }, rows) {
      for (const row of rows) {
        if (row >= 0) parts.push((values as Uint8Array).subarray(Number(offsets[row]), Number(offsets[row + 1])));
        ends.push(ends.at(-1)! + (row >= 0 ? parts.at(-1)!.length : 0));
      }
    },
    finish: () => ({
      offsets: Int32Array.from(ends),
      values: parts.length === 0 ? new Uint8Array() : concat(parts) as Uint8Array,
    }),
  };
}

function dictionaryTaker(type: DataType): Taker {
  const taker = takerOf(type);
  return {
    add(batch, rows) {
      const own = ownRows(batch, rows), { data } = (batch as unknown as { dictionary: Column<unknown> }).dictionary;
      if (data.length > 1) {
        throw new TypeError("Cannot take rows of a dictionary as it must be in one piece: got several");
      }
      if (data.length === 1) {
        return taker.add(data[0] as Batch<unknown>, own.map((row) => row < 0 ? -1 : Number(batch.values[row])));
      }
      taker.add({ nullCount: 0, values: new Uint8Array() } as unknown as Batch<unknown>, own);
    },
    finish: taker.finish,
  };
}

function listTaker(type: DataType): Taker {
  const items = takerOf((type as ReturnType<typeof list>).children[0]!.type);
  const stride = type.typeId === Type.FixedSizeList ? type.stride : 0, ends = [0];
  return withNulls(type, {
    add(batch, rows) {
      const startOf = (row: number): number => stride > 0 ? row * stride : Number(batch.offsets[row]);
      const taken: number[] = [];
      for (const row of rows) {
        const start = row < 0 ? 0 : startOf(row), end = row < 0 ? 0 : startOf(row + 1);
        for (let item = start; item < end; item++) taken.push(item);
        ends.push(ends.at(-1)! + end - start);
      }
      items.add(batch.children[0]!, Int32Array.from(taken));
    },
    finish() {
      const child = items.finish();
      return {
        type: type.typeId === Type.Map ? mapOf(child.type) : list(child.type),
        offsets: Int32Array.from(ends),
        children: [child],
      };
    },
  });
}

function mapOf(entries: DataType): DataType {
  const [key, value] = (entries as Extract<DataType, { typeId: 13 }>).children;
  return map(key!, value!);
}

function structTaker(type: DataType): Taker {
  const { children: given } = type as Extract<DataType, { typeId: 13 }>;
  const names = given.map(({ name }) => name), fields = given.map((child) => takerOf(child.type));
  return withNulls(type, {
    add: (batch, rows) => fields.forEach((one, i) => one.add(batch.children[i]!, rows)),
    finish() {
      const children = fields.map((one) => one.finish());
      return { type: struct(children.map((child, i) => field(names[i]!, child.type))), children };
    },
  });
}

function concat(parts: readonly TypedArray[]): TypedArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (parts[0]!.constructor as Float64ArrayConstructor)(length);
  let at = 0;
  for (const part of parts) {
    all.set(part as Float64Array, at);
    at += part.length;
  }
  return all;
}
