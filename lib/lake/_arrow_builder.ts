import {
  type DuckDBArrayType,
  type DuckDBDecimalType,
  type DuckDBEnumType,
  type DuckDBListType,
  type DuckDBListVector,
  type DuckDBMapType,
  type DuckDBMapVector,
  type DuckDBStructType,
  type DuckDBStructVector,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBVector,
} from "@duckdb/node-api";
import * as arrow from "@uwdata/flechette";
import type { ArrowType, ColumnBuffers, TypedArray } from "../columns/mod.ts";
import { bitmapBuilder, isNullAt, packBits } from "./_bitmap.ts";
import { growing } from "./_grow.ts";
import { textBuilder } from "./_text_builder.ts";
import { decimalReader, narrowHuge, type NumericArray } from "./_wide_numbers.ts";
import { itemsOf, maskOf, type Spans, spansOfArray, spansOfMap, viewOf } from "./_vector_memory.ts";

/** Collects one column of a result, chunk by chunk, as Arrow buffers. */
export interface ArrowBuilder {
  add(vector: DuckDBVector, count: number): void;
  finish(): ColumnBuffers;
}

const MICROS = arrow.TimeUnit.MICROSECOND;

/** Types whose cells DuckDB and Arrow lay out alike. */
const SAME_LAYOUT: Readonly<Record<number, [() => ArrowType, NumericArray]>> = {
  [DuckDBTypeId.TINYINT]: [arrow.int8, Int8Array],
  [DuckDBTypeId.SMALLINT]: [arrow.int16, Int16Array],
  [DuckDBTypeId.INTEGER]: [arrow.int32, Int32Array],
  [DuckDBTypeId.BIGINT]: [arrow.int64, BigInt64Array],
  [DuckDBTypeId.UTINYINT]: [arrow.uint8, Uint8Array],
  [DuckDBTypeId.USMALLINT]: [arrow.uint16, Uint16Array],
  [DuckDBTypeId.UINTEGER]: [arrow.uint32, Uint32Array],
  [DuckDBTypeId.UBIGINT]: [arrow.uint64, BigUint64Array],
  [DuckDBTypeId.FLOAT]: [arrow.float32, Float32Array],
  [DuckDBTypeId.DOUBLE]: [arrow.float64, Float64Array],
  [DuckDBTypeId.DATE]: [arrow.dateDay, Int32Array],
  [DuckDBTypeId.TIMESTAMP]: [() => arrow.timestamp(MICROS, null), BigInt64Array],
  [DuckDBTypeId.TIMESTAMP_TZ]: [() => arrow.timestamp(MICROS, "UTC"), BigInt64Array],
  [DuckDBTypeId.TIMESTAMP_S]: [() => arrow.timestamp(arrow.TimeUnit.SECOND, null), BigInt64Array],
  [DuckDBTypeId.TIMESTAMP_MS]: [() => arrow.timestamp(arrow.TimeUnit.MILLISECOND, null), BigInt64Array],
  [DuckDBTypeId.TIMESTAMP_NS]: [() => arrow.timestamp(arrow.TimeUnit.NANOSECOND, null), BigInt64Array],
};

/** Makes the builder of a column; types that Arrow lacks become their SQL text. */
export function arrowBuilder(type: DuckDBType, column: string): ArrowBuilder {
  const same = SAME_LAYOUT[type.typeId];
  if (same) return itemsBuilder(same[0](), same[1], (vector) => itemsOf(vector));
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return booleanBuilder();
    case DuckDBTypeId.HUGEINT:
      return itemsBuilder(arrow.int64(), BigInt64Array, (vector, n) => narrowHuge(vector, n, BigInt64Array, column));
    case DuckDBTypeId.UHUGEINT:
      return itemsBuilder(arrow.uint64(), BigUint64Array, (vector, n) => narrowHuge(vector, n, BigUint64Array, column));
    case DuckDBTypeId.DECIMAL:
      return decimalBuilder(type as DuckDBDecimalType);
    case DuckDBTypeId.VARCHAR:
      return bytesBuilder(arrow.utf8(), column);
    case DuckDBTypeId.BLOB:
      return bytesBuilder(arrow.binary(), column);
    case DuckDBTypeId.ENUM:
      return enumBuilder(type as DuckDBEnumType, column);
    case DuckDBTypeId.LIST:
      return listBuilder(
        arrowBuilder((type as DuckDBListType).valueType, column),
        (vector) => vector as DuckDBListVector,
      );
    case DuckDBTypeId.MAP:
      return mapBuilder(type as DuckDBMapType, column);
    case DuckDBTypeId.ARRAY:
      return arrayBuilder(type as DuckDBArrayType, column);
    case DuckDBTypeId.STRUCT:
      return structBuilder(type as DuckDBStructType, column);
    default:
      return textOfAny(column);
  }
}

function itemsBuilder(
  type: ArrowType,
  Items: NumericArray,
  itemsIn: (vector: DuckDBVector, count: number) => TypedArray,
  perRow = 1,
): ArrowBuilder {
  const values = growing(Items);
  const bitmap = bitmapBuilder();
  let length = 0;
  return {
    add(vector, count) {
      const { mask, skip } = maskOf(vector);
      bitmap.add(mask, skip, count);
      values.add(itemsIn(vector, count), count * perRow);
      length += count;
    },
    finish: () => ({ type, length, ...bitmap.finish(), values: values.finish() }),
  };
}

function booleanBuilder(): ArrowBuilder {
  const bytes = itemsBuilder(arrow.bool(), Uint8Array, (vector) => {
    const view = viewOf(vector);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  });
  return {
    add: bytes.add,
    finish() {
      const buffers = bytes.finish();
      return { ...buffers, values: packBits(buffers.values as Uint8Array) };
    },
  };
}

