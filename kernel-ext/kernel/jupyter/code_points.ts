/** The offset in UTF-16 units of a cursor that Jupyter counts in code points. */
export function utf16Offset(text: string, codePoints: number): number {
  let offset = 0;
  for (let count = 0; count < codePoints && offset < text.length; count++) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** How many code points lie before an offset in UTF-16 units. */
export function codePointsBefore(text: string, offset: number): number {
  let count = 0;
  for (let at = 0; at < Math.min(offset, text.length); count++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return count;
}
