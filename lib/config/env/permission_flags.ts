/**
 * Splits permission flags of `deno run`, as a kernelspec and the command line give them.
 *
 * @param text flags with white space between them; values may hold spaces, as in `--allow-read=/my folder`
 * @returns the flags
 * @throws {RangeError} when a word is no permission flag: nothing else may reach a command line
 * @example
 * ```ts
 * import { permissionFlags } from "./permission_flags.ts";
 * const flags = permissionFlags("--allow-read=.,/my data --deny-net");
 * if (flags.join("|") !== "--allow-read=.,/my data|--deny-net") throw new Error("unexpected");
 * ```
 */
export function permissionFlags(text: string): string[] {
  const flags = text.trim().split(/\s+(?=-)/).filter(Boolean);
  checkPermissionFlags(flags);
  return flags;
}

/**
 * Checks permission flags of `deno run`, as a notebook gives them.
 *
 * @param flags one flag each
 * @throws {RangeError} when one is no permission flag
 * @example
 * ```ts
 * import { checkPermissionFlags } from "./permission_flags.ts";
 * checkPermissionFlags(["-A", "--deny-write=/"]);
 * ```
 */
export function checkPermissionFlags(flags: readonly string[]): void {
  const wrong = flags.find((flag) => !FLAG.test(flag));
  if (wrong === undefined) return;
  throw new RangeError(
    `Cannot limit cells as permissions must be flags of "deno run" such as --allow-read=.: got ${
      JSON.stringify(wrong)
    }`,
  );
}

const FLAG =
  /^(-A|-[RWNESI](=[^\0]*)?|--allow-all|--(allow|deny|ignore)-(read|write|net|env|run|sys|ffi|import)(=[^\0]*)?)$/;
