/** How a table is compacted. */
export interface CompactOptions {
  /**
   * Size that files are brought to, bytes; larger ones stay as they are, unless they are clustered.
   * @default 134217728
   */
  targetBytes?: number;
  /** Condition as in WHERE: only files that may hold such rows. */
  where?: string;
  /** Columns by whose values the rows are sorted; for a topic's table not allowed, whose order is that of the bus. */
  clusterBy?: string | readonly string[];
}

/** What a compaction did. */
export interface Compacted {
  /** Version that it made; null when there was nothing to do. */
  version: number | null;
  /** Files that were read. */
  filesBefore: number;
  /** Files that took their place. */
  filesAfter: number;
  /** Rows that were written anew. */
  rows: number;
  /** Size of the files that took their place. */
  bytes: number;
}
