import type { HostCallKind } from "./host_calls.ts";
import type { Json } from "../events/mod.ts";
import type { Call } from "./_call.ts";
import { type Child, startChild } from "./_process.ts";
import { openStation, type Station } from "./_station.ts";
import { SandboxError } from "./sandbox_error.ts";
import type { SandboxFunction } from "./sandbox.ts";

/** The end of a box: why, whose fault, and who still waits. */
export interface BoxEnd {
  kind: "timeout" | "memory" | "crash";
  message: string;
  /** Functions that may have caused it, likeliest first. */
  suspects: string[];
  /** Whether the one call of the first suspect is the cause beyond doubt. */
  proven: boolean;
  /** Calls without an answer, in the order they were sent. */
  calls: Call[];
}

/** One process with a worker per function. */
export interface Box {
  readonly pid: number;
  rssBytes(): number;
  has(hash: string): boolean;
  functions(): number;
  /** Calls that no worker has ended, and loads. */
  running(): number;
  /** Whether it must be watched: calls run, or a worker has not yet proved that it is quiet. */
  busy(): boolean;
  load(fn: SandboxFunction): Promise<void>;
  submit(call: Call): void;
  /** Judges deadlines, silence and memory; to be called every TICK_MS while busy. */
  tick(): void;
  /** Calls without an answer, in the order they were sent. */
  unanswered(): Call[];
  close(): Promise<void>;
}

/** What a box needs. */
export interface BoxOptions {
  heapBytes: number;
  loadMs: number;
  onEnd(end: BoxEnd): void;
  onStray(hash: string, message: string): void;
}

/** Milliseconds between two looks at a busy box: fine enough for budgets of 30 ms, 200 timers a second at most. */
export const TICK_MS = 5;

// Resident memory changes by some 10 MB in 20 ms at worst before it is seen; asking costs one frame.
const RSS_TICKS = 4;
// Deno's own buffers and uncollected garbage at full load; 64 calls in flight of a trivial function, 100,000/s, made it grow by 87 MB.
const OWN_BYTES = 128 * 2 ** 20;
// A worker with its module; 7 MB were seen for small ones.
const WORKER_BYTES = 12 * 2 ** 20;
// The child's own thread never computes: a second without its answer means that the process is stuck.
const CHILD_SILENT_TICKS = 200;

/**
 * Starts a process for functions.
 *
 * @param options Limits, and who is told of its end.
 * @returns The box.
 */
