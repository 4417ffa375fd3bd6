import { pathToFileURL } from "node:url";
import { parseCell, reachedModules } from "../../lib/cells/mod.ts";
import { createHash } from "node:crypto";
import ts from "typescript";

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
  const file = `${root}/deno.json`;
  const first = readFile(file);
  const before = importsOf(first, file);
  let last = { text: first, changed: {} as Record<string, string> };
  return () => {
    const text = readFile(file);
    if (text !== last.text) {
      const now = Object.entries(importsOf(text, file)).filter(([name, target]) => before[name] !== target);
      last = { text, changed: Object.fromEntries(now) };
    }
    return last.changed;
  };
}

function importsOf(text: string | null, file: string): Record<string, string> {
  const { config } = ts.parseConfigFileTextToJson(file, text ?? "{}");
  const imports: unknown = config?.imports;
  if (typeof imports !== "object" || imports === null) return {};
  const found = Object.entries(imports).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(found.map(([name, target]) => {
    return [name, /^\.\.?\//.test(target) ? new URL(target, pathToFileURL(file)).href : target];
  }));
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
