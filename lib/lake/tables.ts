import type { Store } from "../store/mod.ts";
import { logFolder, tableRoot } from "./_log_files.ts";
import { isTableName } from "./table_name.ts";

const LOG_FILE = /\/\d{20}\.(?:json|checkpoint\.)/;

/**
 * Lists the tables of a lake.
 *
 * @param store store that holds the lake
 * @returns names, ascending
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { listTables } from "./tables.ts";
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert((await listTables(store)).length === 0);
 * ```
 */
export async function listTables(store: Store): Promise<string[]> {
  const names = (await store.folders("tables/")).filter(isTableName);
  const found = await Promise.all(names.map((name) => hasLog(store, name)));
  return names.filter((_, i) => found[i]);
}

async function hasLog(store: Store, name: string): Promise<boolean> {
  for await (const { path } of store.list(`${logFolder(tableRoot(name))}/`)) if (LOG_FILE.test(path)) return true;
  return false;
}
