import type { ArrowTable } from "./arrow_table.ts";
import { formatCell, printable } from "./_format_cell.ts";
import { firstCells } from "./rows.ts";
import { isNumeric, typeName } from "./type_name.ts";

/** How much of a table is shown. */
export interface PreviewOptions {
  /**
   * Most rows to show.
   * @default 10
   */
  maxRows?: number;
  /** Number of rows that the total tells, when the table is itself the beginning of more. */
  totalRows?: number;
}

/** The part of a table that people see, as text. */
export interface Preview {
  columns: { name: string; type: string; right: boolean }[];
  /** Cells, and whether each is NULL. */
  rows: { text: string; isNull: boolean }[][];
  /** For example "10 of 500,000 rows, 3 columns". */
  total: string;
}

export function previewOf(
  table: ArrowTable,
  { maxRows = 10, totalRows = table.numRows }: PreviewOptions = {},
): Preview {
  const types = table.children.map((column) => typeName(column.type));
  const cells = firstCells(table, Math.max(0, maxRows));
  return {
    columns: table.names.map((name, i) => ({
      name: printable(String(name)),
      type: printable(types[i]!),
      right: isNumeric(table.children[i]!.type),
    })),
    rows: cells.map((row) =>
      row.map((cell, i) => ({ text: formatCell(cell, types[i]!), isNull: cell === null || cell === undefined }))
    ),
    total: totalOf(cells.length, totalRows, table.numCols),
  };
}

function totalOf(shown: number, rows: number, columns: number): string {
  const all = `${rows.toLocaleString("en-US")} row${rows === 1 ? "" : "s"}`;
  return `${shown < rows ? `${shown.toLocaleString("en-US")} of ` : ""}${all}, ${columns} column${
    columns === 1 ? "" : "s"
  }`;
}
