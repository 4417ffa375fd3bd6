import type { ArrowTable, Row } from "../columns/mod.ts";
import { type DisplayBundle, displayTable, JUPYTER_DISPLAY } from "./display.ts";
import type { InputRead } from "./inputs.ts";
import { type Result, resultOf } from "./result.ts";
import { quoteName } from "./sql_type.ts";

/**
 * Rows by name of table, so that `lake.table("flights")` knows its columns. It is empty until a file that
 * `boathouse types` writes declares into it.
 */
// deno-lint-ignore no-empty-interface
export interface LakeTables {}

/** A table by name: put it into `lake.sql`, or let a notebook show it. Nothing is read before. */
export interface TableRef<T = Row> {
  /** Name. */
  readonly name: string;
  /** Name in SQL, to be put in double quotes: `flights@3` where a version is asked for. */
  readonly view: string;
  /** Reads the first rows, by default 10. */
  head(count?: number): Promise<Result<T>>;
  /** Counts the rows. */
  count(): Promise<number>;
  /** Reads some columns of all rows, ordered by some of them if asked. */
  select(columns: readonly string[], options?: { orderBy?: readonly string[] }): Promise<Result>;
  /** Tells what reading the table reads: enough to read the same again. */
  input(): Promise<InputRead>;
  /** How a notebook shows it: version, number of rows, columns, first rows. */
  [JUPYTER_DISPLAY](): Promise<DisplayBundle>;
}

/** What a reference needs of the lake. */
export interface TableReader {
  /** Runs a SELECT. */
  query(text: string, values: readonly unknown[]): Promise<ArrowTable>;
  /** Tells the version that a table is pinned at; -1 when it is on the bus only. */
  version(table: string): Promise<number>;
  /** Tells what a query over a table reads. */
  input(table: string): Promise<InputRead>;
}

// By a registered symbol, so that references of a module that was loaded twice are known too.
const TABLE_REF = Symbol.for("Boathouse.tableRef");
const SHOWN_ROWS = 5;

/**
 * Names a table of the lake.
 *
 * @param reader the lake
 * @param name name of the table, or of the rejected records of a topic (`flights_dlq`); for people to read
 * @param view name in SQL
 * @returns the reference
 */
export function tableRef<T = Row>(reader: TableReader, name: string, view: string): TableRef<T> {
  const from = `FROM ${quoteName(view)}`;
  const head = async (count = 10) => resultOf<T>(await reader.query(`SELECT * ${from} LIMIT $1`, [count]));
  const count = async () => {
    const [row] = resultOf<{ n: number }>(await reader.query(`SELECT count(*) AS n ${from}`, []));
    return row!.n;
  };
  const select = async (columns: readonly string[], { orderBy = [] }: { orderBy?: readonly string[] } = {}) => {
    const order = orderBy.length > 0 ? ` ORDER BY ${orderBy.map(quoteName).join(", ")}` : "";
    return resultOf(await reader.query(`SELECT ${columns.map(quoteName).join(", ")} ${from}${order}`, []));
  };
  const input = () => reader.input(view);
  const show = async () =>
    displayRef(name, await reader.version(view), await count(), (await head(SHOWN_ROWS)).arrow());
  const frame = () => ({ kind: "table", bytes: new TextEncoder().encode(JSON.stringify([name, view])) });
  return Object.defineProperties({ name, view, head, count, select, input, [JUPYTER_DISPLAY]: show }, {
    [TABLE_REF]: { value: true },
    [Symbol.for("Boathouse.frame")]: { value: frame },
  });
}

/**
 * Tells whether a value in a query is a reference to a table.
 *
 * @param value any value
 * @returns true when `lake.table` made it
 */
export function isTableRef(value: unknown): value is TableRef {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[TABLE_REF] === true;
}

function displayRef(name: string, version: number, rows: number, first: ArrowTable): DisplayBundle {
  const title = `${name}, ${version < 0 ? "on the bus" : `version ${version}`}`;
  const shown = displayTable(first, { maxRows: SHOWN_ROWS, totalRows: rows });
  return {
    "text/plain": `${title}\n${shown["text/plain"]}`,
    "text/html": `<div><p><b>${title}</b></p>${shown["text/html"]}</div>`,
    "text/markdown": `${title}\n\n${shown["text/markdown"]}`,
  };
}
