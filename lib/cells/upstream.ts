import { findChanges } from "./_changes.ts";
import type { Meaning } from "./_identifiers.ts";
import type { Cell } from "./parse.ts";
import { analyseScope, type Reference, type Scope } from "./scope.ts";

/**
 * Finds for each cell the cells that it needs directly: of each name that it uses and does not declare itself, the last
 * cell before it that declares the name, and those in between that give the name or its value another value.
 *
 * @param cells The code cells of a notebook in document order.
 * @returns The ids of the needed cells in document order, by the id of the cell that needs them.
 *
 * @example
 * ```ts
 * import { upstreamOf } from "./upstream.ts";
 *
 * const cells = [{ id: "a", source: "const x = 1" }, { id: "b", source: "x = 2" }, { id: "c", source: "x + 1" }];
 * console.assert(upstreamOf(cells).get("c")?.join() === "a,b");
 * ```
 */
export function upstreamOf(cells: readonly Cell[]): Map<string, string[]> {
  const needed = neededCells(cells.map(({ source }) => analyseScope(source)));
  return new Map(cells.map(({ id }, at) => [id, needed[at]!.map((index) => cells[index]!.id)]));
}

/** The same by positions, of texts that are analysed already. */
export function neededCells(scopes: readonly Scope[]): number[][] {
  const changes = scopes.map((scope) => {
    return new Set(findChanges(scope).filter((change) => !change.later).map(({ name }) => name));
  });
  return scopes.map((scope, at) => {
    const needed = new Set<number>();
    for (const use of outerUses(scope)) {
      const from = lastDefinition(scopes, use.name, use.meaning, at);
      if (from < 0) continue;
      needed.add(from);
      for (let index = from + 1; index < at; index++) if (changes[index]!.has(use.name)) needed.add(index);
    }
    return [...needed].sort((a, b) => a - b);
  });
}

/** What a text uses and does not declare itself: each name once in each meaning. */
export function outerUses(scope: Scope): Reference[] {
  const own = new Set(scope.definitions.map(({ name }) => name));
  const uses = scope.referencesIn(scope.file).filter(({ name }) => !own.has(name));
  return [...new Map(uses.map((use) => [`${use.meaning} ${use.name}`, use])).values()];
}

/** Index of the last text before `end` that declares a name as it is used, else by any meaning; -1 where none does. */
export function lastDefinition(scopes: readonly Scope[], name: string, meaning: Meaning, end: number): number {
  const before = scopes.slice(0, end);
  const exact = before.findLastIndex(({ definitions }) => {
    return definitions.some((found) => found.name === name && found.meanings.includes(meaning));
  });
  if (exact >= 0) return exact;
  return before.findLastIndex(({ definitions }) => definitions.some((found) => found.name === name));
}
