import type { ArrowTable } from "./arrow_table.ts";
import { type Preview, previewOf, type PreviewOptions } from "./preview.ts";

/**
 * Shows a table as aligned text: names, types, the first rows and the total.
 *
 * @param table Arrow table
 * @param options `maxRows`, by default 10
 * @returns lines of text without control characters
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { tableText } from "./table_text.ts";
 * console.assert(tableText(tableFromRows([{ hour: 18 }])).endsWith("1 row, 1 column"));
 * ```
 */
export function tableText(table: ArrowTable, options: PreviewOptions = {}): string {
  const preview = previewOf(table, options);
  if (preview.columns.length === 0) return preview.total;
  const lines = [
    preview.columns.map((column) => column.name),
    preview.columns.map((column) => column.type),
    ...preview.rows.map((row) => row.map((cell) => cell.text)),
  ];
  const widths = widthsOf(lines, preview);
  const [names, types, ...rows] = lines.map((line) => alignLine(line, widths, preview));
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [names, types, rule, ...rows, preview.total].join("\n");
}

function widthsOf(lines: string[][], { columns }: Preview): number[] {
  return columns.map((_, i) => lines.reduce((widest, line) => Math.max(widest, charsOf(line[i]!)), 0));
}

function alignLine(line: string[], widths: number[], { columns }: Preview): string {
  return line.map((cell, i) => {
    const space = " ".repeat(widths[i]! - charsOf(cell));
    return columns[i]!.right ? space + cell : cell + space;
  }).join("  ").trimEnd();
}

function charsOf(text: string): number {
  return [...text].length;
}
