import type { ArrowTable } from "./arrow_table.ts";
import { previewOf, type PreviewOptions } from "./preview.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Shows a table as HTML: names, types, the first rows and the total; every cell is escaped.
 *
 * @param table Arrow table
 * @param options `maxRows`, by default 10
 * @returns one `<div>` with a `<table>`, without scripts, styles of its own on alignment only
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { tableHtml } from "./table_html.ts";
 * console.assert(!tableHtml(tableFromRows([{ name: "<script>" }])).includes("<script>"));
 * ```
 */
export function tableHtml(table: ArrowTable, options: PreviewOptions = {}): string {
  const { columns, rows, total } = previewOf(table, options);
  const head = columns.map(({ name, type, right }) =>
    `<th${align(right)}>${escapeHtml(name)}<br><small style="font-weight: normal; opacity: 0.7">${
      escapeHtml(type)
    }</small></th>`
  );
  const body = rows.map((row) =>
    `<tr>${row.map(({ text, isNull }, i) => cellHtml(text, isNull, columns[i]!.right)).join("")}</tr>`
  );
  return `<div><table><thead><tr>${head.join("")}</tr></thead><tbody>\n${
    body.join("\n")
  }\n</tbody></table><p><small>${total}</small></p></div>`;
}

/**
 * Escapes text for HTML, in content and in quoted attributes.
 *
 * @param text any text
 * @returns the text with `& < > " '` as entities
 * @example
 * ```ts
 * import { escapeHtml } from "./table_html.ts";
 * console.assert(escapeHtml("<b>") === "&lt;b&gt;");
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}

function cellHtml(text: string, isNull: boolean, right: boolean): string {
  return `<td${align(right)}>${isNull ? '<span style="opacity: 0.5">NULL</span>' : escapeHtml(text)}</td>`;
}

function align(right: boolean): string {
  return ` style="text-align: ${right ? "right" : "left"}"`;
}
