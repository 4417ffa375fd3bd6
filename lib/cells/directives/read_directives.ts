/** A `//| key: value` line that heads a cell; `true` where there is no value. */
export type Directives = Record<string, string | true>;

/** A line that begins with `//|` before the first code of a cell. */
export interface DirectiveLine {
  /** Its line in the cell, from 1. */
  line: number;
  /** The line, trimmed. */
  text: string;
  /** Its key; null where it is not written as a directive. */
  key: string | null;
  /** Its value without quotes around it; `true` where there is none. */
  value: string | true;
}

/**
 * Reads the directives that head a cell: lines `//| key: value` or `//| key` before its first code.
 *
 * @param source The cell's text.
 * @returns The values by key; of one key the last line counts, quotes around a value are dropped.
 *
 * @example
 * ```ts
 * import { readDirectives } from "./read_directives.ts";
 *
 * const found = readDirectives("//| export\n//| label: delay\nlet a = 1;");
 * console.assert(found.export === true && found.label === "delay");
 * ```
 */
export function readDirectives(source: string): Directives {
  const named = directiveLines(source).flatMap(({ key, value }) => key === null ? [] : [[key, value] as const]);
  return Object.fromEntries(named);
}

/**
 * Reads the lines of directives that head a cell, with those that are not written as directives are.
 *
 * @param source The cell's text.
 * @returns The lines in order.
 *
 * @example
 * ```ts
 * import { directiveLines } from "./read_directives.ts";
 *
 * console.assert(directiveLines("// Why\n//| label delay")[0]?.key === null);
 * ```
 */
export function directiveLines(source: string): DirectiveLine[] {
  const found: DirectiveLine[] = [];
  for (const [index, line] of source.split(LINE_END).entries()) {
    const text = line.trim();
    if (text === "") continue;
    if (!text.startsWith("//")) break;
    if (!text.startsWith("//|")) continue;
    const [, key = null, value] = DIRECTIVE.exec(text) ?? [];
    found.push({ line: index + 1, text, key, value: unquote(value) });
  }
  return found;
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/;
const DIRECTIVE = /^\/\/\|\s*([A-Za-z][\w-]*)\s*(?::\s*(.*?))?\s*$/;

function unquote(value: string | undefined): string | true {
  if (value === undefined || value === "") return true;
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
