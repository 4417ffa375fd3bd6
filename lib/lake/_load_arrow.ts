import * as duck from "@duckdb/node-api";
import { type Batch, type DataType, type Field, Table, TimeUnit, Type } from "@uwdata/flechette";
import { type ArrowTable, typeName } from "../columns/mod.ts";
import { quoteName } from "./sql_type.ts";

type CellReader = (row: number) => duck.DuckDBValue;

const CHUNK_ROWS = 2048; // DuckDB's own vector size

const WHOLE: Readonly<Record<string, duck.DuckDBType>> = {
  int8: duck.TINYINT,
  int16: duck.SMALLINT,
  int32: duck.INTEGER,
  int64: duck.BIGINT,
  uint8: duck.UTINYINT,
  uint16: duck.USMALLINT,
  uint32: duck.UINTEGER,
  uint64: duck.UBIGINT,
};

/** Puts an Arrow table into a new temporary table of DuckDB, each value exact. */
export async function loadArrow(connection: duck.DuckDBConnection, table: ArrowTable, name: string): Promise<void> {
  const { children, names } = flechetteTable(table);
  const types = children.map((column, i) => duckType(column.type, names[i]!));
  const columns = types.map((type, i) => `${quoteName(names[i]!)} ${type}`);
  await connection.run(`CREATE TEMP TABLE ${quoteName(name)} (${columns.join(", ")})`);
  const appender = await connection.createAppender(name, "main", "temp");
  for (let batch = 0; batch < (children[0]?.data.length ?? 0); batch++) {
    const batches = children.map((column) => column.data[batch] as Batch<unknown>);
    const readers = batches.map((one) => cellReader(one));
    for (let start = 0; start < batches[0]!.length; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, batches[0]!.length - start);
      const chunk = duck.DuckDBDataChunk.create(types, count);
      readers.forEach((read, i) =>
        chunk.setColumnValues(i, Array.from({ length: count }, (_, row) => read(start + row)))
      );
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
}

function flechetteTable(table: ArrowTable): Table<Record<string, unknown>> {
  if (table instanceof Table) return table;
  throw new TypeError("Cannot write data as it must be a Result, an array of rows or an Arrow table of flechette");
}

function duckType(type: DataType, column: string): duck.DuckDBType {
  switch (type.typeId) {
    case Type.Bool:
      return duck.BOOLEAN;
    case Type.Int:
      return WHOLE[typeName(type)]!;
    case Type.Float:
      return type.precision === 1 ? duck.FLOAT : duck.DOUBLE;
    case Type.Decimal:
      if (type.bitWidth === 128 && type.precision <= 38) return duck.DECIMAL(type.precision, type.scale);
      break;
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return duck.VARCHAR;
    case Type.Dictionary:
      return duckType(type.dictionary, column);
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return duck.BLOB;
    case Type.Date:
      return type.unit === 0 ? duck.DATE : duck.TIMESTAMP;
    case Type.Timestamp:
      return type.timezone ? duck.TIMESTAMPTZ : duck.TIMESTAMP;
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return duck.LIST(duckType(type.children[0]!.type, column));
    case Type.Struct:
      return structType(type.children, column);
    case Type.Map: {
      const [key, value] = (type.children[0].type as Extract<DataType, { typeId: 13 }>).children;
      return duck.MAP(duckType(key!.type, column), duckType(value!.type, column));
    }
  }
  throw new TypeError(`Cannot write column "${column}" as the lake has no type for ${typeName(type)}: cast it first`);
}

function structType(children: Field[], column: string): duck.DuckDBType {
  const names = children.map((child) => child.name);
  return new duck.DuckDBStructType(names, children.map((child) => duckType(child.type, `${column}.${child.name}`)));
}

function cellReader(batch: Batch<unknown>): CellReader {
  const read = valueReader(batch);
  return (row) => batch.nullCount && batch.validity?.length && !batch.isValid(row) ? null : read(row);
}

/** Reads what DuckDB takes, from the buffers where flechette's own cells are rounded to numbers or milliseconds. */
function valueReader(batch: Batch<unknown>): CellReader {
  const { type, values, children, offsets } = batch;
  switch (type.typeId) {
    case Type.Int:
      return (row) => values[row]!;
    case Type.Decimal: {
      const words = values as BigUint64Array;
      return (row) =>
        new duck.DuckDBDecimalValue(
          BigInt.asIntN(128, (words[2 * row + 1]! << 64n) | words[2 * row]!),
          type.precision,
          type.scale,
        );
    }
    case Type.Date:
      if (type.unit === 0) return (row) => new duck.DuckDBDateValue(Number(values[row]));
      return (row) => new duck.DuckDBTimestampValue(BigInt(values[row]!) * 1000n);
    case Type.Timestamp: {
      const Value = type.timezone ? duck.DuckDBTimestampTZValue : duck.DuckDBTimestampValue;
      return (row) => new Value(microsOf(values[row] as bigint, type.unit));
    }
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return (row) => duck.blobValue(batch.value(row) as Uint8Array);
    case Type.List:
    case Type.LargeList: {
      const item = cellReader(children[0]!);
      return (row) => duck.listValue(items(item, Number(offsets[row]), Number(offsets[row + 1])));
    }
    case Type.FixedSizeList: {
      const item = cellReader(children[0]!);
      return (row) => duck.listValue(items(item, row * type.stride, (row + 1) * type.stride));
    }
    case Type.Struct: {
      const fields = type.children.map((child, i) => [child.name, cellReader(children[i]!)] as const);
      return (row) => duck.structValue(Object.fromEntries(fields.map(([name, read]) => [name, read(row)])));
    }
    case Type.Map: {
      const [key, value] = children[0]!.children.map(cellReader);
      const entry = (at: number) => ({ key: key!(at), value: value!(at) });
      return (row) => duck.mapValue(items(entry, Number(offsets[row]), Number(offsets[row + 1])));
    }
    default:
      return (row) => batch.value(row) as duck.DuckDBValue;
  }
}

function items<T>(read: (at: number) => T, start: number, end: number): T[] {
  return Array.from({ length: end - start }, (_, i) => read(start + i));
}

function microsOf(value: bigint, unit: number): bigint {
  if (unit === TimeUnit.SECOND) return value * 1_000_000n;
  if (unit === TimeUnit.MILLISECOND) return value * 1000n;
  return unit === TimeUnit.MICROSECOND ? value : value / 1000n;
}
