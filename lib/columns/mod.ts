export {
  type ArrowColumn,
  type ArrowTable,
  arrowTable,
  type ArrowType,
  type ColumnBuffers,
  columnOf,
  type TypedArray,
} from "./arrow_table.ts";
export { tableFromRows } from "./from_rows.ts";
export { fromArrowBytes, toArrowBytes } from "./ipc.ts";
export { iterateCells, iterateRows, type Row, rowReader, rowsOf } from "./rows.ts";
export type { RowOptions } from "./read_cell.ts";
export { type ColumnType, typeName } from "./type_name.ts";
export { fromPolars, type PolarsFrame, toPolars } from "./polars.ts";
export { type ArqueroTable, fromArquero, toArquero } from "./arquero.ts";
export { type DanfoFrame, type DanfoLoader, type DanfoOptions, fromDanfo, toDanfo } from "./danfo.ts";
export { columnValues } from "./column_values.ts";
export { type Tabular, toTable } from "./to_table.ts";
export { alignColumns, type Aligned, type AlignOptions } from "./align_columns.ts";
export { tableText, type TextOptions } from "./table_text.ts";
export { escapeHtml, tableHtml } from "./table_html.ts";
export { tableMarkdown } from "./table_markdown.ts";
export type { PreviewOptions } from "./preview.ts";
