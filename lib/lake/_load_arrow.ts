import * as duck from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import { type Batch, type DataType, type Field, type Table, Type } from "@uwdata/flechette";
import { type ArrowTable, typeName } from "../columns/mod.ts";
import { fillVector, rowsFrom } from "./_fill_vector.ts";
import { quoteName } from "./sql_type.ts";

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
  const { children, names } = table as Table<Record<string, unknown>>;
  const types = children.map((column, i) => duckType(column.type, names[i]!));
  const columns = types.map((type, i) => `${quoteName(names[i]!)} ${type}`);
  await connection.run(`CREATE TEMP TABLE ${quoteName(name)} (${columns.join(", ")})`);
  const appender = await connection.createAppender(name, "main", "temp");
  for (let batch = 0; batch < (children[0]?.data.length ?? 0); batch++) {
    const batches = children.map((column) => column.data[batch] as Batch<unknown>);
    for (let start = 0; start < batches[0]!.length; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, batches[0]!.length - start);
      const chunk = duck.DuckDBDataChunk.create(types, count), rows = rowsFrom(start, count);
      batches.forEach((one, i) => fillVector(bindings.data_chunk_get_vector(chunk.chunk, i), one, rows));
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
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
