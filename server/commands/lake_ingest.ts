import type { Ingest, Resumed } from "../../lib/ingest/mod.ts";
import { textTable } from "./text_table.ts";
import { type Call, UsageError } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Moves what is on the bus into the lake; exit code 1 when a partition stands still. `--resume` lets a topic go on. */
export const lakeIngest = withWorkbench(async (workbench, { options }) => {
  const ingest = await workbench.ingest();
  const resumed = await resume(ingest, options);
  const reports = await ingest.flush();
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
    text: [...resumed.map(toldOf), table, ...stopped].join("\n"),
    exitCode: stopped.length === 0 ? 0 : 1,
  };
});

async function resume(ingest: Ingest, { resume, why }: Call["options"]): Promise<Resumed[]> {
  if ((resume === undefined) !== (why === undefined)) {
    throw new UsageError("lake ingest takes --resume TOPIC and --why TEXT together");
  }
  return resume === undefined ? [] : await ingest.resume(String(resume), String(why));
}

function toldOf({ topic, partition, reason, from, to }: Resumed): string {
  const place = `topic "${topic}", partition ${partition} goes on from offset ${to}`;
  return reason === "retention"
    ? `${place}: the ${to - from} offsets from ${from} on are lost`
    : `${place} where the bus is past it: what the bus has at the ${to - from} offsets from ${from} on is left out`;
}
