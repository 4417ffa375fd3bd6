import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { createEvent, messageOf } from "../events/mod.ts";
import { readSnapshot, scanSql } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./mod.ts";

const KILLS = 24;
const LONGEST = 2; // a few flushes of a young process, in times of its first one
const TYPE = "test.thing.v1";
const SCHEMA = { type: "object", required: ["delay"], properties: { delay: { type: "integer" } } };
const CHILD = join(import.meta.dirname!, "testdata", "ingest_child.ts");

interface Child {
  process: Deno.ChildProcess;
  ready: Promise<void>;
  /** Answers how long its first flush that moved something took, in milliseconds. */
  untilMoved(): Promise<number>;
  output: Promise<string>;
}

function spawn(dir: string): Child {
  const args = ["run", "-A", "--quiet", "--no-lock", CHILD, dir, TYPE, JSON.stringify(SCHEMA)];
  const process = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
  const ready = Promise.withResolvers<void>(), moved = Promise.withResolvers<void>();
  const output = (async () => {
    let text = "";
    for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("ready")) ready.resolve();
      if (text.includes("moved")) moved.resolve();
    }
    ready.resolve();
    return text;
  })();
  const untilMoved = async () => {
    await ready.promise;
    const began = performance.now();
    await moved.promise;
    return performance.now() - began;
  };
  return { process, ready: ready.promise, untilMoved, output };
}

/** Publishes records, of which some do not fit, until it is told to stop; answers how many. */
function publish(bus: Bus, signal: AbortSignal): Promise<number> {
  let delay = 0;
  const message = () => {
    const data = { delay: delay % 7 === 3 ? "late" : delay };
    delay++;
    return messageOf(createEvent({ type: TYPE, source: "/test", subject: `k${delay % 11}`, data }));
  };
  return (async () => {
    while (!signal.aborted) {
      await bus.publish("things", Array.from({ length: 50 }, message));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return delay;
  })();
}

test("ingest that is killed at any moment, while another one races it, loses and doubles nothing", async () => {
  const dir = await Deno.makeTempDir();
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  await bus.createTopic("things", { partitions: 2 });
  const publishing = new AbortController();
  const published = publish(bus, publishing.signal);
  const schemas = () => Promise.resolve(new Map([["things", { type: TYPE, schema: SCHEMA }]]));
  await using ingest = await openIngest({ bus, store, key: "secret", schemas });
  const racing = (async () => {
    let moved = 0;
    while (!publishing.signal.aborted) {
      moved += (await ingest.flush()).length;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return moved;
  })();
  const first = spawn(dir);
  const longestMs = LONGEST * await first.untilMoved();
  const children = [first, spawn(dir)];
  let moved = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = children.shift()!;
    await child.ready;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * longestMs));
    child.process.kill("SIGKILL");
    expect((await child.process.status).signal).toBe("SIGKILL");
    moved += (await child.output).split("moved").length - 1;
    children.push(spawn(dir));
  }
  for (const { process, output } of children) {
    process.kill("SIGKILL");
    await output;
  }
  publishing.abort();
  const total = await published;

  expect(await racing).toBeGreaterThan(0);
  expect(moved).toBeGreaterThan(0);
  await ingest.flush();
  const counts = await ingest.completeness("things");
  expect(counts.bus).toBe(total);
  expect(counts.lake + counts.rejected).toBe(total);
  expect(counts.rejected).toBe(Math.floor((total + 3) / 7));
  expect(await offsetsOf()).toEqual(await expectedOffsets(bus));
  await using again = await openIngest({ bus, store, key: "secret", schemas });
  expect(await again.flush()).toEqual([]);
  const left = [...Deno.readDirSync(join(dir, "lake"))].filter(({ name }) => name.startsWith(".tmp-ingest-"));
  expect(left.length).toBe(2);

  async function offsetsOf(): Promise<unknown[]> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const snapshot = (await readSnapshot(store, "things"))!;
    const query = `SELECT _partition, count(*)::INTEGER, count(DISTINCT _offset)::INTEGER, min(_offset)::INTEGER,
      max(_offset)::INTEGER FROM (${await scanSql(store, snapshot)}) GROUP BY _partition ORDER BY _partition`;
    const rows = (await (await instance.connect()).runAndReadAll(query)).getRows();
    instance.closeSync();
    return rows;
  }
}, 600_000);

async function expectedOffsets(bus: Bus): Promise<unknown[]> {
  return (await bus.positions("things")).map(({ partition, high }) => [partition, high, high, 0, high - 1]);
}
