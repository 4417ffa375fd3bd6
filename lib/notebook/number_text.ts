/** At least three significant digits and up to two decimals, thousands apart from 10,000 up: 8.91, 1234.57, 413,000. */
const FORMAT: Intl.NumberFormatOptions = {
  maximumSignificantDigits: 3,
  maximumFractionDigits: 2,
  roundingPriority: "morePrecision",
  useGrouping: "min2",
};

// To make one takes 10 ms, which whoever writes no number need not wait for.
let made: Intl.NumberFormat | undefined;

/**
 * Writes a number as sentences and tables show it, the same in every locale.
 *
 * @param value Any number.
 * @returns Its text; whole numbers in full, others with at least three significant digits.
 *
 * @example
 * ```ts
 * import { numberText } from "./number_text.ts";
 *
 * console.assert(numberText(2001) === "2001" && numberText(413000) === "413,000" && numberText(0.012345) === "0.0123");
 * ```
 */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) >= 1e21) return String(value);
  made ??= new Intl.NumberFormat("en-US", FORMAT);
  return made.format(value).replace(/^-0$/, "0");
}
