import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openIngest } from "../../lib/ingest/mod.ts";
import type { ChildPlan } from "./child.ts";
import { cleanUpBehind } from "./clean_up.ts";
import { type Backend, type Fault, type Role, roleOf } from "./fault.ts";
import { type Report, sleep } from "./injector.ts";
import { type Claim, contradictions, judge, type Judgement, openLedger } from "./ledger.ts";
import { KEY, type Opened, openPlace, PARTITIONS, type Place, schemasOf } from "./place.ts";
import { randomOf } from "./random.ts";
import { linesOf, type Reader, type TableRead } from "./reader.ts";

/** One run: a workbench of its own, real processes, faults by a seed. */
export interface RunPlan {
  /** Decides the faults' order and all waits. */
  seed: number;
  /** What it runs on. */
  backend: Backend;
  /** Where its workbench lies. */
  place: Place;
  /** Address of its table for delta-rs. */
  table: { uri: string; options: Record<string, string> };
  /** Faults to inject. */
  faults: readonly Fault[];
  /** Reads by delta-rs. */
  reader: Reader;
  /** After so many milliseconds the faults that have not struck are left out; 180,000 by default. */
  limitMs?: number;
}

/** What came of a run. */
export interface RunResult {
  /** The plan's seed. */
  seed: number;
  /** What it ran on. */
  backend: Backend;
  /** Faults that struck. */
  struck: Fault[];
  /** Records that the bus has truncated. */
  truncated: number;
  /** Compactions beside ingest. */
  compactions: number;
  /** What the lake has, by delta-rs. */
  judgement: Judgement;
  /** What else is wrong; empty where all is well. */
  broken: string[];
  /** Errors that the processes met and survived, by their beginning. */
  errors: Map<string, number>;
}

interface Child {
  name: string;
  role: Role;
  process: Deno.ChildProcess;
  ended: Promise<void>;
}

interface Runner extends Opened {
  plan: RunPlan;
  ledger: ReturnType<typeof openLedger>;
  queues: Map<string, Fault[]>;
  struck: Fault[];
  claims: Claim[];
  compactions: number;
  broken: string[];
  errors: Map<string, number>;
  children: Map<string, Child>;
  /** Clean-ups behind writers that stand still. */
  waking: Promise<void>[];
  isEnding: boolean;
  starts: number;
}

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const ROLES: Readonly<Record<string, Role>> = {
  publisher: "publisher",
  ingester_a: "ingester",
  ingester_b: "ingester",
  truncater: "truncater",
};
const LIMIT_MS = 180_000;
const GRACE_MS = 30_000;

/**
 * Does a run and judges it: a clean process moves what is left, then delta-rs reads the table.
 *
 * @param plan the run
 * @returns what struck, and what came of it
 */
export async function runFaults(plan: RunPlan): Promise<RunResult> {
  await using opened = await openPlace(plan.place);
  await opened.bus.createTopic(plan.place.topic, { partitions: PARTITIONS });
  const runner: Runner = {
    ...opened,
    plan,
    ledger: openLedger(),
    queues: dealFaults(plan),
    struck: [],
    claims: [],
    compactions: 0,
    broken: [],
    errors: new Map(),
    children: new Map(),
    waking: [],
    isEnding: false,
    starts: 0,
  };
  try {
    for (const name of Object.keys(ROLES)) startChild(runner, name);
    await untilStruck(runner);
  } finally {
    await endChildren(runner);
  }
  return await conclude(runner);
}

/** Deals the faults to the processes that take their steps; what leads to truncation is half in ingest. */
function dealFaults({ faults, seed }: RunPlan): Map<string, Fault[]> {
  const random = randomOf(seed);
  const queues = new Map<string, Fault[]>(Object.keys(ROLES).map((name) => [name, []]));
  const ingesters = ["ingester_a", "ingester_b"];
  for (const fault of faults) {
    const role = roleOf(fault.step);
    const name = role === "ingester" || (role === "truncater" && random.below(2) === 0) ? random.pick(ingesters) : role;
    queues.get(name)!.push(fault);
  }
  return queues;
}

function startChild(runner: Runner, name: string): void {
  const { plan, ledger, queues } = runner, role = ROLES[name]!;
  const childPlan: ChildPlan = {
    role,
    name,
    seed: plan.seed * 1000 + runner.starts++,
    place: plan.place,
    faults: queues.get(name)!,
    producerId: `00000000-0000-4000-8000-${String(plan.seed).padStart(12, "0")}`,
    progress: ledger.progress(),
  };
  // "manual" does not wait for the lock on node_modules, which every other start takes.
  const args = ["run", "-A", "--quiet", "--no-lock", "--node-modules-dir=manual", CHILD, JSON.stringify(childPlan)];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  runner.children.set(name, { name, role, process, ended: watch(runner, name, process) });
}

