import ts from "typescript";
import { indexDefinitions } from "./_definitions.ts";
import type { Directives } from "./directives/mod.ts";
import { syntaxHash } from "./hash.ts";
import type { ImportRef } from "./imports.ts";
import { loadedBy } from "./modules.ts";
import { type Cell, describeScope, type ParsedCell } from "./parse.ts";
import { analyseScope } from "./scope.ts";
import { neededCells, outerUses } from "./upstream.ts";

/** A cell with what it takes from others. */
export interface LinkedCell {
  /** Its id. */
  id: string;
  /** Token hash of its source. */
  hash: string;
  /** The cells that it needs directly, in document order; of `importsOnly` ones it uses nothing but imported names. */
  needs: { id: string; importsOnly: boolean }[];
  /** Specifiers that it loads itself or uses through another cell's import; neither types nor `node:`. */
  specifiers: string[];
  /** Names that it uses and does not declare. */
  references: string[];
  /** Its `//| key: value` lines. */
  directives: Directives;
  /** Whether there is nothing to run: white space, comments and semicolons at most. */
  isEmpty: boolean;
}

/**
 * Reads the cells of a notebook, each once, and finds what each takes from others.
 *
 * @param cells The code cells of a notebook in document order.
 * @returns The same cells in the same order.
 *
 * @example
 * ```ts
 * import { linkCells } from "./link.ts";
 *
 * const [, fit] = linkCells([{ id: "a", source: `import { ridge } from "./ridge.ts";` }, { id: "b", source: "ridge()" }]);
 * console.assert(fit?.needs[0]?.id === "a" && fit.specifiers.join() === "./ridge.ts");
 * ```
 */
export function linkCells(cells: readonly Cell[]): LinkedCell[] {
  const scopes = cells.map(({ source }) => analyseScope(source));
  const parsed = scopes.map(describeScope);
  const lastDefinition = indexDefinitions(scopes);
  const upstream = neededCells(scopes, lastDefinition);
  return cells.map(({ id }, at) => ({
    id,
    hash: syntaxHash(scopes[at]!),
    needs: upstream[at]!.map((index) => ({
      id: cells[index]!.id,
      importsOnly: usesImportsOnly(parsed[at]!, parsed[index]!),
    })),
    specifiers: unique([
      ...loadedBy(parsed[at]!.imports),
      ...outerUses(scopes[at]!).flatMap(({ name, meaning }) => {
        return loadedAs(name, parsed[lastDefinition(name, meaning, at)]?.imports ?? []);
      }),
    ]),
    references: parsed[at]!.references,
    directives: parsed[at]!.directives,
    isEmpty: scopes[at]!.diagnostics.length === 0 && scopes[at]!.file.statements.every(ts.isEmptyStatement),
  }));
}

function usesImportsOnly({ references }: ParsedCell, from: ParsedCell): boolean {
  const imported = new Set(from.imports.flatMap(({ names }) => names.map(({ local }) => local)));
  const used = references.filter((name) => from.defines.includes(name));
  return used.length > 0 && used.every((name) => imported.has(name));
}

/** What is loaded for a name that other cells use. */
function loadedAs(name: string, imports: readonly ImportRef[]): string[] {
  return loadedBy(imports.filter(({ names }) => names.some((found) => found.local === name && !found.typeOnly)));
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}
