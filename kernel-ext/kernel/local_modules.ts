import { pathToFileURL } from "node:url";
import { parseCell, reachedModules } from "../../lib/cells/mod.ts";
import { createHash } from "node:crypto";
import { readImports } from "../../lib/config/env/mod.ts";

/** Watches the local modules that cells import, so that an edited one is loaded anew. */
export interface LocalModules {
  /**
   * @param source A cell that is about to run.
   * @returns By file URL the version of each module that has changed since it was first imported.
   */
  versionsFor(source: string): Record<string, string>;
  /** By specifier of deno.json's `imports` where it leads now, of those that have changed since the process started. */
  changedImports(): Record<string, string>;
}

/**
 * Makes the watch of one process.
 *
 * @param root Absolute folder of the workbench.
 * @param folder Absolute folder of the notebook.
 */
export function watchLocalModules(root: string, folder: string): LocalModules {
  const first = new Map<string, string>();
  let versions: Record<string, string> = {};
  const imports = watchImports(root);
  return {
    changedImports: imports,
    versionsFor: (source) => {
      if (!/\bimport\b/.test(source) || parseCell(source).imports.length === 0) return versions;
      for (const path of Object.keys(reach(source, root, folder))) {
        const url = pathToFileURL(`${root}/${path}`).href;
        const version = hash(JSON.stringify(reach(`import ${JSON.stringify(url)}`, root, folder)));
        if (!first.has(url)) first.set(url, version);
        if (first.get(url) !== version) versions = { ...versions, [url]: version };
        else versions = Object.fromEntries(Object.entries(versions).filter(([other]) => other !== url));
      }
      return versions;
    },
  };
}

/** Deno reads deno.json once, at the start of a process. One that cannot be read now changes nothing. */
function watchImports(root: string): () => Record<string, string> {
  const before = importsNow(root) ?? {};
  let last: Record<string, string> = {};
  return () => {
    const now = importsNow(root);
    if (now) last = Object.fromEntries(Object.entries(now).filter(([name, target]) => before[name] !== target));
    return last;
  };
}

/** The import map, local targets as URLs; null where deno.json is no JSON, as while it is being written. */
function importsNow(root: string): Record<string, string> | null {
  try {
    const found = Object.entries(readImports(root)).map(([name, target]) => {
      return [name, /^\.\.?\//.test(target) ? new URL(target, pathToFileURL(`${root}/`)).href : target];
    });
    return Object.fromEntries(found);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The hash of each local module that a text reaches: a module is new when one that it imports is. */
function reach(source: string, root: string, folder: string): Record<string, string> {
  return reachedModules([{ id: "cell", source }], "cell", { root, folder, readFile }).modules;
}

function readFile(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return null;
    throw error;
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
