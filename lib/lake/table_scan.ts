/** How much of a table a query reads. */
export interface TableScan {
  /** Name as the query says it. */
  name: string;
  /** Version that is read; null for a topic that is on the bus only. */
  version: number | null;
  /** Number of data files that hold the table's rows. */
  files: number;
  /** How many of them are read: no row of the others can meet the query's conditions. */
  filesRead: number;
  /** Size of the data files. */
  bytes: number;
  /** Size of those that are read. */
  bytesRead: number;
}
