import { tableText } from "../../lib/columns/mod.ts";
import { isoMicros } from "../../lib/events/mod.ts";
import {
  checkTableName,
  quoteName,
  readHistory,
  readSnapshot,
  type TableCommit,
  tableInfo,
} from "../../lib/lake/mod.ts";
import { plainJson } from "./plain_json.ts";
import { lineWidth } from "./print.ts";
import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

const FIRST_ROWS = 5;
const COMMITS = 10;

/** Shows a table: columns, first rows, version, partitioning, files and history. */
export const lakeShow = withWorkbench(async (workbench, { args }) => {
  const name = args[0]!;
  checkTableName(name);
  const lake = await workbench.lake(), store = await workbench.store();
  const first = await lake.query(`SELECT * FROM ${quoteName(name)} LIMIT ${FIRST_ROWS}`);
  const [total] = (await lake.query<{ n: number }>(`SELECT count(*) AS n FROM ${quoteName(name)}`)).rows();
  const snapshot = await readSnapshot(store, name);
  const info = snapshot && tableInfo(snapshot);
  const history = await readHistory(store, name, { limit: COMMITS });
  const columns = first.columns.map(({ name, type }) => ({ column: name, type }));
  const partitionedBy = snapshot?.partitionColumns ?? [];
  const counts = {
    version: info?.version ?? null,
    rows: total!.n,
    rejected: info?.rejected ?? null,
    files: info?.files ?? 0,
    bytes: info?.bytes ?? 0,
  };
  const facts = Object.entries({ ...counts, "partitioned by": partitionedBy.join(", ") || null });
  const text = [
    textTable([Object.fromEntries(facts.filter(([, value]) => value !== null))]),
    textTable(columns),
    tableText(first.arrow(), { maxRows: FIRST_ROWS, totalRows: total!.n, maxWidth: lineWidth() }),
    ...history.length === 0 ? [] : [textTable(history.map(shownCommit))],
  ];
  return {
    json: {
      table: name,
      ...counts,
      partitionedBy,
      columns,
      history: history.map((commit) => ({ ...commit, timeMs: undefined, time: timeOf(commit) })).map(plainJson),
      first: plainJson(first.rows({ bigint: true, time: "string" })),
    },
    text: text.join("\n\n"),
  };
});

function timeOf({ timeMs }: TableCommit): string {
  return isoMicros(timeMs * 1000).replace("000Z", "Z");
}

function shownCommit(commit: TableCommit) {
  const { version, operation, added, removed, info } = commit;
  const detail = [
    ...Object.entries(info).map(([name, value]) =>
      `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`
    ),
    ...commit.inputs.map((input) => `from ${input.name}${"version" in input ? `@${input.version}` : ""}`),
  ];
  return { version, time: timeOf(commit), operation, "files +": added, "files −": removed, detail: detail.join(", ") };
}
