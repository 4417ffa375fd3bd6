import { effectsOf, type NameKind, outlineCell, parseCell } from "../../../lib/cells/mod.ts";
import type { CodeCell } from "../../../lib/notebook/mod.ts";

/** A cell's text, read for the cache. */
export interface ReadCell {
  id: string;
  source: string;
  /** What it declares. */
  names: ReadonlyMap<string, NameKind>;
  /** Values that it uses and does not declare. */
  uses: readonly string[];
  changes: readonly string[];
  functions: readonly string[];
  imports: readonly string[];
  /** Specifiers that it loads. */
  specifiers: readonly string[];
}

/** The names that a cell may use. */
export interface UsedNames {
  /** Those that its text uses. */
  start: string[];
  /** All that may be used, directly or through functions. */
  all: string[];
  /** Functions without state of their own, with the names that they may use. */
  functions: [name: string, uses: string[]][];
  /** Names of imports. */
  imported: string[];
}

/** Reads a cell's text. */
export function readCell({ id, source }: CodeCell): ReadCell {
  const { imports } = parseCell(source);
  const specifiers = imports.filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => specifier);
  return { id, source, names: outlineCell(source).names, ...effectsOf(source), specifiers };
}

/**
 * Lists the names whose values a cell may use.
 *
 * @param cell The cell.
 * @param above The cells above it, in document order.
 * @returns The names.
 */
export function usedNames(cell: ReadCell, above: readonly ReadCell[]): UsedNames {
  const owners = new Map(above.flatMap((one) => valuesOf(one).map((name) => [name, one] as const)));
  const start = cell.uses.filter((name) => owners.has(name) && !cell.names.has(name));
  const all = new Set(start);
  const functions: UsedNames["functions"] = [];
  for (const name of all) {
    const owner = owners.get(name)!;
    if (!owner.functions.includes(name)) continue;
    const uses = [...owner.uses, ...valuesOf(owner)].filter((used) => owners.has(used));
    for (const used of uses) all.add(used);
    functions.push([name, uses]);
  }
  const imported = [...all].filter((name) => owners.get(name)!.names.get(name) === "import");
  return { start, all: [...all], functions, imported };
}

/** The names of values that a cell declares itself: neither types nor imports. */
export function declaredValues({ names }: ReadCell): string[] {
  return [...names].filter(([, kind]) => kind !== "type" && kind !== "import").map(([name]) => name);
}

function valuesOf({ names }: ReadCell): string[] {
  return [...names].filter(([, kind]) => kind !== "type").map(([name]) => name);
}
