import { expect, test } from "vitest";
import { embedSchema } from "./embed_schema.ts";

test("embedSchema() makes components of definitions, and references lead there", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      child: { $ref: "#" },
      at: { anyOf: [{ $ref: "#/$defs/a~1b" }, { type: "array", items: { $ref: "#/$defs/x/properties/y" } }] },
      $ref: { type: "string" },
      first: { $ref: "#/properties/at" },
    },
    $defs: { "a/b": { not: { $ref: "#/$defs/x" } }, x: { type: "object", properties: { y: { $ref: "#" } } } },
  };
  const at = "#/components/schemas/";
  expect(embedSchema("e.input", schema)).toEqual({
    "e.input": {
      type: "object",
      properties: {
        child: { $ref: `${at}e.input` },
        at: {
          anyOf: [{ $ref: `${at}e.input.a-2f-b` }, { type: "array", items: { $ref: `${at}e.input.x/properties/y` } }],
        },
        $ref: { type: "string" },
        first: { $ref: `${at}e.input/properties/at` },
      },
    },
    "e.input.a-2f-b": { not: { $ref: `${at}e.input.x` } },
    "e.input.x": { type: "object", properties: { y: { $ref: `${at}e.input` } } },
  });
});

test("embedSchema() leaves values alone that only look like references", () => {
  const schema = { enum: [{ $ref: "#" }], default: { $ref: "#" }, examples: [{ items: { $ref: "#" } }] };
  expect(embedSchema("e", schema)).toEqual({ e: schema });
});
