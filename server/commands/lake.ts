import { plainJson } from "./plain_json.ts";
import { withWorkbench } from "./with_workbench.ts";
import { textTable } from "./text_table.ts";

/** Lists the lake's tables. */
export const lakeTables = withWorkbench(async (workbench) => {
  const rows = (await (await workbench.lake()).tables()).map(({ columns, ...table }) => ({
    ...table,
    columns: columns.length,
  }));
  return { json: rows, text: textTable(rows) };
});

/** Shows a table's columns and first rows. */
export const lakeShow = withWorkbench(async (workbench, { args }) => {
  const lake = await workbench.lake();
  const result = await lake.query(`SELECT * FROM ${quoted(args[0]!)} LIMIT 5`);
  const [total] = (await lake.query<{ n: number }>(`SELECT count(*) AS n FROM ${quoted(args[0]!)}`)).rows();
  const columns = result.columns.map(({ name, type }) => ({ column: name, type: String(type) }));
  return {
    json: { table: args[0]!, rows: total!.n, columns, first: plainJson(result.rows({ bigint: true, time: "string" })) },
    text: `${total!.n} rows\n\n${textTable(columns)}`,
  };
});

/** Moves what is on the bus into the lake. */
export const lakeIngest = withWorkbench(async (workbench) => {
  const reports = await (await workbench.ingest()).flush();
  const rows = reports.map(({ topic, partition, from, to, rows, rejected }) => ({
    topic,
    partition,
    from,
    to,
    rows,
    rejected,
  }));
  return { json: rows, text: rows.length === 0 ? "the lake is complete: nothing new on the bus" : textTable(rows) };
});

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
