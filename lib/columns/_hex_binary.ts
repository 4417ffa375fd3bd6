import { type Batch, batchType, Column, type DataType, type Field, Table, Type, utf8 } from "@uwdata/flechette";
import { type ArrowTable, flechetteTable } from "./arrow_table.ts";

/** Turns blobs, nested ones too, into hexadecimal text; a table without blobs is returned as it is. */
export function hexBinary(table: ArrowTable): ArrowTable {
  const { schema, children } = flechetteTable(table);
  if (!children.some((column) => holdsBinary(column.type))) return table;
  const columns = children.map((column) => new Column(column.data.map(hexBatch), hexType(column.type)));
  return new Table<Record<string, unknown>>({ ...schema, fields: schema.fields.map(hexField) }, columns);
}

function holdsBinary(type: DataType): boolean {
  return type.typeId === Type.Binary || childrenOf(type).some((child) => holdsBinary(child.type));
}

function childrenOf(type: DataType): Field[] {
  return "children" in type ? type.children : [];
}

function hexField(field: Field): Field {
  return { ...field, type: hexType(field.type) };
}

function hexType(type: DataType): DataType {
  if (type.typeId === Type.Binary) return utf8();
  return "children" in type ? { ...type, children: type.children.map(hexField) } as DataType : type;
}

function hexBatch(batch: Batch<unknown>): Batch<unknown> {
  if (!holdsBinary(batch.type)) return batch;
  const type = hexType(batch.type);
  const BatchClass = batchType(type, { useDate: true }) as unknown as typeof Batch;
  if (batch.type.typeId !== Type.Binary) {
    return new BatchClass({ ...batch, type, children: batch.children.map(hexBatch) });
  }
  const bytes = batch.values as Uint8Array;
  const offsets = (batch.offsets as Int32Array).map((offset) => offset * 2);
  return new BatchClass({ ...batch, type, offsets, values: new TextEncoder().encode(bytes.toHex()) });
}
