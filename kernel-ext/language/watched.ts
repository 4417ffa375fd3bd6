import { dirname, join, resolve } from "node:path";
import { readImports } from "../../lib/config/env/mod.ts";

/** What happened to a file. */
export interface FileChange {
  /** Absolute path. */
  path: string;
  kind: "created" | "changed" | "deleted";
}

/** The local files that answers depend on. */
export interface WatchedFiles {
  /**
   * Looks at them again: at the configuration, and at the local modules that texts reach.
   *
   * @param sources Texts of the notebook's folder.
   * @param paths Absolute paths of further files.
   * @returns Those that changed, came or went since they were first seen.
   */
  look(sources: readonly string[], paths?: readonly string[]): FileChange[];
}

/**
 * Watches files by what the file system says of them whenever it is asked.
 *
 * @param options Absolute folders: that of deno.json, and that of the notebook.
 */
export function watchFiles({ root, folder }: { root: string; folder: string }): WatchedFiles {
  const seen = new Map<string, { stamp: string; imports: string[] }>();
  let imports: Record<string, string> = {};

  const look = (path: string): FileChange[] => {
    const stamp = stampOf(path);
    const before = seen.get(path);
    if (before?.stamp === stamp) return [];
    const readable = stamp !== "" && isModule(path);
    seen.set(path, { stamp, imports: readable ? specifiersIn(Deno.readTextFileSync(path)) : [] });
    if (path === join(root, CONFIGURATION[0]!)) imports = readableImports(root);
    return before ? [{ path, kind: kindOf(before.stamp, stamp) }] : [];
  };
  const reach = (specifiers: readonly string[], from: string, reached: Set<string>): FileChange[] => {
    return specifiers.flatMap((specifier) => {
      if (isLibrary(specifier)) return [];
      const path = localPath(specifier, from) ?? mappedPath(specifier, { imports, root });
      if (path === null || reached.has(path) || path.includes("/node_modules/")) return [];
      reached.add(path);
      return [...look(path), ...reach(seen.get(path)!.imports, dirname(path), reached)];
    });
  };
  return {
    look: (sources, paths = []) => {
      const fixed = [...CONFIGURATION.map((name) => join(root, name)), ...paths];
      return [...fixed.flatMap(look), ...reach(sources.flatMap(specifiersIn), folder, new Set(fixed))];
    },
  };
}

/** Whether a specifier names Boathouse itself, whose files are told by its declarations. */
export function isLibrary(specifier: string): boolean {
  return /^boathouse(\/|$)/.test(specifier);
}

/** The import map of a workbench; none where deno.json is no JSON, which the server says itself. */
export function readableImports(root: string): Record<string, string> {
  try {
    return readImports(root);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The local file that a name of the import map stands for, null when it stands for something else. */
export function mappedPath(
  specifier: string,
  { imports, root }: { imports: Record<string, string>; root: string },
): string | null {
  const exact = imports[specifier];
  if (exact !== undefined) return localPath(exact, root);
  const prefix = Object.keys(imports).filter((key) => key.endsWith("/") && specifier.startsWith(key))
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? null : localPath(imports[prefix] + specifier.slice(prefix.length), root);
}

/** deno.json first: it tells where names lead. */
const CONFIGURATION = ["deno.json", "deno.lock", "node_modules/.deno/.setup-cache.bin"];

function localPath(specifier: string, folder: string): string | null {
  if (/^\.{0,2}\//.test(specifier)) return resolve(folder, specifier);
  return specifier.startsWith("file:///") && URL.canParse(specifier) ? new URL(specifier).pathname : null;
}

function isModule(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

/** What a text imports; what only looks like it does no harm. */
export function specifiersIn(text: string): string[] {
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g)].map((match) => match[2]!);
}

function kindOf(before: string, after: string): FileChange["kind"] {
  if (after === "") return "deleted";
  return before === "" ? "created" : "changed";
}

/** Changes with the file; empty when nothing can be read there. */
function stampOf(path: string): string {
  try {
    const { mtime, size, ino, isFile } = Deno.statSync(path);
    return isFile ? `${mtime?.getTime()} ${size} ${ino}` : "";
  } catch {
    return "";
  }
}
