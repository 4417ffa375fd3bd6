import {
  BIGINT,
  DECIMAL,
  DOUBLE,
  DuckDBInstance,
  type DuckDBType,
  ENUM,
  HUGEINT,
  LIST,
  MAP,
  SQLNULL,
  STRUCT,
  TIMESTAMP,
  UBIGINT,
  UUID,
  VARCHAR,
} from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Field, type FieldType, parseSchema, writeSchema } from "./field.ts";
import { mergeSchema, typeText } from "./merge_schema.ts";
import { deltaType, quoteName, quoteText, sqlType } from "./sql_type.ts";

const field = (name: string, type: FieldType): Field => ({ name, type, nullable: true });

test("mergeSchema() returns the same schema when nothing is new", () => {
  const current = [field("a", "long"), field("b", { type: "struct", fields: [field("x", "double")] })];
  expect(mergeSchema(current, [field("A", "integer")], "t")).toBe(current);
  expect(mergeSchema(current, [field("b", { type: "struct", fields: [field("X", "float")] })], "t")).toBe(current);
});

test("mergeSchema() adds columns and nested fields behind the others, nullable", () => {
  const current = [
    field("a", "long"),
    field("s", { type: "array", elementType: { type: "struct", fields: [field("x", "long")] } }),
  ];
  const incoming = [
    field("s", { type: "array", elementType: { type: "struct", fields: [field("y", "string")] } }),
    { ...field("new", "date"), nullable: false },
  ];
  expect(mergeSchema(current, incoming, "t")).toEqual([
    field("a", "long"),
    field("s", { type: "array", elementType: { type: "struct", fields: [field("x", "long"), field("y", "string")] } }),
    field("new", "date"),
  ]);
});

test("mergeSchema() merges maps by key and value", () => {
  const map = (valueType: FieldType): FieldType => ({ type: "map", keyType: "string", valueType });
  const struct = (...names: string[]): FieldType => ({
    type: "struct",
    fields: names.map((name) => field(name, "long")),
  });
  expect(mergeSchema([field("m", map(struct("x")))], [field("m", map(struct("y")))], "t")).toEqual([
    field("m", map(struct("x", "y"))),
  ]);
});

test("mergeSchema() takes only what fits exactly, naming the column", () => {
  const accepted: [FieldType, FieldType][] = [["byte", "long"], ["float", "double"], ["integer", "double"], [
    "decimal(9,2)",
    "decimal(18,4)",
  ]];
  for (const [from, to] of accepted) {
    expect(mergeSchema([field("px", to)], [field("px", from)], "trades")).toEqual([field("px", to)]);
  }
  const refused: [FieldType, FieldType][] = [
    ["long", "integer"],
    ["long", "double"],
    ["double", "long"],
    ["string", "double"],
    ["date", "timestamp"],
    ["decimal(18,2)", "decimal(18,4)"],
    [{ type: "array", elementType: "long" }, "long"],
    [{ type: "struct", fields: [] }, { type: "array", elementType: "long" }],
  ];
  for (const [from, to] of refused) {
    const merge = () => mergeSchema([field("px", to)], [field("px", from)], "trades");
    expect(merge).toThrow(TypeError);
    expect(merge).toThrow(
      `Cannot append to "trades" as column "px" must be ${typeText(to)}: got ${typeText(from)}; cast it in SQL`,
    );
  }
  const nested = field("s", { type: "struct", fields: [field("x", "long")] });
  const wrong = field("s", { type: "struct", fields: [field("x", "string")] });
  expect(() => mergeSchema([nested], [wrong], "t")).toThrow('as column "s.x" must be long: got string');
});

const primitive = fc.constantFrom(
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "float",
  "double",
  "boolean",
  "binary",
  "date",
  "timestamp",
  "decimal(18,2)",
);
const { type: anyType } = fc.letrec<{ type: FieldType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    primitive,
    fc.record({ type: fc.constant("array" as const), elementType: tie("type") }),
    fc.record({ type: fc.constant("map" as const), keyType: primitive, valueType: tie("type") }),
    fc.record({
      type: fc.constant("struct" as const),
      fields: fc.uniqueArray(fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", '"', " ", "é", ",") }), {
        minLength: 1,
        maxLength: 3,
      })
        .chain((names) => fc.tuple(...names.map((name) => tie("type").map((type) => field(name, type))))),
    }),
  ),
}));

test("writeSchema() and parseSchema() are a round trip, and DuckDB knows the SQL of every type", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await fc.assert(
    fc.asyncProperty(anyType, async (type) => {
      const fields = [field("c", type)];
      expect(parseSchema(writeSchema(fields), "f")).toEqual(fields);
      const read = await connection.runAndReadAll(`SELECT CAST(NULL AS ${sqlType(type)}) AS c`);
      expect(deltaType(read.columnType(0), "c")).toEqual(type);
    }),
    { numRuns: 60 },
  );
  connection.closeSync();
});

test("deltaType() stores what Delta lacks in the type that holds it", () => {
  const cases: [DuckDBType, FieldType][] = [
    [UBIGINT, "decimal(20,0)"],
    [HUGEINT, "long"],
    [TIMESTAMP, "timestamp"],
    [UUID, "string"],
    [ENUM(["a"]), "string"],
    [DECIMAL(9, 3), "decimal(9,3)"],
    [LIST(STRUCT({ a: MAP(VARCHAR, DOUBLE) })), {
      type: "array",
      elementType: { type: "struct", fields: [field("a", { type: "map", keyType: "string", valueType: "double" })] },
    }],
  ];
  for (const [duck, delta] of cases) expect(deltaType(duck, "c")).toEqual(delta);
  expect(() => deltaType(STRUCT({ x: SQLNULL, y: BIGINT }), "c")).toThrow(TypeError);
  expect(() => deltaType(STRUCT({ x: SQLNULL }), "c")).toThrow(
    'Cannot store column "c.x" as a Delta table has no type for SQLNULL',
  );
});

test("quoteName() and quoteText() keep any text", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  for (const text of ["at", 'a"b', "it's", "'; DROP TABLE x; --", "é\n\\"]) {
    const read = await connection.runAndReadAll(`SELECT ${quoteText(text)} AS ${quoteName(text)}`);
    expect([read.columnName(0), read.getRowsJS()[0]![0]]).toEqual([text, text]);
  }
});
