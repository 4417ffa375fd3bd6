import { expect, test } from "vitest";
import type { Field, FieldType } from "./field.ts";
import { tableTypes } from "./table_types.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";
import { lakeOf } from "./testdata/lake.ts";
import "./testdata/lake_types.ts";

const column = (name: string, type: FieldType): Field => ({ name, type, nullable: true });

async function versions() {
  const { store } = await freshStore();
  const derived = await commitOrFail(store, "typed_rows", {
    read: null,
    operation: "WRITE",
    schema: [
      column("n", "long"),
      column("px", "decimal(18,2)"),
      column("at", "timestamp"),
      column("odd name", "string"),
      column("raw", "binary"),
      column("stops", { type: "array", elementType: { type: "struct", fields: [column("ok", "boolean")] } }),
      column("by", { type: "map", keyType: "string", valueType: "double" }),
      column("pairs", { type: "map", keyType: "date", valueType: "integer" }),
    ],
  });
  const raw = await commitOrFail(store, "typed.topic-1", {
    read: null,
    operation: "INGEST",
    schema: [column("_partition", "integer"), column("_offset", "long"), column("fit", "boolean")],
    partitionColumns: ["fit"],
  });
  return [derived, raw];
}

test("tableTypes() writes the rows of tables as TypeScript", async () => {
  const golden = await Deno.readTextFile(new URL("./testdata/lake_types.ts", import.meta.url));
  expect(tableTypes(await versions())).toBe(golden);
  expect(tableTypes([])).toContain("interface LakeTables {\n  }");
});

test("lake.table knows the columns that tableTypes() wrote, and takes other tables as before", async () => {
  const { lake } = await lakeOf({ typed_rows: [{ at: new Date(0) }], other: [{ a: "x" }] });
  await using _ = lake;
  const typed = (await lake.table("typed_rows").head()).rows()[0]!;
  const at: Date | null = typed.at;
  // @ts-expect-error: a Date is no text
  const text: string = typed.at;
  const other = (await lake.table<{ a: string }>("other").head()).rows()[0]!.a;
  const any: unknown = (await lake.table("other").head()).rows()[0]!["a"];
  expect([at, text, other, any]).toEqual([new Date(0), new Date(0), "x", "x"]);
});
