/** One process of a run: publishes, ingests or truncates, and is struck by its faults. Its parent is `run.ts`. */
import { openIngest } from "../../lib/ingest/mod.ts";
import { type Lake, openLake } from "../../lib/lake/mod.ts";
import type { Fault, Role } from "./fault.ts";
import { faultyBus } from "./faulty_bus.ts";
import { faultyStore } from "./faulty_store.ts";
import { openFileLimit } from "./file_limit.ts";
import { type Injector, openInjector, type Report, sleep } from "./injector.ts";
import { KEY, type Opened, openPlace, type Place, schemasOf, tmpDirOf } from "./place.ts";
import { type Progress, publish } from "./publisher.ts";
import { type Random, randomOf } from "./random.ts";

/** What a child is started with. */
export interface ChildPlan {
  /** What it does. */
  role: Role;
  /** Its name within the run. */
  name: string;
  /** Decides its waits. */
  seed: number;
  /** The workbench. */
  place: Place;
  /** Its faults. */
  faults: Fault[];
  /** Of a publisher: its id, and where each partition stands. */
  producerId: string;
  /** See `producerId`. */
  progress: Progress[];
}

interface Context extends Opened {
  plan: ChildPlan;
  random: Random;
  injector: Injector;
  signal: AbortSignal;
}

const INGEST_PAUSE_MS = 40, TRUNCATE_PAUSE_MS = 100, COMPACT_ROUNDS = 30;
const encoder = new TextEncoder();

function report(line: Report): void {
  const bytes = encoder.encode(JSON.stringify(line) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** The parent closes the pipe to end this process in order. */
async function abortAtEnd(controller: AbortController): Promise<void> {
  await Deno.stdin.read(new Uint8Array(1));
  controller.abort();
}

async function ingest({ plan, bus, store, random, injector, signal }: Context): Promise<void> {
  const tmpDir = tmpDirOf(plan.place, plan.name);
  await using ingest = await openIngest({
    bus: faultyBus(bus, injector, tmpDir),
    store: faultyStore(store, injector, report),
    key: KEY,
    tmpDir,
    schemas: schemasOf(plan.place),
  });
  report({ type: "ready" });
  while (!signal.aborted) {
    try {
      for (const { partition, from, to, stopped } of await ingest.flush([plan.place.topic])) {
        if (stopped !== undefined) report({ type: "broken", text: stopped });
        if (to > from) report({ type: "moved", partition, from, to });
      }
      injector.settle();
    } catch (error) {
      injector.settle(error);
      report({ type: "error", text: String(error) });
    }
    await sleep(random.below(INGEST_PAUSE_MS));
  }
}

async function truncate({ plan, bus, store, random, injector, signal }: Context): Promise<void> {
  const faulty = faultyBus(bus, injector, plan.place.tmpDir);
  const { topic } = plan.place;
  await using lake = await openLake({ store, threads: 1 });
  report({ type: "ready" });
  for (let round = 0; !signal.aborted; round++) {
    try {
      if (round % COMPACT_ROUNDS === COMPACT_ROUNDS - 1) await compact(lake, topic);
      const committed = await bus.committed("lake", topic);
      for (const { partition, low } of await bus.positions(topic)) {
        const before = committed.get(partition) ?? 0;
        if (before > low) await faulty.truncate(topic, partition, before);
      }
    } catch (error) {
      report({ type: "error", text: String(error) });
    }
    await sleep(random.below(TRUNCATE_PAUSE_MS));
  }
}

/** Writes the table anew beside ingest: whoever removes files must see to it that they still live. */
async function compact(lake: Lake, topic: string): Promise<void> {
  const { version, filesBefore } = await lake.compact(topic);
  if (version !== null) report({ type: "compacted", files: filesBefore });
}

async function publishRecords({ plan, bus, random, injector, signal }: Context): Promise<void> {
  const { producerId, progress, place } = plan;
  report({ type: "ready" });
  await publish({
    bus: faultyBus(bus, injector, place.tmpDir),
    topic: place.topic,
    producerId,
    progress,
    random,
    report,
    signal,
  });
}

const ROLES: Readonly<Record<Role, (context: Context) => Promise<void>>> = {
  publisher: publishRecords,
  ingester: ingest,
  truncater: truncate,
};

async function main(plan: ChildPlan): Promise<void> {
  const controller = new AbortController();
  const random = randomOf(plan.seed);
  const injector = openInjector({ faults: plan.faults, random, limit: openFileLimit(), report });
  await using opened = await openPlace(plan.place);
  void abortAtEnd(controller);
  await ROLES[plan.role]({ ...opened, plan, random, injector, signal: controller.signal });
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0]!) as ChildPlan);
  Deno.exit(0); // a late operation of a fault may still wait
}
