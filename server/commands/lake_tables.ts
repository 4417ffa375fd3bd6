import { type Lag, lagOf } from "../../lib/ingest/mod.ts";
import { listTables, readSnapshot, tableInfo } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

/** A table with its counts; null where they are not known. */
interface Row {
  name: string;
  rows: number | null;
  rejected: number | null;
  files: number | null;
  bytes: number | null;
  version: number | null;
  columns: number | null;
  /** Offsets of its topic that are on the bus only; null for a table that is no topic's, or when the bus is away. */
  lag: number | null;
}

/** What is wrong with a table, or with the bus. */
type Problem = [name: string, problem: string];

/** Lists the lake's tables, and the topics that will become some, with what the bus has beyond them. */
export const lakeTables = withWorkbench(async (workbench) => {
  const store = await workbench.store();
  const { lags, problems } = await lagsOf(workbench, store);
  const rows: Row[] = [];
  for (const name of [...new Set([...await listTables(store), ...waitingIn(lags)])].sort()) {
    const row = await rowOf(store, name, lagIn(lags.get(name)));
    if ("problem" in row) problems.push([name, row.problem]);
    rows.push("problem" in row ? { name, ...NOTHING, lag: lagIn(lags.get(name)) } : row);
  }
  const below = problems.map(([name, problem]) => `${name}: ${problem}`).join("\n");
  const table = rows.length === 0 ? "no tables in the lake" : textTable(rows.map((row) => ({ ...row })));
  return {
    json: rows.map((row) => ({ ...row, problem: problems.find(([name]) => name === row.name)?.[1] ?? null })),
    text: below === "" ? table : `${table}\n\n${below}`,
    exitCode: problems.length === 0 ? 0 : 1,
  };
});

const NOTHING = { rows: null, rejected: null, files: null, bytes: null, version: null, columns: null };

async function rowOf(store: Store, name: string, lag: number | null): Promise<Row | { problem: string }> {
  try {
    const snapshot = await readSnapshot(store, name);
    if (snapshot === null) return { name, ...NOTHING, lag };
    const { rows, rejected, files, bytes, version, columns } = tableInfo(snapshot);
    return { name, rows, rejected, files, bytes, version, columns: columns.length, lag };
  } catch (error) {
    return { problem: explain(error) };
  }
}

/** The lag of every topic. A bus that is away does not keep the tables from being listed. */
async function lagsOf(workbench: Workbench, store: Store): Promise<{ lags: Map<string, Lag[]>; problems: Problem[] }> {
  const lags = new Map<string, Lag[]>();
  const problems: Problem[] = [];
  try {
    const bus = await workbench.bus();
    for (const info of await bus.topics()) {
      try {
        lags.set(info.topic, await lagOf(bus, store, info));
      } catch {
        continue; // a table that cannot be read is told of as such
      }
      for (const { stopped } of lags.get(info.topic)!) if (stopped !== null) problems.push([info.topic, stopped]);
    }
  } catch (error) {
    problems.push(["bus", explain(error)]);
  }
  return { lags, problems };
}

function lagIn(lags: readonly Lag[] | undefined): number | null {
  return lags === undefined ? null : lags.reduce((sum, { waiting }) => sum + waiting, 0);
}

function waitingIn(lags: ReadonlyMap<string, readonly Lag[]>): string[] {
  return [...lags].filter(([, of]) => (lagIn(of) ?? 0) > 0).map(([name]) => name);
}
