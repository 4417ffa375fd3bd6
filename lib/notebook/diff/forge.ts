import { escapeMarkdown } from "../_markdown.ts";
import { visible } from "../visible.ts";

/** A character without width: forges see no mention, reference or address in what it stands in. */
const GAP = "&#8203;";

/**
 * Writes a text into the Markdown of a forge so that it is shown as it is, on one line: nobody is mentioned, nothing is
 * linked, no element and no block begins.
 *
 * @param text A text of others.
 * @returns Markdown of one line.
 *
 * @example
 * ```ts
 * import { forgeText } from "./forge.ts";
 *
 * console.assert(forgeText("see #12, *@ann*") === "see #&#8203;12, \\*@&#8203;ann\\*");
 * ```
 */
export function forgeText(text: string): string {
  const escaped = escapeMarkdown(visible(text.toWellFormed()));
  // A number begins a list only where a space follows its point.
  return apart(escaped.replace(/^(\d+)\\(?=[.)]\S)/, "$1"));
}

/** Writes a text into an HTML element of a forge's Markdown, such as `<summary>`, in the same way. */
export function forgeHtml(text: string): string {
  const line = visible(text.toWellFormed()).replace(/\s+/g, " ");
  return apart(line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;"));
}

/** Mentions (`@ann`), references (`#12`, `GH-12`, `!12`, `%12`) and addresses are taken apart. */
function apart(text: string): string {
  return text.replace(/@(?=[\w-])/g, `@${GAP}`).replace(
    /#(?=\w)/g,
    (mark, at, whole) => whole[at - 1] === "&" ? mark : mark + GAP,
  )
    .replace(/\b(gh)-(?=\d)/gi, `$1${GAP}-`).replace(/(?<!\d ?)([!%])(?=\d)/g, `$1${GAP}`)
    .replace(/:(?=\/\/)/g, `:${GAP}`).replace(/\b(www)\./gi, `$1${GAP}.`);
}
