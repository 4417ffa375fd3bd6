const TABLE_NAME = /^[a-z0-9][a-z0-9_.-]{0,248}$/;
const REJECTED = "_dlq";

/**
 * Refuses what cannot be the name of a table, by the rule that topics follow too.
 *
 * @param name name from a person or a query
 * @throws {RangeError} when the name breaks the rule
 * @example
 * ```ts
 * import { checkTableName } from "./table_name.ts";
 * checkTableName("route_delay");
 * ```
 */
export function checkTableName(name: string): void {
  if (isTableName(name)) return;
  throw new RangeError(
    `Cannot use a table name as it must be at most 249 of a-z 0-9 _ . - and start with a letter or digit: got ${
      JSON.stringify(name.slice(0, 300))
    }`,
  );
}

/**
 * Tells whether a name can be that of a table.
 *
 * @param name any text
 * @returns true when it follows the rule
 * @example
 * ```ts
 * import { isTableName } from "./table_name.ts";
 * console.assert(!isTableName("../flights"));
 * ```
 */
export function isTableName(name: string): boolean {
  return TABLE_NAME.test(name) && !name.includes("..") && !name.endsWith(".");
}

/**
 * Splits the name of a view into the table that is read and the rows that are meant.
 *
 * @param name name as used in SQL
 * @returns for `flights_dlq` the table `flights` and its rejected records; null when the name cannot be such a view
 */
export function rejectedTableOf(name: string): string | null {
  return name.endsWith(REJECTED) && name.length > REJECTED.length ? name.slice(0, -REJECTED.length) : null;
}
