import type { ArrowTable } from "./arrow_table.ts";
import { previewOf, type PreviewOptions } from "./preview.ts";

/**
 * Shows a table as a GitHub-flavoured Markdown table; every cell is escaped, so none becomes a link, HTML or a new column.
 *
 * @param table Arrow table
 * @param options `maxRows`, by default 10
 * @returns Markdown, with the total below the table when rows are left out
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { tableMarkdown } from "./table_markdown.ts";
 * console.assert(tableMarkdown(tableFromRows([{ hour: 18 }])) === "| hour |\n| ---: |\n| 18 |");
 * ```
 */
export function tableMarkdown(table: ArrowTable, options: PreviewOptions = {}): string {
  const { columns, rows, total } = previewOf(table, options);
  if (columns.length === 0) return total;
  const lines = [
    columns.map((column) => escapeMarkdown(column.name)),
    columns.map((column) => column.right ? "---:" : ":---"),
    ...rows.map((row) => row.map(({ text, isNull }, i) => isNull ? "" : cellMarkdown(text, columns[i]!.right))),
  ];
  const markdown = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return rows.length < (options.totalRows ?? table.numRows) ? `${markdown}\n\n${total}` : markdown;
}

function cellMarkdown(text: string, isNumber: boolean): string {
  return isNumber ? text : escapeMarkdown(text);
}

function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]|~$]/g, "\\$&")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/(https?|ftp):\/\//gi, "$1:&#47;&#47;").replace(/\bwww\./gi, "www&#46;");
}