export function openBox({ heapBytes, loadMs, onEnd, onStray }: BoxOptions): Box {
  const stations = new Map<string, Station>();
  const byIndex = new Map<number, Station>();
  let over = false;
  let tickCount = 0;
  let rss = 0, startRss = 0, idleRss = 0, childSilent = 0;

  const unanswered = () =>
    [...stations.values()].flatMap((station) => station.calls.values()).sort((a, b) => a.id - b.id);
  const end = (kind: BoxEnd["kind"], message: string, culprit?: Station) => {
    if (over) return;
    over = true;
    child.kill(message);
    const suspects = culprit ? [culprit] : rank([...stations.values()]);
    const calls = unanswered();
    for (const station of stations.values()) {
      station.rejectLoad(new SandboxError(kind, message));
    }
    onEnd({ kind, message, suspects: suspects.map(({ fn }) => fn.hash), proven: isProven(suspects), calls });
  };
  const child: Child = startChild(heapBytes, (worker, text) => {
    if (over) return;
    for (const message of JSON.parse(text)) worker === 0 ? onChild(message) : onWorker(byIndex.get(worker)!, message);
  });
  void child.ended.then(({ code, signal, stderr, reason }) => {
    const outOfMemory = /out of memory|heap limit/i.test(stderr);
    const how = outOfMemory ? "its heap is full" : reason ?? `it ended with ${signal ?? `exit code ${code}`}`;
    end(outOfMemory ? "memory" : "crash", `Cannot go on in this process as ${how}`);
  });

  const onChild = ([type, value, detail]: ["pong", number] | ["dead", number, string] | [string, number, string?]) => {
    if (type === "dead") {
      return end("crash", `Cannot go on in this process as a worker died: ${detail}`, byIndex.get(value));
    }
    childSilent = 0;
    rss = value;
    if (startRss === 0 || !busy()) idleRss = rss;
    if (startRss === 0 && [...stations.values()].every(({ loading }) => !loading)) startRss = rss;
    if (startRss === 0) return;
    const most = memoryLimit([...stations.values()], startRss, idleRss);
    if (rss > most) {
      end("memory", `Cannot go on as the process may use at most ${mib(most)} MiB: it uses ${mib(rss)} MiB`);
    }
  };
  const onWorker = (station: Station, message: [string, ...unknown[]]) => {
    const [type, id] = message as [string, number];
    station.heard(type === "pong");
    if (type === "loaded") return onLoaded(station);
    if (type === "failed") return station.fail(message[1] as { name: string; message: string; stack: string });
    if (type === "stray") return onStray(station.fn.hash, String(id));
    if (type === "pong") return;
    const call = station.calls.get(id);
    if (type === "host" && call) {
      const [, , index, kind, name, payload] = message as [string, number, number, HostCallKind, string, Json];
      const request = { kind, name, payload, decision: call.decision, index, hash: call.hash };
      void call.ledger.ask(request).then((reply) => {
        if (!over && station.calls.get(id)) station.send(JSON.stringify(["reply", id, index, reply]));
      });
    } else if (type !== "host") station.settle(message);
  };
  const onLoaded = (station: Station) => {
    station.loaded();
    child.send(0, '[["rss"]]');
  };
  const busy = () => [...stations.values()].some((station) => station.busy());
  // What grew beside others is nobody's beyond doubt.
  const excess = () => {
    const [only, ...others] = stations.values();
    if (!only || others.length > 0 || only.running() !== 1 || startRss === 0) return null;
    const { memoryBytes } = only.fn, grown = rss - Math.max(idleRss, startRss + WORKER_BYTES);
    return grown > memoryBytes ? `its process had grown by ${mib(grown)} MiB of at most ${mib(memoryBytes)} MiB` : null;
  };
  child.send(0, '[["rss"]]');

  return {
    pid: child.pid,
    rssBytes: () => rss,
    has: (hash) => stations.has(hash),
    functions: () => stations.size,
    running: () => [...stations.values()].reduce((sum, station) => sum + station.running(), 0),
    busy,
    load(fn) {
      const index = byIndex.size + 1;
      const station = openStation(fn, Math.ceil(loadMs / TICK_MS), (text) => child.send(index, text));
      byIndex.set(index, station);
      stations.set(fn.hash, station);
      child.send(0, JSON.stringify([["load", index, fn.bundle]]));
      return station.ready;
    },
    submit(call) {
      const station = stations.get(call.hash);
      if (station) station.submit(call);
      else call.fail("crash", "Cannot answer as the function is not in this process");
    },
    tick() {
      if (over) return;
      const now = performance.now();
      for (const station of stations.values()) {
        const guilty = station.tick(now, excess);
        if (guilty) return end("timeout", guilty, station);
      }
      if (++tickCount % RSS_TICKS === 0) child.send(0, '[["rss"]]');
      if (++childSilent > CHILD_SILENT_TICKS) end("crash", "Cannot go on as the process does not answer");
    },
    unanswered,
    async close() {
      over = true;
      for (const station of stations.values()) {
        station.rejectLoad(new SandboxError("crash", "Cannot load as it was closed"));
      }
      child.kill("it was closed");
      await child.ended;
    },
  };
}

function rank(stations: Station[]): Station[] {
  return stations.filter((station) => station.running() > 0)
    .sort((a, b) => silence(b) - silence(a) || b.newest() - a.newest());
}

function silence(station: Station): number {
  return station.silent() ? station.silence() : 0;
}

function isProven([first, ...others]: Station[]): boolean {
  return first !== undefined && first.running() === 1 && (first.silent() || others.length === 0);
}

function memoryLimit(stations: Station[], startRss: number, idleRss: number): number {
  const sum = (some: Station[]) => some.reduce((bytes, { fn }) => bytes + fn.memoryBytes, 0);
  const base = startRss + stations.length * WORKER_BYTES;
  const busy = stations.filter((station) => station.busy());
  return OWN_BYTES + Math.min(Math.max(idleRss, base) + sum(busy), base + sum(stations));
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
