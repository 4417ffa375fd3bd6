import { type Batch, type Column, type DataType, DateUnit, TimeUnit, Type } from "@uwdata/flechette";

/** How cells become JavaScript values. */
export interface RowOptions {
  /** 64-bit integers as bigint instead of number. */
  bigint?: boolean;
  /** Decimals as exact text instead of number. */
  decimal?: "number" | "string";
  /** Dates and times as ISO 8601 text with all their digits instead of Date. */
  time?: "date" | "string";
}

/** Reads the cell of one row of a batch. */
export type CellReader = (index: number) => unknown;

type Decimal = Extract<DataType, { typeId: 7 }>;
type Timestamp = Extract<DataType, { typeId: 10 }>;

/** Makes the reader of a batch; `path` names the column in errors, such as `stops.delay`. */
export function cellReader(batch: Batch<unknown>, path: string, options: RowOptions): CellReader {
  const read = valueReader(batch, path, options);
  const { nullCount, validity } = batch;
  if (!nullCount || !validity?.length) return read;
  return (index) => (validity[index >> 3]! >> (index & 7)) & 1 ? read(index) : null;
}

function valueReader(batch: Batch<unknown>, path: string, options: RowOptions): CellReader {
  const { type, values } = batch;
  switch (type.typeId) {
    case Type.Int:
      return type.bitWidth < 64 ? (index) => values[index] : longReader(values as BigInt64Array, path, options);
    case Type.Float:
      return type.precision === 0 ? (index) => batch.value(index) : (index) => values[index];
    case Type.Decimal:
      return type.bitWidth === 128 ? decimalReader(type, values as BigUint64Array, options) : (i) => batch.value(i);
    case Type.Date: {
      const read = dateReader(values, type.unit === DateUnit.DAY ? 1 / 86_400_000 : 1, path);
      return options.time === "string" ? (index) => read(index).toISOString().replace(/T.*/, "") : read;
    }
    case Type.Timestamp: {
      const read = dateReader(values, UNITS_PER_MS[type.unit]!, path);
      return options.time === "string" ? timeTextReader(read, type, values) : read;
    }
    case Type.List:
    case Type.LargeList:
      return listReader(batch, (index) => Number(batch.offsets[index]), path, options);
    case Type.FixedSizeList:
      return listReader(batch, (index) => index * type.stride, path, options);
    case Type.Dictionary:
      return dictionaryReader(batch, path, options);
    case Type.Struct:
      return structReader(batch, path, options);
    case Type.Map:
      return mapReader(batch, path, options);
    default:
      return (index) => batch.value(index);
  }
}

const UNITS_PER_MS: Readonly<Record<number, number>> = {
  [TimeUnit.SECOND]: 1 / 1000,
  [TimeUnit.MILLISECOND]: 1,
  [TimeUnit.MICROSECOND]: 1000,
  [TimeUnit.NANOSECOND]: 1_000_000,
};

function longReader(values: BigInt64Array, path: string, options: RowOptions): CellReader {
  if (options.bigint) return (index) => values[index];
  return (index) => {
    const number = Number(values[index]);
    if (Number.isSafeInteger(number)) return number;
    throw new RangeError(
      `Cannot read column "${path}" as numbers must stay below 2^53: got ${values[index]} at row ${
        index + 1
      }; read it with { bigint: true } or cast it in SQL`,
    );
  };
}

function decimalReader(type: Decimal, values: BigUint64Array, options: RowOptions): CellReader {
  const { scale } = type;
  const unit = 10 ** scale;
  return (index) => {
    const scaled = BigInt.asIntN(128, (values[2 * index + 1]! << 64n) | values[2 * index]!);
    if (options.decimal === "string") return decimalText(scaled, scale);
    const number = Number(scaled);
    // One division of two exact numbers rounds once; past 2^53 or 10^22 only the text rounds once.
    return Number.isSafeInteger(number) && scale <= 22 ? number / unit : Number(decimalText(scaled, scale));
  };
}

