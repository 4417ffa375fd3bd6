/**
 * Quotes a word for a POSIX shell.
 *
 * @param word any text
 * @returns the word in single quotes, as the shell gives it on unchanged
 * @example
 * ```ts
 * import { shellQuote } from "./shell_quote.ts";
 * if (shellQuote("it's") !== `'it'\\''s'`) throw new Error("unexpected");
 * ```
 */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
