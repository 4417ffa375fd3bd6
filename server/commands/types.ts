import { listTables, readSnapshot, tableTypes } from "../../lib/lake/mod.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Prints the rows of the lake's tables as a TypeScript module, or writes it. */
export const types = withWorkbench(async (workbench, { options }) => {
  const store = await workbench.store();
  const tables = await Promise.all((await listTables(store)).map((name) => readSnapshot(store, name)));
  const known = tables.filter((table) => table !== null);
  const source = tableTypes(known), names = known.map(({ table }) => table);
  if (options.out === undefined) return { json: { tables: names, source }, text: source.trimEnd() };
  const file = String(options.out);
  if (!file.endsWith(".ts")) {
    throw new RangeError(`Cannot write types to "${file}" as it must be a TypeScript file: name it .ts`);
  }
  await Deno.writeTextFile(file, source);
  return {
    json: { tables: names, file },
    text: `the types of ${names.length} tables are in "${file}": import it once, and lake.table knows their columns`,
  };
});
