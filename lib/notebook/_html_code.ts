// @ts-types="./_highlight.d.ts"
import highlighter from "highlight.js/lib/common";
import { escapeHtml } from "../columns/mod.ts";

/** Longer code is shown plain, in UTF-16 code units: colours help who reads, and nobody reads that. */
const MAX_COLOURED = 50_000;

/**
 * Writes code as HTML that needs no script to be coloured.
 *
 * @param code The code.
 * @param language Its name as people write it, such as `ts`; one that is not known stays plain.
 * @returns A `<pre>` that can be scrolled by keys.
 */
export function codeHtml(code: string, language: string): string {
  const coloured = code.length <= MAX_COLOURED && highlighter.getLanguage(language) !== undefined;
  const inner = coloured ? highlighter.highlight(code, { language, ignoreIllegals: true }).value : escapeHtml(code);
  return `<pre tabindex="0"><code>${inner}</code></pre>`;
}