function decimalBuilder({ width, scale }: DuckDBDecimalType): ArrowBuilder {
  const read = decimalReader(width);
  return itemsBuilder(arrow.decimal128(width, scale), BigUint64Array, (vector, count) => {
    const view = viewOf(vector);
    const words = new BigUint64Array(count * 2);
    for (let row = 0; row < count; row++) read(view, row, words);
    return words;
  }, 2);
}

function bytesBuilder(type: ArrowType, column: string): ArrowBuilder {
  const text = textBuilder(column);
  return withBitmap(type, text.finish, (vector, count) => {
    const { mask, skip } = maskOf(vector);
    text.addVector(vector, count, mask && ((row) => isNullAt(mask, skip, row)));
  });
}

function enumBuilder({ values }: DuckDBEnumType, column: string): ArrowBuilder {
  const text = textBuilder(column);
  const encoded = values.map((value) => new TextEncoder().encode(value));
  return withBitmap(arrow.utf8(), text.finish, (vector, count) => {
    const { mask, skip } = maskOf(vector);
    const items = itemsOf(vector);
    text.addBytes(
      Array.from({ length: count }, (_, row) => isNullAt(mask, skip, row) ? null : encoded[Number(items[row])]!),
    );
  });
}

function textOfAny(column: string): ArrowBuilder {
  const text = textBuilder(column);
  const bitmap = bitmapBuilder();
  let length = 0;
  return {
    add(vector, count) {
      const values = Array.from({ length: count }, (_, row) => vector.getItem(row));
      const mask = new BigUint64Array((count + 63) >> 6);
      values.forEach((value, row) => value === null || (mask[row >> 6]! |= 1n << BigInt(row & 63)));
      bitmap.add(mask, 0, count);
      text.addBytes(values.map((value) => value === null ? null : new TextEncoder().encode(String(value))));
      length += count;
    },
    finish: () => ({ type: arrow.utf8(), length, ...bitmap.finish(), ...text.finish() }),
  };
}

function withBitmap(
  type: ArrowType,
  finish: () => Partial<ColumnBuffers>,
  add: (vector: DuckDBVector, count: number) => void,
): ArrowBuilder {
  const bitmap = bitmapBuilder();
  let length = 0;
  return {
    add(vector, count) {
      const { mask, skip } = maskOf(vector);
      bitmap.add(mask, skip, count);
      add(vector, count);
      length += count;
    },
    finish: () => ({ type, length, ...bitmap.finish(), ...finish() }),
  };
}

function listBuilder(
  items: ArrowBuilder,
  spansIn: (vector: DuckDBVector) => Spans,
  typeOf: (items: ArrowType) => ArrowType = arrow.list,
): ArrowBuilder {
  const ends: number[] = [];
  let end = 0;
  const bitmap = bitmapBuilder();
  return {
    add(vector, count) {
      const { mask, skip } = maskOf(vector);
      bitmap.add(mask, skip, count);
      const list = spansIn(vector);
      const spans = Array.from({ length: count }, (_, row) => ({
        start: list.getEntryOffset(row),
        length: isNullAt(mask, skip, row) ? 0 : list.getEntryLength(row),
      }));
      for (const { length } of spans) ends.push(end += length);
      addSpans(items, list.childVector, spans);
    },
    finish() {
      const child = items.finish();
      const offsets = new Int32Array(ends.length + 1);
      offsets.set(ends, 1);
      return {
        type: typeOf(child.type),
        length: ends.length,
        ...bitmap.finish(),
        offsets,
        children: [child],
      };
    },
  };
}

/** Items of a chunk's lists mostly lie end to end and are taken at once; else span by span. */
function addSpans(items: ArrowBuilder, child: DuckDBVector, spans: { start: number; length: number }[]): void {
  let end = 0;
  const isPacked = spans.every(({ start, length }) => length === 0 || (start === end && (end += length) > 0));
  if (isPacked) return end > 0 ? items.add(child, end) : undefined;
  for (const { start, length } of spans) if (length > 0) items.add(child.slice(start, length), length);
}

function mapBuilder({ keyType, valueType }: DuckDBMapType, column: string): ArrowBuilder {
  const entries = fieldsBuilder(["key", "value"], [arrowBuilder(keyType, column), arrowBuilder(valueType, column)]);
  return listBuilder(entries, (vector) => spansOfMap(vector as DuckDBMapVector), (type) => {
    const [key, value] = (type as ReturnType<typeof arrow.struct>).children as [arrow.Field, arrow.Field];
    return arrow.map(key, value);
  });
}

function arrayBuilder({ valueType, length }: DuckDBArrayType, column: string): ArrowBuilder {
  const items = arrowBuilder(valueType, column);
  return listBuilder(items, (vector) => spansOfArray(vector, length));
}

function structBuilder({ entryNames, entryTypes }: DuckDBStructType, column: string): ArrowBuilder {
  return fieldsBuilder(entryNames, entryTypes.map((type, i) => arrowBuilder(type, `${column}.${entryNames[i]}`)));
}

function fieldsBuilder(names: readonly string[], fields: readonly ArrowBuilder[]): ArrowBuilder {
  const bitmap = bitmapBuilder();
  let length = 0;
  return {
    add(vector, count) {
      const { mask, skip } = maskOf(vector);
      bitmap.add(mask, skip, count);
      fields.forEach((field, i) => field.add((vector as DuckDBStructVector).entryVectorAt(i), count));
      length += count;
    },
    finish() {
      const children = fields.map((field) => field.finish());
      const type = arrow.struct(children.map((child, i) => arrow.field(names[i]!, child.type)));
      return { type, length, ...bitmap.finish(), children };
    },
  };
}
