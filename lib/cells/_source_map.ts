/** One step of a source map: generated line and column, source line and column, all from 1. */
export type Segment = readonly [line: number, column: number, sourceLine: number, sourceColumn: number];

/**
 * Decodes the mappings of a source map with one source (ECMA-426, section "Mappings").
 *
 * @param mappings Base64 VLQ groups: `;` ends a generated line, `,` a segment.
 * @param shiftLines How many lines stand before the generated text.
 * @returns The segments in the order of the generated text.
 */
export function decodeMappings(mappings: string, shiftLines: number): Segment[] {
  const found: Segment[] = [];
  let sourceLine = 0;
  let sourceColumn = 0;
  for (const [index, group] of mappings.split(";").entries()) {
    let column = 0;
    for (const text of group === "" ? [] : group.split(",")) {
      const [columns = 0, , lines, sourceColumns] = decodeVlq(text);
      column += columns;
      if (lines === undefined || sourceColumns === undefined) continue;
      sourceLine += lines;
      sourceColumn += sourceColumns;
      found.push([index + 1 + shiftLines, column + 1, sourceLine + 1, sourceColumn + 1]);
    }
  }
  return found;
}

/** The source position of a generated one: of the nearest segment at or before it. */
export function lookUp(segments: readonly Segment[], line: number, column: number): { line: number; column: number } {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const [atLine, atColumn] = segments[middle]!;
    if (atLine < line || (atLine === line && atColumn <= column)) low = middle + 1;
    else high = middle;
  }
  const segment = segments[Math.max(0, low - 1)];
  return segment ? { line: segment[2], column: segment[3] } : { line: 1, column: 1 };
}

function decodeVlq(text: string): number[] {
  const values: number[] = [];
  let shift = 0;
  let value = 0;
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    values.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return values;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
