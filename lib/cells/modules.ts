import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { jsonHash, syntaxHash, textHash } from "./hash.ts";
import { findImports, type ImportRef } from "./imports.ts";
import { parseSyntax } from "./syntax.ts";

/** What runs beside a text. */
export interface ReachedModules {
  /** Token hash of each local module, by its path relative to the root; `missing` where there is no such file. */
  modules: Record<string, string>;
  /** Sorted specifiers of everything else as written: bare names, `npm:`, `jsr:`, `https:`. */
  packages: string[];
  /** By specifier the modules that an import map sends to a file, as paths relative to the root. */
  mapped: Record<string, string>;
}

/** Where modules are looked for. */
export interface ModulesOptions {
  /** Absolute folder that the paths of modules are relative to. */
  root: string;
  /** The text of a file by its absolute path, null when there is none. */
  readFile(path: string): string | null;
  /** The absolute path of the local file that an import map sends a specifier to, null for all others. */
  mapped?(specifier: string): string | null;
}

/** Local modules, each read and parsed once. */
export interface Modules {
  /** Lists what specifiers reach from a folder, directly and through local modules. */
  reach(specifiers: readonly string[], folder: string): ReachedModules;
  /** The shortest way by imports from specifiers to a module or to who asks for a package, as paths from the root. */
  chain(specifiers: readonly string[], folder: string, target: string): string[];
}

interface Module {
  hash: string;
  specifiers: string[];
}

/**
 * Opens the local modules of a workbench. Files are read when they are first reached, and no second time.
 *
 * @param options Folder of the workbench, and how to read a file.
 * @returns What follows imports.
 *
 * @example
 * ```ts
 * import { openModules } from "./modules.ts";
 *
 * const modules = openModules({ root: "/w", readFile: () => `import "arquero";` });
 * const { packages } = modules.reach(["./ridge.ts"], "/w/notebooks");
 * console.assert(packages.join() === "arquero");
 * console.assert(modules.chain(["./ridge.ts"], "/w/notebooks", "notebooks/ridge.ts").length === 1);
 * ```
 */
export function openModules({ root, readFile, mapped }: ModulesOptions): Modules {
  const known = new Map<string, Module>();
  const module = (path: string): Module => {
    const found = known.get(path) ?? readModule(path, readFile);
    known.set(path, found);
    return found;
  };
  const locate = (specifier: string, folder: string) => localPath(specifier, folder) ?? mapped?.(specifier) ?? null;
  return {
    reach: (specifiers, folder) => {
      const modules: Record<string, string> = {};
      const packages = new Set<string>();
      const byMap: Record<string, string> = {};
      const visit = (specifier: string, from: string): void => {
        const path = locate(specifier, from);
        if (path === null) return void packages.add(specifier);
        const name = relative(root, path);
        if (localPath(specifier, from) === null) byMap[specifier] = name;
        if (Object.hasOwn(modules, name)) return;
        const { hash, specifiers } = module(path);
        modules[name] = hash;
        for (const next of specifiers) visit(next, dirname(path));
      };
      for (const specifier of specifiers) visit(specifier, folder);
      return { modules: sortKeys(modules), packages: [...packages].sort(), mapped: sortKeys(byMap) };
    },
    chain: (specifiers, folder, target) => {
      const queue = steps([], specifiers, folder);
      const seen = new Set<string>();
      for (const { way, specifier, path } of queue) {
        const name = path === null ? specifier : relative(root, path);
        if (name === target) return path === null ? way : [...way, name];
        if (path === null || seen.has(path)) continue;
        seen.add(path);
        queue.push(...steps([...way, name], module(path).specifiers, dirname(path)));
      }
      return [target];
    },
  };

  function steps(way: string[], specifiers: readonly string[], folder: string) {
    return specifiers.map((specifier) => ({ way, specifier, path: locate(specifier, folder) }));
  }
}

function readModule(path: string, readFile: ModulesOptions["readFile"]): Module {
  const text = readFile(path);
  if (text === null) return { hash: "missing", specifiers: [] };
  if (path.endsWith(".json")) return { hash: jsonHash(text), specifiers: [] };
  if (!/\.[cm]?[jt]sx?$/.test(path)) return { hash: textHash(text), specifiers: [] };
  const syntax = parseSyntax(text);
  return { hash: syntaxHash(syntax), specifiers: loadedBy(findImports(syntax.file)) };
}

/** The specifiers of what is loaded when a text runs: neither types nor `node:`. */
export function loadedBy(imports: readonly ImportRef[]): string[] {
  return imports.filter(({ typeOnly, specifier }) => !typeOnly && !specifier.startsWith("node:"))
    .map(({ specifier }) => specifier);
}

/** The absolute path of a local module, without query; null for what comes from elsewhere. */
export function localPath(specifier: string, folder: string): string | null {
  if (!/^(file:|\/|\.\.?(\/|$))/.test(specifier)) return null;
  const url = URL.parse(specifier, pathToFileURL(`${folder}/`).href);
  // A host, or a slash that is spelt as %2F, makes an address that no file has.
  return url && url.host === "" && !/%2f/i.test(url.pathname) ? fileURLToPath(url) : null;
}

function sortKeys(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(record).sort().map((key) => [key, record[key]!]));
}
