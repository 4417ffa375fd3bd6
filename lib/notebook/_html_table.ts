import { escapeHtml } from "../columns/mod.ts";
import type { ShownTable } from "./_table.ts";

/** What a table begins with: a box that scrolls, also by keys. */
export const TABLE_OPEN = `<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>`;

/** About how many characters a line of a table has on paper. */
const PAPER = 105;
/** Room between columns, in characters. */
const GAP = 3;

/**
 * Tells how many columns of a table go on paper, where nothing scrolls.
 *
 * @param widths Longest text of each column, in characters.
 * @returns Columns from the left; at least one.
 */
export function columnsOnPaper(widths: number[]): number {
  let used = 0;
  const beyond = widths.findIndex((width) => (used += Math.min(width, 40) + GAP) > PAPER);
  return beyond < 0 ? widths.length : Math.max(1, beyond);
}

/** What a table ends with; on paper with how many columns it has there. */
export function tableClose(onPaper: number, columns: number): string {
  const note = `<p class="note paper">The first ${onPaper} of ${columns} columns; the page on a screen has all.</p>`;
  return `</table></div>${onPaper < columns ? `\n${note}` : ""}`;
}

/** Classes of a cell as an attribute, or "". */
export function cellClass(right: boolean, offPaper: boolean): string {
  const names = [...right ? ["right"] : [], ...offPaper ? ["off-paper"] : []];
  return names.length === 0 ? "" : ` class="${names.join(" ")}"`;
}

/** A table with numbers on the right. */
export function tableHtml({ columns, rows, note }: ShownTable): string {
  const widths = columns.map(({ name }, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 4)));
  const onPaper = columnsOnPaper(widths);
  const classes = columns.map(({ right }, at) => cellClass(right, at >= onPaper));
  const head = columns.map(({ name }, at) => `<th scope="col"${classes[at]}>${escapeHtml(name)}</th>`);
  const body = rows.map((row) => {
    return `<tr>${
      row.map((text, at) => `<td${classes[at]}>${text === null ? NULL : escapeHtml(text)}</td>`).join("")
    }</tr>`;
  });
  const table = `<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>`;
  const left = note === "" ? "" : `\n<p class="note">${escapeHtml(note)}</p>`;
  return `${TABLE_OPEN}${table}${tableClose(onPaper, columns.length)}${left}`;
}

const NULL = `<span class="null">NULL</span>`;
