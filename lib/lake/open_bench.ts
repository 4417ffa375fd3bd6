/**
 * Opening a table of 10,000 commits and 1,000 live files, in a fresh process each time that has its modules loaded,
 * beside a bare replay of the same log entries (read, parse, last action by path) and, where it is installed, delta-rs.
 * Prints JSON lines {name, value, unit, ratio, peer}: `deno run -A lib/lake/open_bench.ts`.
 */
import { fileURLToPath } from "node:url";
import { pythonEnv, runPython } from "../../_tools/peers/python.ts";
import { openStore } from "../store/mod.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { tableAt } from "./_log_files.ts";
import { readLiveSnapshot, readSnapshot } from "./snapshot.ts";
import "./_read_checkpoint.ts";

const COMMITS = 10_000;
const LIVE = 1000;
const ROUNDS = 5;
const DELTA_RS = `
import os, sys, time
from deltalake import DeltaTable
start = time.perf_counter()
table = DeltaTable(sys.argv[1])
count = len(table.file_uris())
print((time.perf_counter() - start) * 1000, count, flush=True)
os._exit(0)
`;

const [task, folder] = Deno.args;
if (task === "open") {
  const store = await openStore({ kind: "directory", dir: folder! });
  console.log(await timed(async () => (await readLiveSnapshot(store, tableAt("t")))!.files.length));
}
if (task === "open to write") {
  const store = await openStore({ kind: "directory", dir: folder! });
  console.log(await timed(async () => (await readSnapshot(store, "t"))!.files.length));
}
if (task === "replay") console.log(await timed(() => replay(folder!)));
if (task === undefined) {
  await compare(3_600_000, "open 10,000 commits, 1,000 live files, cold");
  await compare(60_000, "the same with 9,000 tombstones of the last week");
}

/** An hour between commits leaves few tombstones in the checkpoint, a minute nearly all. */
async function compare(gapMs: number, name: string): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
  try {
    await makeTable(dir, gapMs);
    const python = await pythonEnv("deltalake", ["deltalake==1.6.6", "pyarrow==22.0.0"]).catch(() => null);
    const best = { open: Infinity, toWrite: Infinity, replay: Infinity, deltaRs: Infinity };
    for (let round = 0; round < ROUNDS; round++) {
      best.open = Math.min(best.open, await inProcess("open", dir));
      best.toWrite = Math.min(best.toWrite, await inProcess("open to write", dir));
      best.replay = Math.min(best.replay, await inProcess("replay", dir));
      if (python) {
        best.deltaRs = Math.min(best.deltaRs, parseFloat(await runPython(python, DELTA_RS, [`${dir}/tables/t`])));
      }
    }
    print(name, best.open, best.replay, "bare replay of 10,000 log entries");
    if (python) print(name, best.open, best.deltaRs, "delta-rs");
    print(`${name}, to write`, best.toWrite, best.replay, "bare replay of 10,000 log entries");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function print(name: string, ours: number, theirs: number, peer: string): void {
  console.log(JSON.stringify({ name, value: ours, unit: "ms", ratio: theirs / ours, peer }));
}

async function inProcess(task: string, dir: string): Promise<number> {
  const args = ["run", "-A", fileURLToPath(import.meta.url), task, dir];
  return Number(new TextDecoder().decode((await new Deno.Command(Deno.execPath(), { args }).output()).stdout));
}

async function timed(action: () => Promise<number>): Promise<number> {
  const start = performance.now();
  if (await action() !== LIVE) throw new Error("Cannot measure as another number of files is live");
  return performance.now() - start;
}

async function replay(dir: string): Promise<number> {
  const log = `${dir}/tables/t/_delta_log`;
  const live = new Set<string>();
  for (let version = 0; version < COMMITS; version++) {
    const text = await Deno.readTextFile(`${log}/${String(version).padStart(20, "0")}.json`);
    for (const line of text.trimEnd().split("\n")) {
      const { add, remove } = JSON.parse(line);
      if (remove) live.delete(remove.path);
      if (add) live.add(add.path);
    }
  }
  return live.size;
}

/** Every commit adds a file, and later ones take an old one away; the last checkpoint is as far back as it can be. */
async function makeTable(dir: string, gapMs: number): Promise<void> {
  const log = `${dir}/tables/t/_delta_log`;
  await Deno.mkdir(log, { recursive: true });
  for (let version = 0; version < COMMITS; version++) {
    const lines = actionsOf(version, gapMs).map((action) => JSON.stringify(action));
    await Deno.writeTextFile(`${log}/${String(version).padStart(20, "0")}.json`, lines.join("\n") + "\n");
  }
  const store = await openStore({ kind: "directory", dir });
  await writeCheckpoint(store, (await readSnapshot(store, "t", COMMITS - 100))!);
}

function actionsOf(version: number, gapMs: number): unknown[] {
  const timestamp = Date.now() - (COMMITS - version) * gapMs;
  const fields = ["_partition", "_offset", "delay", "distance", "origin"].map((name) => ({
    name,
    type: name === "origin" ? "string" : "long",
    nullable: true,
    metadata: {},
  }));
  const metaData = {
    id: "6c1e7a4e-0000-4000-8000-000000000000",
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify({ type: "struct", fields }),
    partitionColumns: [],
    configuration: {},
    createdTime: timestamp,
  };
  const first = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData }];
  return [
    { commitInfo: { timestamp, operation: "INGEST", operationParameters: {}, engineInfo: "Boathouse" } },
    ...(version === 0 ? first : []),
    { txn: { appId: "flights/1/0", version: version * 1000, lastUpdated: timestamp } },
    ...(version < LIVE ? [] : [{ remove: removed(version - LIVE, timestamp) }]),
    {
      add: {
        path: pathOf(version),
        partitionValues: {},
        size: 100_000,
        modificationTime: timestamp,
        dataChange: true,
        stats: statsOf(version),
      },
    },
  ];
}

function removed(number: number, deletionTimestamp: number): unknown {
  return {
    path: pathOf(number),
    deletionTimestamp,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: {},
    size: 100_000,
  };
}

function pathOf(number: number): string {
  const digits = String(number).padStart(12, "0");
  return `day=2026-11-25/fit=true/part-${digits.slice(0, 8)}-0000-4000-8000-${digits}.parquet`;
}

function statsOf(number: number): string {
  const bounds = (offset: number) => ({ _partition: 0, _offset: offset, delay: 5, distance: 800, origin: "ORD" });
  const nullCount = { _partition: 0, _offset: 0, delay: 0, distance: 0, origin: 0 };
  return JSON.stringify({
    numRecords: 1000,
    minValues: bounds(number * 1000),
    maxValues: bounds(number * 1000 + 999),
    nullCount,
  });
}
