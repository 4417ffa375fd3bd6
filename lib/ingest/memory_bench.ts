import { join } from "node:path";
import { type Bus, openBus } from "../bus/mod.ts";
import { openStore } from "../store/mod.ts";
import { completenessOf } from "./completeness.ts";

// Memory of a process that ingests, while many records pass: the bus drops what is in the lake, so the disk stays small.
// Its resident size is read ten times a second; the slope is that of its second half.

const RECORDS = 10_000_000;
const CHUNK = 50_000;
const BATCH = 5_000;
const MOST_WAITING = 2_000_000;
const SAMPLE_MS = 100;
const MIB = 1024 * 1024;
const TYPE = "bench.thing.v1";
const SCHEMA = { type: "object", required: ["n"], properties: { n: { type: "integer" } } };

interface Sample {
  /** Records that were in the lake then. */
  records: number;
  mib: number;
}

const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  await bus.createTopic("things", { partitions: 2 });
  const args = ["run", "-A", "--quiet", join(import.meta.dirname!, "testdata", "memory_child.ts"), dir];
  const schema = JSON.stringify({ type: TYPE, schema: SCHEMA });
  const child = new Deno.Command(Deno.execPath(), { args: [...args, schema], stdin: "piped" }).spawn();
  const samples: Sample[] = [];
  const progress = { records: 0 };
  const sampling = setInterval(() => {
    const mib = residentMib(child.pid);
    if (mib !== null) samples.push({ records: progress.records, mib });
  }, SAMPLE_MS);
  const began = performance.now();
  await publish(bus, progress);
  await child.stdin.close();
  const { success } = await child.status;
  clearInterval(sampling);
  if (!success) throw new Error("Cannot measure as the ingest ended with an error");
  await check(bus);
  const rate = Math.round(RECORDS / (performance.now() - began) * 1000);
  print("records that passed", RECORDS, "records");
  print("pace, publishing included", rate, "records/s");
  print("memory of ingest, most", Math.max(...samples.map(({ mib }) => mib)), "MiB");
  print("memory of ingest, slope", slopeOf(samples.slice(samples.length / 2)), "MiB per million records");
}

function print(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, unit }));
}

/** Publishes all records, and waits whenever ingest is far behind. */
async function publish(bus: Bus, progress: { records: number }): Promise<void> {
  for (let start = 0; start < RECORDS; start += CHUNK) {
    for (let from = start; from < start + CHUNK; from += BATCH) {
      await bus.publish("things", Array.from({ length: BATCH }, (_, i) => thing(from + i)));
    }
    do progress.records = await moved(bus); while (
      start + CHUNK - progress.records > MOST_WAITING && await pause()
    );
  }
}

function thing(n: number) {
  const value = { specversion: "1.0", id: String(n), source: "/bench", type: TYPE, data: { n } };
  return { key: String(n % 100), eventTimeMicros: null, value };
}

async function moved(bus: Bus): Promise<number> {
  return [...(await bus.committed("lake", "things")).values()].reduce((sum, offset) => sum + offset, 0);
}

async function pause(): Promise<true> {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  return true;
}

async function check(bus: Bus): Promise<void> {
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const { lake } = await completenessOf(bus, store, "things");
  if (lake !== RECORDS) throw new Error(`Cannot measure as ${RECORDS} rows must be in the lake: got ${lake}`);
}

/** Resident size by the kernel's own account (proc(5)); null when the process has gone. */
function residentMib(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kib === undefined ? null : Number(kib) * 1024 / MIB;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}

/** Least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const x = mean(({ records }) => records), y = mean(({ mib }) => mib);
  const over = mean(({ records, mib }) => (records - x) * (mib - y));
  return over / mean(({ records }) => (records - x) ** 2) * 1_000_000;
}
