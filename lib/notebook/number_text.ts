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

/** Digits before and behind the point: numbers with more stand in no column for the sake of others. */
const MAX_DIGITS = 9;

/**
 * Writes the numbers of one column alike: as many decimals as the one with the most of them has as `numberText()` writes
 * it, and thousands apart in all or in none. Where that would take more than nine digits, each is written for itself.
 *
 * @param values The numbers of a column.
 * @returns Their texts.
 *
 * @example
 * ```ts
 * import { columnTexts } from "./number_text.ts";
 *
 * console.assert(columnTexts([26.42, 26.5, 5]).join() === "26.42,26.50,5.00");
 * ```
 */
export function columnTexts(values: readonly number[]): string[] {
  const texts = values.map(numberText);
  const decimals = Math.max(0, ...texts.map((text) => /\.(\d+)$/.exec(text)?.[1]?.length ?? 0));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const whole = String(Math.trunc(largest)).length;
  if (!(largest < 1e21) || decimals > 0 && whole + decimals > MAX_DIGITS) return texts;
  const useGrouping = largest >= 10_000;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat("en-US", { ...digits, useGrouping });
  return values.map((value) => format.format(value).replace(/^-(?=[0.]+$)/, ""));
}
