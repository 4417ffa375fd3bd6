import { cellName, readDirectives, toleranceValue } from "../../cells/directives/mod.ts";
import type { Json } from "../../events/mod.ts";
import { keyOf } from "./_key_of.ts";

/**
 * Reads how far numbers of a cell may be apart, as its `//| tolerance` says.
 *
 * @param cell Id and text of the cell.
 * @returns A number of at least 0; null where the cell has none.
 * @throws {RangeError} When it is no such number, naming cell and line.
 *
 * @example
 * ```ts
 * import { readTolerance } from "./tolerance.ts";
 *
 * console.assert(readTolerance({ id: "a", source: "//| tolerance: 1e-6\nrmse" }) === 1e-6);
 * ```
 */
export function readTolerance({ id, source }: { id: string; source: string }): number | null {
  if (!source.includes("//|")) return null;
  const { tolerance } = readDirectives(source);
  if (tolerance === undefined) return null;
  const value = toleranceValue(tolerance);
  if (value !== null) return value;
  const line = source.split("\n").findLastIndex((text) => /^\s*\/\/\|\s*tolerance\b/.test(text)) + 1;
  const found = tolerance === true ? "nothing" : `"${tolerance}"`;
  throw new RangeError(
    `Cannot compare cell "${
      cellName({ id, source })
    }" as "//| tolerance" in its line ${line} must be a number of at least 0 such as 1e-6: got ${found}`,
  );
}

/** Whether |a − b| ≤ t·max(1, |b|), where b is the new one. */
export function isWithin(was: number, now: number, tolerance: number): boolean {
  return was === now || Math.abs(was - now) <= tolerance * Math.max(1, Math.abs(now));
}

/** Whether two JSON values are equal but for numbers that are within a tolerance, in texts too. */
export function isAlike(was: unknown, now: unknown, tolerance: number): boolean {
  if (tolerance === 0) return keyOf(was ?? null) === keyOf(now ?? null);
  if (typeof was === "number" && typeof now === "number") return isWithin(was, now, tolerance);
  if (typeof was === "string" && typeof now === "string") return was === now || isTextAlike(was, now, tolerance);
  if (typeof was !== "object" || typeof now !== "object" || was === null || now === null) return was === now;
  if (Array.isArray(was) !== Array.isArray(now)) return false;
  const [a, b] = [was as Record<string, Json>, now as Record<string, Json>];
  const names = Object.keys(b);
  return names.length === Object.keys(a).length &&
    names.every((name) => Object.hasOwn(a, name) && isAlike(a[name], b[name], tolerance));
}

/** Text tables are as wide as their numbers are, so that space and rules between columns do not count. */
function isTextAlike(was: string, now: string, tolerance: number): boolean {
  const [a, b] = [numbersOf(was), numbersOf(now)];
  return a.rest === b.rest && a.numbers.length === b.numbers.length &&
    a.numbers.every((number, index) => isWithin(number, b.numbers[index]!, tolerance));
}

function numbersOf(text: string): { rest: string; numbers: number[] } {
  const numbers: number[] = [];
  const rest = text.replace(/[ \t]+|[-─]{2,}/g, " ").replace(IN_TEXT, (found) => {
    numbers.push(Number(found.replaceAll(",", "").replace("−", "-")));
    return "#";
  });
  return { rest: rest.replace(/ +/g, " "), numbers };
}

/** A sign counts where it stands before a number, and does not join two. */
const IN_TEXT = /(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)/gi;