/** Reads what a child tells until it ends; one that was killed is followed by the next. */
async function watch(runner: Runner, name: string, process: Deno.ChildProcess): Promise<void> {
  const stderr = new Response(process.stderr).text();
  for await (const line of linesOf(process.stdout)) take(runner, name, process, JSON.parse(line) as Report);
  const { signal, code } = await process.status;
  if (signal !== "SIGKILL" && code !== 0) {
    runner.broken.push(`${name} ended with ${signal ?? code}: ${(await stderr).trim().slice(-2000)}`);
  }
  if (!runner.isEnding) startChild(runner, name);
}

function take(runner: Runner, name: string, process: Deno.ChildProcess, report: Report): void {
  runner.ledger.note(report);
  if (report.type === "struck") strike(runner, name, report.fault);
  if (report.type === "moved") runner.claims.push(report);
  if (report.type === "compacted") runner.compactions++;
  if (report.type === "broken") runner.broken.push(`${name}: ${report.text}`);
  if (report.type === "error") count(runner.errors, kindOfError(report.text));
  if (report.type === "pausing") runner.waking.push(wake(runner, name, process, report.fault, report.version));
}

function strike(runner: Runner, name: string, id: number): void {
  const queue = runner.queues.get(name)!;
  const fault = queue.find((one) => one.id === id);
  if (!fault) throw new Error(`Cannot count fault ${id} of ${name} as it must wait to strike: it is not in its queue`);
  runner.queues.set(name, queue.filter((one) => one !== fault));
  runner.struck.push(fault);
}

/** Lets the world go on while a process stands still, then lets it go on too. */
async function wake(runner: Runner, name: string, process: Deno.ChildProcess, id: number, version: number) {
  const { store, plan } = runner;
  try {
    const isGone = await cleanUpBehind(store, plan.place.topic, version);
    if (isGone) strike(runner, name, id);
  } catch (error) {
    runner.broken.push(`clean-up: ${error}`);
  } finally {
    process.kill("SIGCONT");
  }
}

async function untilStruck({ plan, queues, broken }: Runner): Promise<void> {
  const end = performance.now() + (plan.limitMs ?? LIMIT_MS);
  const isDone = () => [...queues.values()].every((queue) => queue.length === 0);
  while (!isDone() && broken.length === 0 && performance.now() < end) await sleep(50);
}

async function endChildren(runner: Runner): Promise<void> {
  runner.isEnding = true;
  await Promise.all(runner.waking);
  const children = [...runner.children.values()];
  await Promise.all(children.map(async ({ process, ended }) => {
    await process.stdin.close().catch(() => undefined); // one that was killed just now has none
    const timer = setTimeout(() => process.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(timer);
  }));
}

async function conclude(runner: Runner): Promise<RunResult> {
  const { plan, bus, store, ledger, struck, errors } = runner, { topic } = plan.place;
  await using ingest = await openIngest({
    bus,
    store,
    key: KEY,
    tmpDir: join(plan.place.tmpDir, "clean"),
    schemas: schemasOf(plan.place),
  });
  await ingest.flush([topic]);
  const read = await plan.reader.read(plan.table.uri, plan.table.options).catch((error) => {
    runner.broken.push(String(error));
    return { version: -1, keys: [], partitions: {} };
  });
  const counts = await ingest.completeness(topic);
  const positions = await bus.positions(topic);
  const broken = [
    ...runner.broken,
    ...contradictions(runner.claims),
    ...offsetsBroken(read, positions, plan.backend),
  ];
  if (counts.bus !== counts.lake + counts.rejected + counts.duplicates) {
    broken.push(`counts: ${JSON.stringify(counts)}`);
  }
  return {
    seed: plan.seed,
    backend: plan.backend,
    struck,
    compactions: runner.compactions,
    truncated: positions.reduce((sum, { low }) => sum + low, 0),
    judgement: judge(ledger.progress(), read.keys),
    broken,
    errors,
  };
}

/** Offsets must be without a repeat; on SQLite without a hole too, from 0 to the high watermark. */
function offsetsBroken({ partitions }: TableRead, positions: { partition: number; high: number }[], backend: Backend) {
  return positions.flatMap(({ partition, high }) => {
    const { rows, offsets, first, last } = partitions[partition] ?? { rows: 0, offsets: 0, first: 0, last: -1 };
    const isWhole = backend.bus !== "sqlite" || (first === 0 && last === high - 1 && rows === high);
    if (rows === offsets && last < high && isWhole) return [];
    return [
      `partition ${partition} has ${rows} rows of ${offsets} offsets from ${first} to ${last}, and ends at ${high}`,
    ];
  });
}

function kindOfError(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+|"[^"]*"|\/\S+/g, "*").slice(0, 160);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
