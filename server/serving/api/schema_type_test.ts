import { expect, test } from "vitest";
import type { Schema } from "./api_facts.ts";
import { commentText, schemaTypes, typeName } from "./schema_type.ts";

test.each<[string, Schema]>([
  ["unknown", {}],
  ["string", { type: "string", minLength: 1, pattern: "^a" }],
  ["number", { type: "integer" }],
  ["string | null", { type: ["string", "null"] }],
  ['"a" | 1 | null', { enum: ["a", 1, null] }],
  ['{"a":[1,"x"]}', { const: { a: [1, "x"] } }],
  ["number[]", { type: "array", items: { type: "number" } }],
  ["(string | number)[]", { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } }],
  ["unknown[]", { type: "array" }],
  ["[string, number?]", {
    type: "array",
    prefixItems: [{ type: "string" }, { type: "number" }],
    items: false,
    minItems: 1,
  }],
  ["Record<string, unknown>", { type: "object" }],
  ["Record<string, number>", { type: "object", additionalProperties: { type: "number" } }],
  ["Record<string, never>", { type: "object", additionalProperties: false }],
  ['{ "a": number; "b-c"?: T }', { properties: { a: { type: "number" }, "b-c": { $ref: "#" } }, required: ["a"] }],
  ['{ "a"?: number; [name: string]: unknown }', { properties: { a: { type: "number" } }, additionalProperties: true }],
  ['{ "a"?: number } & { "b"?: string }', {
    allOf: [{ properties: { a: { type: "number" } } }, { properties: { b: { type: "string" } } }],
  }],
  ["unknown", { anyOf: [{ type: "string" }, {}] }],
  ["unknown", { $ref: "#/properties/a" }],
  ["never[]", { type: "array", items: false }],
])("schemaTypes() writes %s", (type, schema) => {
  expect(schemaTypes("T", schema)).toBe(`export type T = ${type};`);
});

test("schemaTypes() names definitions, also recursive ones", () => {
  const tree = { type: "object", properties: { below: { type: "array", items: { $ref: "#/$defs/tree" } } } };
  expect(schemaTypes("T", { $ref: "#/$defs/tree", $defs: { tree } })).toBe(
    'export type T = TTree1;\nexport type TTree1 = { "below"?: TTree1[] };',
  );
});

test("typeName() and commentText() let nothing through", () => {
  expect(["flight-delay", "a.b_c", "7up", "é"].map(typeName)).toEqual(["FlightDelay", "ABC", "T7up", "T"]);
  expect(commentText("ends */ here\n\u2028 * @ts-nocheck\u0000")).toBe("ends *\u200b/ here * @ts-nocheck");
});
