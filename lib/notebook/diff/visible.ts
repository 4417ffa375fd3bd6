// C0 and C1 controls, and the marks that reorder or hide text: what a terminal would obey and a page would hide.
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Makes characters visible that a terminal would obey and a reviewer would not see: controls, and marks that reorder or
 * hide text. Tabs and line breaks stay.
 *
 * @param text A text of others.
 * @returns The text with those characters as escapes, such as `\u202e` or `\r`.
 *
 * @example
 * ```ts
 * import { visible } from "./visible.ts";
 *
 * console.assert(visible("a\u202eb\tc") === "a\\u202eb\tc");
 * ```
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, (char) => {
    return char === "\r" ? "\\r" : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Without the colours that programs give to their output. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
