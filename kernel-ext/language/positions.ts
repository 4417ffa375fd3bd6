/** A place in a text as the protocol has it: both from 0, `character` in UTF-16 units. */
export interface Position {
  line: number;
  character: number;
}

/** From `start` up to, without, `end`. */
export interface Range {
  start: Position;
  end: Position;
}

/** The place of an offset, in UTF-16 units; one past the end is the end. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset));
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 0;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
  return { line, character: before.length - lineStart };
}

/** The offset of a place; one past the end of its line is that end. */
export function offsetAt(text: string, { line, character }: Position): number {
  let start = 0;
  for (let count = 0; count < line; count++) {
    const next = text.indexOf("\n", start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + character, end < 0 ? text.length : end);
}
