import type { Json } from "../events/mod.ts";

/** One field in which two answers differ. */
export interface Change {
  /** JSON pointer to the field; empty for the whole. */
  field: string;
  /** What the active revision answers; absent where it has no such field. */
  base?: Json;
  /** What the candidate answers. */
  candidate?: Json;
  /** Difference of numbers in thresholds, or in the field's own unit where none is declared; 1 for all else. */
  size: number;
}

/** Numbers that differ by less are the same number computed in another order. */
const DEFAULT_THRESHOLD = 1e-9;

/**
 * Lists the fields in which a candidate's answer differs from the active one: numbers by more than the endpoint's
 * `changed` says of their field (1e-9 where it says nothing), all else by being unequal.
 *
 * @param base the active answer; absent where there is none
 * @param candidate the candidate's answer
 * @param thresholds smallest difference by top-level field, or by a path of names with dots
 * @returns the fields, empty when the answers count as the same
 * @example
 * ```ts
 * import { changesOf } from "./changes.ts";
 * const thresholds = { minutes: 0.1 };
 * if (changesOf({ minutes: 5 }, { minutes: 5.05 }, thresholds).length !== 0) throw new Error("unexpected");
 * if (changesOf({ minutes: 5 }, { minutes: 5.2 }, thresholds)[0]?.field !== "/minutes") throw new Error("unexpected");
 * ```
 */
export function changesOf(
  base: Json | undefined,
  candidate: Json | undefined,
  thresholds: Readonly<Record<string, number>>,
): Change[] {
  const changes: Change[] = [];
  collect(base, candidate, [], thresholds, changes);
  return changes;
}

function collect(
  base: Json | undefined,
  candidate: Json | undefined,
  path: string[],
  thresholds: Readonly<Record<string, number>>,
  changes: Change[],
): void {
  if (base === candidate) return;
  if (typeof base === "number" && typeof candidate === "number") {
    const declared = Object.hasOwn(thresholds, path.join(".")) ? thresholds[path.join(".")]! : undefined;
    const difference = Math.abs(candidate - base);
    if (difference <= (declared ?? DEFAULT_THRESHOLD)) return;
    return void changes.push(changeOf(path, base, candidate, declared ? difference / declared : difference));
  }
  if (!isTree(base) || !isTree(candidate) || Array.isArray(base) !== Array.isArray(candidate)) {
    return void changes.push(changeOf(path, base, candidate, 1));
  }
  for (const key of new Set([...Object.keys(base), ...Object.keys(candidate)])) {
    collect(memberOf(base, key), memberOf(candidate, key), [...path, key], thresholds, changes);
  }
}

function changeOf(path: string[], base: Json | undefined, candidate: Json | undefined, size: number): Change {
  const field = path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return {
    field,
    ...(base === undefined ? {} : { base }),
    ...(candidate === undefined ? {} : { candidate }),
    size,
  };
}

function isTree(value: Json | undefined): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function memberOf(tree: Json[] | { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(tree, key) ? (tree as Record<string, Json>)[key] : undefined;
}
