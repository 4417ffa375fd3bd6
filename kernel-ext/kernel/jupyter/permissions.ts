import { checkPermissionFlags, permissionFlags } from "../../../lib/config/env/mod.ts";

const ALL: ReadonlySet<string> = new Set(["-A", "--allow-all"]);
const ARGUMENT = "--permissions=";

/**
 * Reads the permissions of cells from the arguments of a kernelspec.
 *
 * @param args `--permissions=FLAGS`, with one or more flags of `deno run`, any number of times.
 * @returns The flags; all permissions where none are given.
 * @throws {RangeError} When an argument is not known, or a flag is no permission flag.
 */
export function readPermissions(args: readonly string[]): string[] {
  const unknown = args.find((arg) => !arg.startsWith(ARGUMENT));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot start kernel as its arguments must be ${ARGUMENT}FLAGS: got ${JSON.stringify(unknown)}`,
    );
  }
  const flags = args.flatMap((arg) => permissionFlags(arg.slice(ARGUMENT.length)));
  return args.length === 0 ? ["-A"] : flags;
}

/**
 * Narrows the permissions of a kernelspec to those that a notebook asks for; where the kernelspec does not allow all, a
 * notebook changes nothing, as it may come from anybody.
 *
 * @param granted Flags of the kernelspec.
 * @param notebook Text of the notebook.
 * @returns The flags for its cells.
 * @throws {TypeError} When what it asks for is no list of texts.
 * @throws {RangeError} When a flag is no permission flag.
 */
export function narrowPermissions(granted: readonly string[], notebook: string): string[] {
  if (!granted.some((flag) => ALL.has(flag)) || !notebook.includes(`"permissions"`)) return [...granted];
  const asked = JSON.parse(notebook)?.metadata?.boathouse?.permissions;
  if (asked === undefined) return [...granted];
  if (!Array.isArray(asked) || !asked.every((flag) => typeof flag === "string")) {
    throw new TypeError(`Cannot run cells as ${ASKED} must be a list of flags: got ${JSON.stringify(asked)}`);
  }
  checkPermissionFlags(asked);
  return [...asked, ...granted.filter((flag) => !ALL.has(flag))];
}

const ASKED = "metadata.boathouse.permissions of the notebook";
