import { extname } from "node:path";

/**
 * Refuses to write a report over what is no report: a slip in the order of arguments would cost a notebook.
 *
 * @param option Option that names the file.
 * @param path File that is to be written.
 * @param endings What its name may end in, the usual one first.
 * @returns The path.
 * @throws {RangeError} When its name ends in anything else.
 */
export function reportTarget(option: string, path: string, endings: readonly [string, ...string[]]): string {
  if (endings.includes(extname(path).toLowerCase())) return path;
  throw new RangeError(
    `Cannot write to "${path}" as the file of ${option} must end in ${endings.join(" or ")}: name it so, ` +
      `such as ${option} report${endings[0]}`,
  );
}
