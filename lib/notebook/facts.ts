import { canonicalJson, type Json } from "../events/mod.ts";
import type { Cell, ParsedCell, ReachedModules } from "../cells/mod.ts";
import { isCode, type Notebook } from "./notebook.ts";
import { isBoathouse, type LockedPackages, mapSpecifier, reachedPackages, readPackages } from "./packages.ts";

/** The code that a cell runs, as the files have it now. */
export interface CodeFacts {
  /** Token hash of its source. */
  source: string;
  /** Token hash of each cell that it needs directly. */
  upstream: Record<string, string>;
  /** Token hash of each local module that it reaches, by path from the root. */
  modules: Record<string, string>;
  /** Integrity of each package that it reaches, by `name@version`. */
  packages: Record<string, string>;
  /** Parameters that it reads, as `name=value` with the value in canonical JSON. */
  parameters: string[];
  /** The cells that it needs directly; of `importsOnly` ones it uses nothing but imported names. */
  needs: { id: string; importsOnly: boolean }[];
  /** Specifiers that it imports itself or uses through another cell's import. */
  specifiers: string[];
}

/** Where the files of a notebook are. */
export interface FactsOptions {
  /** Absolute folder of deno.json and deno.lock; paths of modules are relative to it. */
  root: string;
  /** Absolute folder that relative imports start from. */
  from: string;
  /** Parameters of the run. */
  parameters: Record<string, Json>;
  /** The text of a file by its absolute path, null when there is none. */
  readFile(path: string): string | null;
}

/**
 * Collects for every code cell what its outputs depend on. Needs files only: no kernel, no lake.
 *
 * @param notebook The notebook.
 * @param options Folders, parameters, and how to read a file.
 * @returns The facts by id of the cell, in document order.
 */
export async function collectFacts(notebook: Notebook, options: FactsOptions): Promise<Map<string, CodeFacts>> {
  const { parseCell, reachedModules, sourceHash, upstreamOf } = await import("../cells/mod.ts");
  const cells: Cell[] = notebook.cells.filter(isCode).map(({ id, source }) => ({ id, source }));
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const parsed = new Map(cells.map(({ id, source }) => [id, parseCell(source)]));
  const direct = upstreamOf(cells);
  const needs = new Map(cells.map(({ id }) => [
    id,
    (direct.get(id) ?? []).map((from) => ({
      id: from,
      importsOnly: usesImportsOnly(parsed.get(id)!, parsed.get(from)!),
    })),
  ]));
  const packages = readPackages(options.readFile, options.root);
  const reach = (id: string, near: Cell[]) => {
    const place = { root: options.root, folder: options.from, readFile: options.readFile };
    return followImportMap(reachedModules([...near, byId.get(id)!], id, place), packages, (specifier) => {
      return reachedModules([{ id, source: `import ${JSON.stringify(specifier)};` }], id, {
        ...place,
        folder: options.root,
      });
    });
  };
  return new Map(cells.map(({ id, source }) => {
    const near = needs.get(id)!.map((need) => byId.get(need.id)!);
    const reached = reach(id, near);
    return [id, {
      source: sourceHash(source),
      upstream: Object.fromEntries(near.map((up) => [up.id, sourceHash(up.source)])),
      modules: reached.modules,
      packages: reachedPackages(reached.packages, packages),
      parameters: readsOf(parsed.get(id)!, options.parameters),
      needs: needs.get(id)!,
      specifiers: specifiersOf(parsed.get(id)!, near.map((other) => parsed.get(other.id)!)),
    }];
  }));
}

/** A bare specifier that the import map sends to a local file is a module, not a package. */
function followImportMap(
  reached: ReachedModules,
  { imports }: LockedPackages,
  reach: (specifier: string) => ReachedModules,
): ReachedModules {
  const [queue, seen] = [[...reached.packages], new Set<string>()];
  const [modules, packages] = [{ ...reached.modules }, new Set<string>()];
  for (const specifier of queue) {
    if (seen.has(specifier)) continue;
    seen.add(specifier);
    const target = mapSpecifier(specifier, imports);
    if (isBoathouse(specifier) || !/^\.{0,2}\//.test(target)) {
      packages.add(specifier);
      continue;
    }
    const found = reach(target);
    Object.assign(modules, found.modules);
    queue.push(...found.packages);
  }
  return { modules, packages: [...packages].sort() };
}

function usesImportsOnly(cell: ParsedCell, from: ParsedCell): boolean {
  const imported = new Set(from.imports.flatMap(({ names }) => names.map(({ local }) => local)));
  const used = cell.references.filter((name) => from.defines.includes(name));
  return used.length > 0 && used.every((name) => imported.has(name));
}

function readsOf({ references }: ParsedCell, parameters: Record<string, Json>): string[] {
  const names = Object.keys(parameters).filter((name) => references.includes(name)).sort();
  return names.map((name) => `${name}=${canonicalJson(parameters[name])}`);
}

function specifiersOf(cell: ParsedCell, near: ParsedCell[]): string[] {
  const borrowed = near.flatMap(({ imports }) => {
    return imports.filter(({ names }) => names.some(({ local }) => cell.references.includes(local)));
  });
  return [...cell.imports, ...borrowed].map(({ specifier }) => specifier);
}

/** The text of a file; null where there is none. */
export function readText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return null;
    if (error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
