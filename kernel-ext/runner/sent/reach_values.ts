import type { Encoded, EncodeFrame, encodeValue, Numbered } from "./encode_value.ts";

/** What is asked of the values that a cell may use. */
export interface AskedValues {
  /** The values of names, each under its name. */
  get: readonly (readonly [name: string, value: () => unknown])[];
  /** The names that the cell itself uses. */
  start: readonly string[];
  /** Functions without state of their own, each with the names that it may use in turn. */
  functions: readonly (readonly [name: string, uses: readonly string[]])[];
  /** Names of imports, which may be bound to anything. */
  imported: readonly string[];
  /** Lake and registry, whose reads are on record; none outside of a workbench. */
  clients: WeakSet<object> | undefined;
  encode: typeof encodeValue;
}

/** The values that a cell may use, as far as they are data. */
export interface ReachedValues {
  /** The data, by name, as JSON. */
  text: string;
  /** Their objects. */
  numbered: Numbered;
  /** Functions that it may call. */
  functions: string[];
  /** What is neither data nor a plain function, and what it is; null where there is none. */
  refused: { name: string; found: string } | null;
}

/**
 * Encodes the values that a cell may use, directly and through functions. Its text is sent to the process of the cells,
 * so it uses nothing of this file.
 *
 * @param asked The names, and how their values are had.
 * @returns The values that are data.
 */
export function reachValues({ get, start, functions, imported, clients, encode }: AskedValues): ReachedValues {
  const [getters, uses, imports] = [new Map(get), new Map(functions), new Set(imported)];
  const reached: ReachedValues = { text: "", numbered: new Map(), functions: [], refused: null };
  const names = new Set([...start].sort());
  const found: [string, Encoded][] = [];
  const isClient = (value: unknown) => typeof value === "object" && value !== null && clients?.has(value);
  // Results of queries and references to tables tell what they hold.
  const frameOf: EncodeFrame = (value) => {
    const frame: unknown = (value as Record<symbol, unknown>)[Symbol.for("Boathouse.frame")];
    return typeof frame === "function" ? frame() : null;
  };
  const isPlain = (name: string, value: unknown) => uses.has(name) && Object.keys(value as object).length === 0;
  for (const name of names) {
    const before = reached.numbered.size;
    try {
      const value = getters.get(name)!();
      if (isClient(value)) continue;
      if (typeof value === "function" && (isPlain(name, value) || imports.has(name))) {
        reached.functions.push(name);
        for (const next of uses.get(name) ?? []) if (getters.has(next)) names.add(next);
        continue;
      }
      found.push([name, encode(value, frameOf, reached.numbered)]);
    } catch (error) {
      if (imports.has(name)) {
        for (const object of [...reached.numbered.keys()].slice(before)) reached.numbered.delete(object);
        continue;
      }
      return { ...reached, refused: { name, found: (error as Error).message } };
    }
  }
  return { ...reached, text: JSON.stringify(found) };
}
