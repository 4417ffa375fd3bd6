import type { Field, FieldType } from "./field.ts";
import { isRawTable } from "./_raw_table.ts";
import type { Snapshot } from "./snapshot.ts";

const TYPE_OF: Readonly<Record<string, string>> = {
  string: "string",
  char: "string",
  varchar: "string",
  boolean: "boolean",
  binary: "Uint8Array",
  date: "Date",
  timestamp: "Date",
  timestamp_ntz: "Date",
};

/**
 * Writes the rows of tables as TypeScript, for a module that is imported once: from then on `lake.table("flights")` knows
 * its columns. Whole numbers and decimals are numbers, times Dates, NULL null.
 *
 * @param tables the newest versions of the tables
 * @returns source of the module
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { commit } from "./commit.ts";
 * import { tableTypes } from "./table_types.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * const schema = [{ name: "delay", type: "long", nullable: true }];
 * const outcome = await commit(store, "flights", { read: null, operation: "CREATE TABLE", schema });
 * if ("snapshot" in outcome) console.assert(tableTypes([outcome.snapshot]).includes("delay: number | null;"));
 * ```
 */
export function tableTypes(tables: readonly Snapshot[]): string {
  const interfaces = tables.toSorted((a, b) => a.table < b.table ? -1 : 1).flatMap((snapshot) => {
    const isRaw = isRawTable(snapshot);
    const row = rowType(isRaw ? snapshot.schema.filter(({ name }) => name !== "fit") : snapshot.schema, "    ");
    const names = isRaw ? [snapshot.table, `${snapshot.table}_dlq`] : [snapshot.table];
    return names.map((name) => `    ${memberName(name)}: ${row};\n`);
  });
  return `// Written by \`boathouse types\`: import it once, and lake.table knows the columns of these tables.
import type {} from "boathouse";

declare module "boathouse" {
  interface LakeTables {
${interfaces.join("")}  }
}
`;
}

function rowType(fields: readonly Field[], indent: string): string {
  const inner = `${indent}  `;
  const members = fields.map(({ name, type, nullable }) =>
    `${inner}${memberName(name)}: ${typeOf(type, inner)}${nullable ? " | null" : ""};\n`
  );
  return members.length ? `{\n${members.join("")}${indent}}` : "Record<string, never>";
}

function typeOf(type: FieldType, indent: string): string {
  if (typeof type === "string") return TYPE_OF[type.split("(")[0]!] ?? "number";
  if (type.type === "array") return `(${typeOf(type.elementType, indent)} | null)[]`;
  if (type.type === "struct") return rowType(type.fields, indent);
  const value = `${typeOf(type.valueType, indent)} | null`;
  const key = typeOf(type.keyType, indent);
  return key === "string" ? `Record<string, ${value}>` : `[${key}, ${value}][]`;
}

function memberName(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : JSON.stringify(name);
}
