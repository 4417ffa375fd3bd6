import {
  type Batch,
  batchType,
  Column,
  type DataType,
  type Field,
  float64,
  Table,
  Type,
  utf8,
} from "@uwdata/flechette";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";

/**
 * Turns what polars for JavaScript cannot read back, nested too, into what it can: blobs into hexadecimal text, decimals
 * into doubles. A table without them is returned as it is.
 */
export function polarsTypes(table: ArrowTable): ArrowTable {
  const { schema, children } = flechetteTable(table);
  if (!children.some((column) => isForeign(column.type))) return table;
  const columns = children.map((column) => new Column(column.data.map(convertBatch), convertType(column.type)));
  return new Table<Record<string, unknown>>({ ...schema, fields: schema.fields.map(convertField) }, columns);
}

function isForeign(type: DataType): boolean {
  if (type.typeId === Type.Binary || type.typeId === Type.Decimal) return true;
  return "children" in type && type.children.some((child) => isForeign(child.type));
}

function convertField(field: Field): Field {
  return { ...field, type: convertType(field.type) };
}

function convertType(type: DataType): DataType {
  if (type.typeId === Type.Binary) return utf8();
  if (type.typeId === Type.Decimal) return float64();
  return "children" in type ? { ...type, children: type.children.map(convertField) } as DataType : type;
}

function convertBatch(batch: Batch<unknown>): Batch<unknown> {
  if (!isForeign(batch.type)) return batch;
  const type = convertType(batch.type);
  const BatchClass = batchType(type, { useDate: true }) as unknown as typeof Batch;
  return new BatchClass({ ...batch, type, ...convertBuffers(batch) });
}

function convertBuffers(batch: Batch<unknown>): Partial<ConstructorParameters<typeof Batch>[0]> {
  if (batch.type.typeId === Type.Decimal) {
    return { values: Float64Array.from({ length: batch.length }, (_, i) => Number(batch.value(i))) };
  }
  if (batch.type.typeId !== Type.Binary) return { children: batch.children.map(convertBatch) };
  return {
    offsets: (batch.offsets as Int32Array).map((offset) => offset * 2),
    values: new TextEncoder().encode((batch.values as Uint8Array).toHex()),
  };
}
