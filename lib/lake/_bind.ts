import {
  BIGINT,
  BLOB,
  blobValue,
  BOOLEAN,
  DOUBLE,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  LIST,
  listValue,
  SQLNULL,
  TIMESTAMPTZ,
  timestampTZValue,
  VARCHAR,
} from "@duckdb/node-api";

/** Binds the values of a query; DuckDB casts each to what its place needs, so `"2001-05-01"` serves as a time. */
export function bindValues(prepared: DuckDBPreparedStatement, values: readonly unknown[]): void {
  if (values.length !== prepared.parameterCount) {
    throw new RangeError(
      `Cannot bind parameters as the query needs ${prepared.parameterCount}: got ${values.length}`,
    );
  }
  values.forEach((value, i) => {
    const { bound, type } = boundValue(value, `parameter ${i + 1}`);
    prepared.bindValue(i + 1, bound, type);
  });
}

interface Bound {
  bound: DuckDBValue;
  type: DuckDBType;
}

function boundValue(value: unknown, place: string): Bound {
  switch (typeof value) {
    case "string":
      return { bound: value, type: VARCHAR };
    case "boolean":
      return { bound: value, type: BOOLEAN };
    case "number":
      return Number.isSafeInteger(value) ? { bound: BigInt(value), type: BIGINT } : { bound: value, type: DOUBLE };
    case "bigint":
      return boundBigint(value, place);
  }
  if (value === null) return { bound: null, type: SQLNULL };
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    return { bound: timestampTZValue(BigInt(value.getTime()) * 1000n), type: TIMESTAMPTZ };
  }
  if (value instanceof Uint8Array) return { bound: blobValue(value), type: BLOB };
  if (Array.isArray(value)) return boundList(value, place);
  throw new TypeError(
    `Cannot bind ${place} as it must be null, a boolean, number, bigint, string, Date, Uint8Array or an array of them: got ${
      describe(value)
    }`,
  );
}

function boundBigint(value: bigint, place: string): Bound {
  if (BigInt.asIntN(64, value) === value) return { bound: value, type: BIGINT };
  if (BigInt.asIntN(128, value) === value) return { bound: value, type: HUGEINT };
  throw new RangeError(`Cannot bind ${place} as it must fit 128 bits: got ${value}`);
}

function boundList(values: readonly unknown[], place: string): Bound {
  const bounds = values.map((value, i) => boundValue(value, `${place}, item ${i + 1},`));
  const types = new Map(bounds.filter(({ bound }) => bound !== null).map(({ type }) => [type.toString(), type]));
  if (types.size > 1 && [...types.keys()].every((name) => name === "BIGINT" || name === "DOUBLE")) {
    return { bound: listValue(bounds.map(({ bound }) => bound === null ? null : Number(bound))), type: LIST(DOUBLE) };
  }
  if (types.size > 1) {
    throw new TypeError(
      `Cannot bind ${place} as the items of a list must be of one type: got ${[...types.keys()].join(" and ")}`,
    );
  }
  const [type = SQLNULL] = types.values();
  return { bound: listValue(bounds.map(({ bound }) => bound)), type: LIST(type) };
}

function describe(value: unknown): string {
  if (value instanceof Date) return "an invalid Date";
  if (typeof value !== "object" || value === null) return typeof value;
  return "columns" in value || "numRows" in value
    ? "a table; write it to the lake first, or bind an array"
    : `a ${value.constructor?.name ?? "object"}`;
}
