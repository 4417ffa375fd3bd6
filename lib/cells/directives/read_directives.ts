/** A `//| key: value` line that heads a cell; `true` where there is no value. */
export type Directives = Record<string, string | true>;

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
  const found: [string, string | true][] = [];
  for (const line of source.split(/\r\n|[\n\r\u2028\u2029]/)) {
    const text = line.trim();
    if (text === "") continue;
    if (!text.startsWith("//")) break;
    const match = DIRECTIVE.exec(text);
    if (match) found.push([match[1]!, unquote(match[2])]);
  }
  return Object.fromEntries(found);
}

const DIRECTIVE = /^\/\/\|\s*([A-Za-z][\w-]*)\s*(?::\s*(.*?))?\s*$/;

function unquote(value: string | undefined): string | true {
  if (value === undefined || value === "") return true;
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
