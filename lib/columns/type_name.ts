import { DateUnit, TimeUnit, Type } from "@uwdata/flechette";
import type { ArrowType } from "./arrow_table.ts";

/** The plain column types; nested ones are spelled `list<…>`, `struct<name: …>`, `map<…, …>`, `decimal(18,2)`. */
export type ColumnType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float"
  | "double"
  | "string"
  | "binary"
  | "date"
  | "timestamp"
  | "timestamp_ntz";

const PLAIN: Readonly<Record<number, string>> = {
  [Type.Null]: "null",
  [Type.Bool]: "bool",
  [Type.Utf8]: "string",
  [Type.LargeUtf8]: "string",
  [Type.Utf8View]: "string",
  [Type.Binary]: "binary",
  [Type.LargeBinary]: "binary",
  [Type.BinaryView]: "binary",
  [Type.FixedSizeBinary]: "binary",
  [Type.Time]: "time",
  [Type.Interval]: "interval",
  [Type.Duration]: "duration",
  [Type.Union]: "union",
};

/**
 * Names an Arrow type the way tables show it.
 *
 * @param type Arrow type
 * @returns a ColumnType, or the spelling of a nested type, such as `list<string>`
 * @example
 * ```ts
 * import { int64, list } from "@uwdata/flechette";
import type { ArrowType } from "./arrow_table.ts";
 * import { typeName } from "./type_name.ts";
 * console.assert(typeName(list(int64())) === "list<int64>");
 * ```
 */
export function typeName(type: ArrowType): string {
  switch (type.typeId) {
    case Type.Int:
      return `${type.signed ? "int" : "uint"}${type.bitWidth}`;
    case Type.Float:
      return type.precision === 2 ? "double" : "float";
    case Type.Decimal:
      return `decimal(${type.precision},${type.scale})`;
    case Type.Date:
      return type.unit === DateUnit.DAY ? "date" : "timestamp_ntz";
    case Type.Timestamp:
      return timestampName(type.timezone, type.unit);
    case Type.Dictionary:
      return typeName(type.dictionary);
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.ListView:
    case Type.LargeListView:
      return `list<${typeName(type.children[0]!.type)}>`;
    case Type.Struct:
      return `struct<${type.children.map((child) => `${child.name}: ${typeName(child.type)}`).join(", ")}>`;
    case Type.Map:
      return `map<${entriesOf(type.children[0].type).map(typeName).join(", ")}>`;
    default:
      return PLAIN[type.typeId] ?? "unknown";
  }
}

/**
 * Tells whether values of a type are numbers, which tables align to the right.
 *
 * @param type Arrow type
 * @returns true for integers, floats and decimals
 */
export function isNumeric(type: ArrowType): boolean {
  return type.typeId === Type.Int || type.typeId === Type.Float || type.typeId === Type.Decimal;
}

function timestampName(timezone: string | null, unit: number): string {
  return `timestamp${timezone ? "" : "_ntz"}${unit === TimeUnit.NANOSECOND ? "_ns" : ""}`;
}

function entriesOf(entry: ArrowType): ArrowType[] {
  return entry.typeId === Type.Struct ? entry.children.map((child) => child.type) : [];
}
