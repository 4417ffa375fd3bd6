import { quoteText } from "../lake/mod.ts";

/** A file of concatenated frames of one partition. */
export interface FrameFile {
  /** Absolute path. */
  path: string;
  /** Partition of all its records. */
  partition: number;
  /** Day, UTC, on which the bus took them: `2001-05-31`. */
  day: string;
  /** First offset that is wanted. */
  from: number;
  /** Offset to end before. */
  to: number;
}

const LINE = "o:'BIGINT',m:'BIGINT',p:'VARCHAR',s:'BIGINT',k:'VARCHAR',t:'BIGINT',h:'JSON',v:'JSON'";

// A line that DuckDB cannot parse becomes a row of NULLs, and so one that the exact check is asked about.
const FRAMES = "format='newline_delimited', ignore_errors=true, maximum_object_size=4194304, compression='zstd'";

// Value and raw bytes, both with escapes: several times a record's 1,000,000 bytes. Nothing here may go missing.
const DECIDED = "format='newline_delimited', maximum_object_size=16777216";

/**
 * Writes the SELECT of the lines of frames, in the order of the files.
 *
 * @param files Files, in the order of partitions and offsets.
 * @returns SQL.
 */
export function framesSource(files: readonly FrameFile[]): string {
  return files.map(({ path, partition, day, from, to }) =>
    `SELECT CAST(${partition} AS INTEGER) AS "partition", DATE ${quoteText(day)} AS "day", * FROM read_json(${
      quoteText(path)
    }, ${FRAMES}, ` +
    `columns={${LINE}}) WHERE o >= ${from} AND o < ${to}`
  ).join(" UNION ALL ");
}

/**
 * Writes the SELECT of decided lines.
 *
 * @param path File of the lines, each with its decision.
 * @returns SQL.
 */
export function decidedSource(path: string): string {
  const decision =
    "\"partition\":'INTEGER',\"day\":'DATE',fit:'BOOLEAN',r:'VARCHAR',w:'VARCHAR',i:'VARCHAR',y:'VARCHAR',c:'VARCHAR',j:'VARCHAR',q:'VARCHAR'";
  return `SELECT * FROM read_json(${quoteText(path)}, ${DECIDED}, columns={${LINE},${decision}})`;
}
