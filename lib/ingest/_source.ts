import { quoteText } from "../lake/mod.ts";
import type { Structure } from "./_shape_sql.ts";
import type { Range, SpoolFile } from "./_spool.ts";

const LINE = "o:'BIGINT',m:'BIGINT',p:'VARCHAR',s:'BIGINT',k:'VARCHAR',t:'BIGINT',h:'JSON',v:'JSON'";

// A line that DuckDB cannot parse becomes a row of NULLs, and so one that the exact check is asked about.
const FRAMES = "format='newline_delimited', ignore_errors=true, maximum_object_size=4194304, compression='zstd'";

// Value and raw bytes, both with escapes: several times a record's 1,000,000 bytes. Nothing here may go missing.
const DECIDED = "format='newline_delimited', maximum_object_size=16777216";

// One column of whole lines: neither JSON nor the base64 beside it holds a control character.
const LINES = "columns={line:'VARCHAR'}, auto_detect=false, header=false, delim='\x01', quote='', escape='', " +
  "comment='', nullstr='\x02', new_line='\\n', max_line_size=4194304, buffer_size=8388608, compression='zstd'";

/**
 * Writes the SELECT of the lines of frames, in the order of the files: "partition", "day", o, m, p, s, k, t, h, v.
 *
 * @param files Files, in the order of partitions and offsets.
 * @returns SQL.
 */
export function framesSource(files: readonly SpoolFile[]): string {
  return placed(files, `read_json([${pathsOf(files)}], ${FRAMES}, columns={${LINE}})`);
}

/**
 * Writes the SELECT of the lines of frames with their values as the texts that they are, where DuckDB's JSON would write
 * numbers anew; NULL where a value is not JSON.
 *
 * @param files Files, in the order of partitions and offsets.
 * @param value What "v" is to hold of the value.
 * @returns SQL, columns as those of framesSource, and "text".
 */
export function textSource(files: readonly SpoolFile[], value: Structure): string {
  const structure = {
    o: "BIGINT",
    m: "BIGINT",
    p: "VARCHAR",
    s: "BIGINT",
    k: "VARCHAR",
    t: "BIGINT",
    h: "JSON",
    v: value,
  };
  const lines = `SELECT file_index, line, ${VALUE_AT} AS start, json_transform(line, ${
    quoteText(JSON.stringify(structure))
  }) AS j FROM read_csv([${pathsOf(files)}], ${LINES})`;
  const columns = Object.keys(structure).map((name) => `j.${name} AS ${name}`).join(", ");
  const text = "CASE WHEN start > 0 THEN substr(line, start + 5, length(line) - start - 5) END";
  return placed(files, `(SELECT file_index, ${columns}, ${text} AS text FROM (${lines}))`);
}

// In JSON a quote within a text is escaped, so this mark is found nowhere before it stands where the value begins.
const VALUE_AT = `strpos(line, ',"v":')`;

function pathsOf(files: readonly SpoolFile[]): string {
  return files.map(({ path }) => quoteText(path)).join(", ");
}

function placed(files: readonly SpoolFile[], rows: string): string {
  const partition = perFile(files, (file) => `CAST(${file.partition} AS INTEGER)`);
  const day = perFile(files, (file) => `DATE ${quoteText(file.day)}`);
  const outside = files.flatMap(outsideOf);
  return `SELECT ${partition} AS "partition", ${day} AS "day", * FROM ${rows} ` +
    `WHERE o IS NOT NULL${outside.map((condition) => ` AND NOT (${condition})`).join("")}`;
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
    ...(without.length > 0 ? [`o IN (${offsetsOf(without)})`] : []),
  ];
  return conditions.map((condition) => `file_index = ${index} AND ${condition}`);
}

/** A join: conditions would be compared one by one with each row. */
function offsetsOf(ranges: readonly Range[]): string {
  const list = ranges.map(({ from, to }) => `[${from}, ${to}]`).join(", ");
  return `SELECT unnest(range(span[1]::BIGINT, span[2]::BIGINT)) FROM (SELECT unnest([${list}]) AS span)`;
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
