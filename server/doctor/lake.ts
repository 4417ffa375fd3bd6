import { listTables, readSnapshot } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { explain } from "../commands/explain.ts";
import type { Finding } from "./finding.ts";

/**
 * Reads the newest version of every table's log.
 *
 * @param store the store that holds the lake
 * @returns one finding for all tables that can be read, and one for each that cannot
 */
export async function tables(store: Store): Promise<Omit<Finding, "part">[]> {
  const broken: Omit<Finding, "part">[] = [];
  const names = await listTables(store);
  for (const name of names) {
    try {
      await readSnapshot(store, name);
    } catch (error) {
      broken.push({ name: `table "${name}"`, state: "broken", detail: explain(error) });
    }
  }
  const whole = names.length - broken.length;
  return [
    { name: "tables", state: "proved", detail: `${whole} of ${names.length}: the log was read to its end` },
    ...broken,
  ];
}
