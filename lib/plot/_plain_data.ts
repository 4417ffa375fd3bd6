import * as Plot from "@observablehq/plot";

type Row = Record<string, unknown>;
type Read = (value: Row) => unknown;

const micros: Read = ({ micros }) => new Date(Number(micros as bigint / 1000n));

/** Values of DuckDB's own rows as Plot takes them, by the name of their class; Plot itself reads big integers. */
const READERS: Readonly<Record<string, Read>> = {
  DuckDBDecimalValue: (value) => (value as unknown as { toDouble(): number }).toDouble(),
  DuckDBTimestampValue: micros,
  DuckDBTimestampTZValue: micros,
  DuckDBTimestampSecondsValue: ({ seconds }) => new Date(Number(seconds) * 1000),
  DuckDBTimestampMillisecondsValue: ({ millis }) => new Date(Number(millis)),
  DuckDBTimestampNanosecondsValue: ({ nanos }) => new Date(Number(nanos as bigint / 1_000_000n)),
  DuckDBDateValue: ({ days }) => new Date(Number(days) * 86_400_000),
};

/**
 * Gives marks whose data are rows of DuckDB's own client rows of dates and numbers; other marks stay as they are. The
 * rows of a lake's result are plain already.
 *
 * @param marks Marks as `Plot.plot` takes them.
 * @returns Marks to draw; the given ones are not changed.
 */
export function plainMarks(marks: Plot.Markish): Plot.Markish {
  if (Array.isArray(marks)) return marks.map(plainMarks);
  if (!(marks instanceof Plot.Mark)) return marks;
  const { data } = marks as unknown as { data: unknown };
  if (!Array.isArray(data) || readersOf(data).length === 0) return marks;
  return Object.create(marks, { data: { value: plainRows(data) } }) as Plot.Markish;
}

function plainRows(rows: Row[]): Row[] {
  const readers = readersOf(rows);
  return rows.map((row) => {
    const plain = readers.map(([name, read]) => [name, isNothing(row[name]) ? row[name] : read(row[name] as Row)]);
    return { ...row, ...Object.fromEntries(plain) };
  });
}

/** Which columns have values of DuckDB, by the first of each that is not NULL. */
function readersOf(rows: unknown[]): [name: string, read: Read][] {
  const [first] = rows;
  if (typeof first !== "object" || first === null) return [];
  return Object.keys(first).flatMap((name): [string, Read][] => {
    const value = (rows as Row[]).find((row) => !isNothing(row?.[name]))?.[name];
    const read = READERS[(value as object | undefined)?.constructor?.name ?? ""];
    return read && typeof value === "object" ? [[name, read]] : [];
  });
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}
