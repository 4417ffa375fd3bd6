import { alignColumns } from "./align_columns.ts";
import type { ArrowTable } from "./arrow_table.ts";
import { previewOf, type PreviewOptions } from "./preview.ts";

/** How much of a table is shown as text. */
export interface TextOptions extends PreviewOptions {
  /**
   * Most characters of a line: columns that do not fit are left out, and named below.
   * @default Infinity
   */
  maxWidth?: number;
}

/**
 * Shows a table as aligned text: names, types, the first rows and the total.
 *
 * @param table Arrow table
 * @param options `maxRows`, by default 10, and `maxWidth`
 * @returns lines of text without control characters
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { tableText } from "./table_text.ts";
 * console.assert(tableText(tableFromRows([{ hour: 18 }])).endsWith("1 row, 1 column"));
 * ```
 */
export function tableText(table: ArrowTable, { maxWidth = Infinity, ...options }: TextOptions = {}): string {
  const { columns, rows, total } = previewOf(table, options);
  if (columns.length === 0) return total;
  const cells = [
    columns.map(({ name }) => name),
    columns.map(({ type }) => type),
    ...rows.map((row) => row.map(({ text }) => text)),
  ];
  const { lines, widths, omitted } = alignColumns(cells, { right: columns.map(({ right }) => right), maxWidth });
  const [names, types, ...body] = lines;
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const hidden = omitted.map((column) => columns[column]!.name).join(", ");
  return [names, types, rule, ...body, hidden === "" ? total : `${total}; not shown: ${hidden}`].join("\n");
}
