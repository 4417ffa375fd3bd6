// C0 and C1 controls, and the marks that reorder or hide text: what a terminal would obey and a page would hide.
const OBEYED =
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b\u200e\u200f]|` +
  String.raw`[\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e01ef}]`;
// Scripts and pictures in which a joiner without width shapes what stands beside it; elsewhere it only hides.
const SHAPED = [
  "Arabic Syriac Mongolian Nko Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala".split(
    " ",
  )
    .map((name) => String.raw`\p{Script=${name}}`),
  String.raw`\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}`,
].flat().join("");
const HIDDEN = new RegExp(`${OBEYED}|(?<![${SHAPED}])[\u200c\u200d]|[\u200c\u200d](?![${SHAPED}])`, "gu");

/**
 * Makes characters visible that a terminal would obey and a reviewer would not see: controls, and marks that reorder or
 * hide text. Tabs and line breaks stay, and joiners where a script or a picture is written with them.
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
    return char === "\r" ? "\\r" : escapeOf(char.codePointAt(0)!);
  });
}

function escapeOf(code: number): string {
  const digits = code.toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, "0")}`;
}

/** Without the colours that programs give to their output. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
