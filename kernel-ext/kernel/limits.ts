import { checkPermissionFlags, permissionFlags, readMemoryMb } from "../../lib/config/env/mod.ts";

/** What cells may do and hold. */
export interface Limits {
  /** Permission flags of `deno run`. */
  permissions: readonly string[];
  /** Limit of the JavaScript heap, in MiB; V8's own where it is missing. */
  memoryMb?: number;
}

const ALL: ReadonlySet<string> = new Set(["-A", "--allow-all"]);
const PERMISSIONS = "--permissions=";
const MEMORY = "--memory=";

/**
 * Reads the limits of cells from the arguments of a kernelspec.
 *
 * @param args `--permissions=FLAGS`, with one or more flags of `deno run`, any number of times, and `--memory=MB`.
 * @returns The limits; all permissions where none are given.
 * @throws {RangeError} When an argument is not known, a flag is no permission flag, or the memory is no number of MB.
 */
export function readLimits(args: readonly string[]): Limits {
  const unknown = args.find((arg) => !arg.startsWith(PERMISSIONS) && !arg.startsWith(MEMORY));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot start kernel as its arguments must be ${PERMISSIONS}FLAGS or ${MEMORY}MB: got ${JSON.stringify(unknown)}`,
    );
  }
  const given = args.filter((arg) => arg.startsWith(PERMISSIONS));
  const flags = given.flatMap((arg) => permissionFlags(arg.slice(PERMISSIONS.length)));
  const memory = args.findLast((arg) => arg.startsWith(MEMORY))?.slice(MEMORY.length);
  return {
    permissions: given.length === 0 ? ["-A"] : flags,
    ...(memory === undefined ? {} : { memoryMb: readMemoryMb(memory) }),
  };
}

/**
 * Adds the limits that a notebook asks for, each where whoever starts its cells gives none: a notebook may come from
 * anybody.
 *
 * @param granted Limits of the kernelspec or of the command line.
 * @param notebook Text of the notebook.
 * @returns The limits for its cells.
 * @throws {SyntaxError} When the text is no JSON.
 * @throws {TypeError} When the permissions that it asks for are no list of texts.
 * @throws {RangeError} When one is no permission flag, or the memory is no number of MB.
 */
export function limitsOf(granted: Limits, notebook: string): Limits {
  if (!/"(permissions|memoryMb)"/.test(notebook)) return granted;
  const { permissions, memoryMb } = JSON.parse(notebook)?.metadata?.boathouse ?? {};
  return {
    permissions: narrowPermissions(granted.permissions, permissions),
    ...(granted.memoryMb === undefined ? memoryOf(memoryMb) : { memoryMb: granted.memoryMb }),
  };
}

function narrowPermissions(granted: readonly string[], asked: unknown): readonly string[] {
  if (asked === undefined || !granted.some((flag) => ALL.has(flag))) return granted;
  if (!Array.isArray(asked) || !asked.every((flag) => typeof flag === "string")) {
    throw new TypeError(
      `Cannot run cells as metadata.boathouse.permissions of the notebook must be a list of flags: got ${
        JSON.stringify(asked)
      }`,
    );
  }
  checkPermissionFlags(asked);
  return [...asked, ...granted.filter((flag) => !ALL.has(flag))];
}

function memoryOf(asked: unknown): { memoryMb?: number } {
  return asked === undefined ? {} : { memoryMb: readMemoryMb(asked, "metadata.boathouse.memoryMb of the notebook") };
}
