import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { sourceHash, textHash } from "./hash.ts";
import { findImports, type ImportRef } from "./imports.ts";
import type { Cell } from "./parse.ts";
import { analyseScope } from "./scope.ts";
import { parseSyntax } from "./syntax.ts";
import { lastDefinition, outerUses } from "./upstream.ts";

/** What a cell runs beside its own text. */
export interface ReachedModules {
  /** Token hash of each local module, by its path relative to the root; `missing` where there is no such file. */
  modules: Record<string, string>;
  /** Sorted specifiers of everything else as written: bare names, `npm:`, `jsr:`, `https:`. */
  packages: string[];
}

/** Where modules are looked for. */
export interface ReachOptions {
  /** Absolute folder that the paths of modules are relative to. */
  root: string;
  /** Absolute folder of the notebook, where relative imports start. */
  folder: string;
  /** The text of a file by its absolute path, null when there is none. */
  readFile(path: string): string | null;
}

/**
 * Lists the modules that one cell reaches: by its own imports, by imports of earlier cells whose names it uses, and
 * from there through local modules. Imports of types only and `node:` modules do not count.
 *
 * @param cells The code cells of the notebook in document order.
 * @param cellId The cell.
 * @param options Folders, and how to read a file.
 * @returns The local modules with the hash of their text, and the packages.
 * @throws {RangeError} When no cell has this id.
 *
 * @example
 * ```ts
 * import { reachedModules } from "./reached.ts";
 *
 * const cells = [{ id: "a", source: `import { fit } from "./ridge.ts";` }, { id: "b", source: "fit(1)" }];
 * const readFile = () => `import "arquero";`;
 * const found = reachedModules(cells, "b", { root: "/w", folder: "/w/notebooks", readFile });
 * console.assert(Object.keys(found.modules).join() === "notebooks/ridge.ts" && found.packages.join() === "arquero");
 * ```
 */
export function reachedModules(
  cells: Cell[],
  cellId: string,
  { root, folder, readFile }: ReachOptions,
): ReachedModules {
  const modules: Record<string, string> = {};
  const packages = new Set<string>();
  const visit = (specifier: string, from: string): void => {
    const path = localPath(specifier, from);
    if (path === null) return void packages.add(specifier);
    const name = relative(root, path);
    if (Object.hasOwn(modules, name)) return;
    const text = readFile(path);
    modules[name] = text === null ? "missing" : isScript(path) ? sourceHash(text) : textHash(text);
    if (text === null || !isScript(path)) return;
    for (const next of loadedBy(findImports(parseSyntax(text).file))) visit(next, dirname(path));
  };
  for (const specifier of cellImports(cells, cellId)) visit(specifier, folder);
  return { modules: sortKeys(modules), packages: [...packages].sort() };
}

function cellImports(cells: Cell[], cellId: string): string[] {
  const at = cells.findIndex(({ id }) => id === cellId);
  if (at < 0) throw new RangeError(`Cannot list modules of cell "${cellId}" as the notebook must have it: no such id`);
  const scopes = cells.slice(0, at + 1).map(({ source }) => analyseScope(source));
  const borrowed = outerUses(scopes[at]!).flatMap(({ name, meaning }) => {
    const from = lastDefinition(scopes, name, meaning, at);
    if (from < 0) return [];
    return findImports(scopes[from]!.file)
      .filter(({ names }) => names.some((found) => found.local === name && !found.typeOnly));
  });
  return [...loadedBy(findImports(scopes[at]!.file)), ...loadedBy(borrowed)];
}

function loadedBy(imports: ImportRef[]): string[] {
  return imports.filter(({ typeOnly, specifier }) => !typeOnly && !specifier.startsWith("node:"))
    .map(({ specifier }) => specifier);
}

/** The absolute path of a local module, without query; null for what comes from elsewhere. */
export function localPath(specifier: string, folder: string): string | null {
  if (!/^(file:|\/|\.\.?(\/|$))/.test(specifier)) return null;
  return fileURLToPath(new URL(specifier, pathToFileURL(`${folder}/`)));
}

function isScript(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

function sortKeys(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(record).sort().map((key) => [key, record[key]!]));
}