function decimalText(scaled: bigint, scale: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${scaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale ? `.${digits.slice(point)}` : ""}`;
}

function dateReader(values: Batch<unknown>["values"], unitsPerMs: number, path: string): (index: number) => Date {
  return (index) => {
    const units = Number(values[index]);
    const date = new Date(msOf(values[index]!, unitsPerMs));
    if (!Number.isNaN(date.getTime())) return date;
    throw new RangeError(
      `Cannot read column "${path}" as a Date must lie within 271,821 BC and 275,760 AD: got ${units} at row ${
        index + 1
      }; cast it to VARCHAR in SQL`,
    );
  };
}

/** What a Date leaves out are the digits behind the millisecond. */
function timeTextReader(read: (index: number) => Date, type: Timestamp, values: Batch<unknown>["values"]): CellReader {
  const unitsPerMs = BigInt(Math.max(1, UNITS_PER_MS[type.unit]!));
  const digits = unitsPerMs.toString().length - 1;
  const zone = type.timezone ? "Z" : "";
  return (index) => {
    const rest = ((BigInt(values[index] as bigint) % unitsPerMs) + unitsPerMs) % unitsPerMs;
    const finer = digits === 0 ? "" : rest.toString().padStart(digits, "0");
    return `${`${read(index).toISOString().slice(0, -1)}${finer}`.replace(/\.0+$/, "")}${zone}`;
  };
}

function msOf(units: number | bigint, unitsPerMs: number): number {
  if (unitsPerMs <= 1) return Math.round(Number(units) / unitsPerMs);
  if (unitsPerMs === 1000 && Number.isSafeInteger(Number(units))) return Math.floor(Number(units) / unitsPerMs);
  const value = BigInt(units), divisor = BigInt(unitsPerMs), rest = value % divisor; // nanoseconds are past 2^53
  return Number((value - rest) / divisor) - (rest < 0n ? 1 : 0);
}

function listReader(
  { children }: Batch<unknown>,
  startOf: (index: number) => number,
  path: string,
  options: RowOptions,
): CellReader {
  const read = cellReader(children[0]!, path, options);
  return (index) => {
    const start = startOf(index), end = startOf(index + 1);
    return Array.from({ length: end - start }, (_, item) => read(start + item));
  };
}

/** Each value of the dictionary is read once, the first time that a row has it. */
function dictionaryReader(batch: Batch<unknown>, path: string, options: RowOptions): CellReader {
  const { data } = (batch as unknown as { dictionary: Column<unknown> }).dictionary;
  const readers = data.flatMap((part) => {
    const read = cellReader(part as Batch<unknown>, path, options);
    return Array.from({ length: part.length }, (_, index) => () => read(index));
  });
  const seen: unknown[] = [];
  return (index) => {
    const key = Number(batch.values[index]);
    return key in seen ? seen[key] : seen[key] = readers[key]!();
  };
}

function structReader({ type, children }: Batch<unknown>, path: string, options: RowOptions): CellReader {
  const names = (type as Extract<DataType, { typeId: 13 }>).children.map((child) => child.name);
  return recordReader(names, children.map((child, i) => cellReader(child, `${path}.${names[i]}`, options)));
}

function mapReader({ children, offsets }: Batch<unknown>, path: string, options: RowOptions): CellReader {
  const [keys, values] = children[0]!.children.map((child) => cellReader(child, path, options));
  return (index) => {
    const start = Number(offsets[index]), end = Number(offsets[index + 1]);
    const pairs = Array.from({ length: end - start }, (_, i) => [keys!(start + i), values!(start + i)] as const);
    return pairs.every(([key]) => typeof key === "string") ? Object.fromEntries(pairs) : pairs;
  };
}

/** Makes plain objects of several readers; a column named `__proto__` becomes an own property, not a prototype. */
export function recordReader(names: readonly string[], readers: readonly CellReader[]): (
  index: number,
) => Record<string, unknown> {
  if (names.includes("__proto__")) {
    return (index) => Object.fromEntries(names.map((name, i) => [name, readers[i]!(index)]));
  }
  return (index) => {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) record[names[i]!] = readers[i]!(index);
    return record;
  };
}
