/**
 * Reads the value of a `//| tolerance`.
 *
 * @param value The value; `true` where there is none.
 * @returns A number of at least 0; null where it is no such number.
 *
 * @example
 * ```ts
 * import { toleranceValue } from "./tolerance_value.ts";
 *
 * console.assert(toleranceValue("1e-6") === 1e-6 && toleranceValue("small") === null);
 * ```
 */
export function toleranceValue(value: string | true): number | null {
  const number = NUMBER.test(String(value)) ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}

const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
