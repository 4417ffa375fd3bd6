import { quoteText } from "../lake/mod.ts";
import type { SpoolFile } from "./_spool.ts";

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
export function framesSource(files: readonly SpoolFile[]): string {
  const paths = files.map(({ path }) => quoteText(path)).join(", ");
  const partition = perFile(files, (file) => `CAST(${file.partition} AS INTEGER)`);
  const day = perFile(files, (file) => `DATE ${quoteText(file.day)}`);
  const outside = files.flatMap(outsideOf);
  return `SELECT ${partition} AS "partition", ${day} AS "day", * FROM read_json([${paths}], ${FRAMES}, ` +
    `columns={${LINE}}) WHERE o IS NOT NULL${outside.map((condition) => ` AND NOT (${condition})`).join("")}`;
}

/** What neighbours share is asked for once: each branch is a comparison per row. */
function perFile(files: readonly SpoolFile[], value: (file: SpoolFile) => string): string {
  const values = files.map(value);
  const branches = values.slice(0, -1).flatMap((each, index) =>
    each === values[index + 1] ? [] : [`WHEN file_index <= ${index} THEN ${each}`]
  );
  const last = values.at(-1)!;
  return branches.length === 0 ? last : `CASE ${branches.join(" ")} ELSE ${last} END`;
}

/** Where a frame begins before, or ends behind, what is wanted, and what is left out. */
function outsideOf({ from, to, frames, without }: SpoolFile, index: number): string[] {
  const first = frames[0]!, last = frames.at(-1)!;
  const conditions = [
    ...(first.baseOffset < from ? [`o < ${from}`] : []),
    ...(last.endOffset > to ? [`o >= ${to}`] : []),
    ...without.map((range) => `o BETWEEN ${range.from} AND ${range.to - 1}`),
  ];
  return conditions.map((condition) => `file_index = ${index} AND ${condition}`);
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
