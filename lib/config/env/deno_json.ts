import { join } from "node:path";

/** What Boathouse reads in the deno.json of a workbench. */
export interface DenoJson {
  /** Version of the workbench's code; null where it says none. */
  version: string | null;
  /** Import map by specifier, as written; it has no prototype, so that `imports["constructor"]` is not there. */
  imports: Record<string, string>;
}

/**
 * Reads a deno.json, which may hold comments and trailing commas as Deno's does. What is not a text in its place counts
 * as missing: Deno itself says what is wrong with it.
 *
 * @param text JSON with comments; empty counts as an empty object
 * @param path its file, for the message
 * @returns version and import map
 * @throws {SyntaxError} when it is no JSON
 * @example
 * ```ts
 * import { parseDenoJson } from "./deno_json.ts";
 * const { imports } = parseDenoJson(`{ "imports": { "zod": "npm:zod@4", } } // pinned`, "deno.json");
 * if (imports.zod !== "npm:zod@4") throw new Error("unexpected");
 * ```
 */
export function parseDenoJson(text: string, path: string): DenoJson {
  const { version, imports } = parseObject(text, path);
  const entries = Object.entries(isObject(imports) ? imports : {});
  const texts = Object.fromEntries(entries.filter(([, target]) => typeof target === "string"));
  return {
    version: typeof version === "string" ? version : null,
    imports: Object.assign(Object.create(null), texts),
  };
}

/**
 * Reads the import map of a workbench.
 *
 * @param root absolute folder of deno.json
 * @returns targets by specifier, as written; none where there is no deno.json
 * @throws {SyntaxError} when deno.json is no JSON
 * @example
 * ```ts
 * import { readImports } from "./deno_json.ts";
 * if (Object.keys(readImports(Deno.makeTempDirSync())).length > 0) throw new Error("unexpected");
 * ```
 */
export function readImports(root: string): Record<string, string> {
  const path = join(root, "deno.json");
  try {
    return parseDenoJson(Deno.readTextFileSync(path), path).imports;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return {};
    throw error;
  }
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(plainJson(text) || "{}");
    return isObject(value) ? value : {};
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${path}" as it must be JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Without comments and trailing commas; what looks like them within a text stays. */
function plainJson(text: string): string {
  const keep = (_: string, quoted?: string) => quoted ?? "";
  return text.replace(/^\uFEFF/, "").replace(/("(?:[^"\\]|\\[^])*")|\/\/.*|\/\*[^]*?\*\//g, keep)
    .replace(/("(?:[^"\\]|\\[^])*")|,(?=\s*[}\]])/g, keep).trim();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
