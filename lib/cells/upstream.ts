import { findChanges } from "./_changes.ts";
import { firstFrom, indexDefinitions, type LastDefinition, openPositions } from "./_definitions.ts";
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
  const scopes = cells.map(({ source }) => analyseScope(source));
  const needed = neededCells(scopes, indexDefinitions(scopes));
  return new Map(cells.map(({ id }, at) => [id, needed[at]!.map((index) => cells[index]!.id)]));
}

/** The same by positions, of texts that are analysed already. */
export function neededCells(scopes: readonly Scope[], lastDefinition: LastDefinition): number[][] {
  const changes = openPositions();
  for (const [at, scope] of scopes.entries()) {
    for (const { name, later } of findChanges(scope)) if (!later) changes.add(name, at);
  }
  return scopes.map((scope, at) => {
    const needed = new Set<number>();
    for (const { name, meaning } of outerUses(scope)) {
      const from = lastDefinition(name, meaning, at);
      if (from < 0) continue;
      needed.add(from);
      const places = changes.of(name);
      for (let next = firstFrom(places, from + 1); next < places.length && places[next]! < at; next++) {
        needed.add(places[next]!);
      }
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
