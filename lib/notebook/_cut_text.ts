import { visible } from "./visible.ts";

/** How much of a text is shown. */
export interface TextBounds {
  /** Most lines. */
  lines: number;
  /** Most characters of a line. */
  width: number;
}

/**
 * Takes the beginning of a text as a terminal would leave it: without colours, with what a carriage return wrote over
 * gone. It looks at what it shows only, so a text of many megabytes costs no more than a short one.
 *
 * @param text Any text.
 * @param bounds How much is shown.
 * @returns The lines, and how many more there are.
 */
export function cutText(text: string, { lines, width }: TextBounds): { lines: string[]; more: number } {
  const end = endOf(text);
  const shown: string[] = [];
  let at = 0;
  while (at < end && shown.length < lines) {
    const stop = lineEnd(text, at, end);
    shown.push(lineText(text, at, stop, width));
    at = stop + 1;
  }
  return { lines: shown, more: at < end ? 1 + countBreaks(text, at, end) : 0 };
}

/** Where a text ends without its last line breaks. */
function endOf(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return end;
}

function lineEnd(text: string, from: number, end: number): number {
  const found = text.indexOf("\n", from);
  return found < 0 || found > end ? end : found;
}

function countBreaks(text: string, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; at++) if (text.charCodeAt(at) === 10) count++;
  return count;
}

function lineText(text: string, from: number, to: number, width: number): string {
  const stop = text[to - 1] === "\r" ? to - 1 : to;
  const back = text.lastIndexOf("\r", stop - 1);
  const start = back < from ? from : back + 1;
  // Colours take room that is not seen.
  const line = plainText(text.slice(start, Math.min(stop, start + 8 * width)));
  return line.length > width || stop - start > 8 * width ? `${line.slice(0, width)}…` : line;
}

/** A text on one line, cut where it is long. */
export function cutLine(text: string, width: number): string {
  const line = plainText(text.slice(0, 2 * width)).replace(/\s+/g, " ").trim();
  return line.length > width || text.length > 2 * width ? `${line.slice(0, width)}…` : line;
}

/** A text without colours and other control characters of terminals; marks that reorder or hide text are shown. */
export function plainText(text: string): string {
  // deno-lint-ignore no-control-regex
  const plain = text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, "")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
  return visible(plain.toWellFormed());
}
