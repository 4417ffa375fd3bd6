import type { Store } from "../store/mod.ts";
import { isTableName } from "./table_name.ts";

const FIRST_LOG = /^tables\/([^/]+)\/_delta_log\/\d{20}\.(?:json|checkpoint\.)/;

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
  const names = new Set<string>();
  for await (const { path } of store.list("tables/")) {
    const name = FIRST_LOG.exec(path)?.[1];
    if (name && isTableName(name)) names.add(name);
  }
  return [...names].sort();
}
