import { type Row, tableFromRows } from "../columns/mod.ts";
import { type DisplayBundle, displayTable, JUPYTER_DISPLAY } from "../lake/mod.ts";

/** Rows that a notebook shows as a table. */
export interface ShownTable {
  /** What Jupyter shows. */
  [JUPYTER_DISPLAY](): DisplayBundle;
}

/**
 * Shows rows as a table, in the notebook and in its report.
 *
 * @param rows objects with the same keys
 * @returns what a cell ends with
 * @example
 * ```ts
 * import { table } from "boathouse";
 * table([{ model: "flight-delay@1", rmse: 26.4 }]);
 * ```
 */
export function table(rows: readonly Row[]): ShownTable {
  return { [JUPYTER_DISPLAY]: () => displayTable(tableFromRows(rows)) };
}
