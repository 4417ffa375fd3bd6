import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Moves what is on the bus into the lake; exit code 1 when a partition stands still. */
export const lakeIngest = withWorkbench(async (workbench) => {
  const reports = await (await workbench.ingest()).flush();
  const rows = reports.map(({ topic, partition, from, to, rows, rejected, duplicates }) => ({
    topic,
    partition,
    from,
    to,
    rows,
    rejected,
    duplicates,
  }));
  const stopped = reports.flatMap(({ stopped }) => stopped === undefined ? [] : [stopped]);
  const table = rows.length === 0 ? "the lake is complete: nothing new on the bus" : textTable(rows);
  return {
    json: rows.map((row, at) => ({ ...row, stopped: reports[at]!.stopped ?? null })),
    text: [table, ...stopped].join("\n"),
    exitCode: stopped.length === 0 ? 0 : 1,
  };
});
