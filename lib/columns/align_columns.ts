/** How cells are laid out. */
export interface AlignOptions {
  /** Columns whose cells go to the right. */
  right: readonly boolean[];
  /**
   * Most characters of a line: columns that do not fit are left out, from the middle on.
   * @default Infinity
   */
  maxWidth?: number;
}

/** Lines of text in columns. */
export interface Aligned {
  /** One line for each line of cells. */
  lines: string[];
  /** Characters of each column that is shown, in order. */
  widths: number[];
  /** Places of the columns that did not fit. */
  omitted: number[];
}

const GAP = 2;
const MARK = "…";

/**
 * Lays out lines of cells in columns that stand below each other.
 *
 * @param cells lines of cells, all of one length
 * @param options which columns go to the right, and the width that there is
 * @returns the lines, and which columns did not fit
 * @example
 * ```ts
 * import { alignColumns } from "./align_columns.ts";
 * console.assert(alignColumns([["a", "n"], ["bc", "1"]], { right: [false, true] }).lines[1] === "bc  1");
 * ```
 */
export function alignColumns(cells: readonly (readonly string[])[], options: AlignOptions): Aligned {
  const { right, maxWidth = Infinity } = options;
  const widths = right.map((_, column) => cells.reduce((widest, line) => Math.max(widest, charsOf(line[column]!)), 0));
  const shown = fitting(widths, maxWidth);
  const omitted = widths.map((_, column) => column).filter((column) => !shown.includes(column));
  const places = omitted.length === 0 ? shown : shown.toSpliced(omitted[0]!, 0, -1);
  const lines = cells.map((line) =>
    places.map((column) => column < 0 ? MARK : padded(line[column]!, widths[column]!, right[column]!)).join("  ")
      .trimEnd()
  );
  return { lines, widths: places.map((column) => column < 0 ? 1 : widths[column]!), omitted };
}

/** The columns that fit beside each other: taken by turns from both ends, as the first and the last tell most. */
function fitting(widths: readonly number[], maxWidth: number): number[] {
  const all = widths.map((_, column) => column);
  if (widths.reduce((sum, width) => sum + width + GAP, -GAP) <= maxWidth) return all;
  const first: number[] = [], last: number[] = [];
  let left = maxWidth - MARK.length - GAP;
  for (let low = 0, high = widths.length - 1; low <= high;) {
    const isFirst = first.length <= last.length;
    const column = isFirst ? low++ : high--;
    left -= widths[column]! + (first.length + last.length > 0 ? GAP : 0);
    if (left < 0 && first.length > 0) break;
    if (isFirst) first.push(column);
    else last.unshift(column);
  }
  return [...first, ...last];
}

function padded(cell: string, width: number, right: boolean): string {
  const space = " ".repeat(width - charsOf(cell));
  return right ? space + cell : cell + space;
}

function charsOf(text: string): number {
  return [...text].length;
}
