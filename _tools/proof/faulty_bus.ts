import { basename } from "node:path";
import type { Batch, Bus } from "../../lib/bus/mod.ts";
import type { Fault } from "./fault.ts";
import { type Injector, sleep } from "./injector.ts";

/**
 * Wraps a bus, so that faults strike what a process does with it: append, read, and all that leads to truncation.
 *
 * @param bus the real bus
 * @param injector faults of this process
 * @param tmpDir folder in which ingest keeps files in passing
 * @returns the bus with its faults
 */
export function faultyBus(bus: Bus, injector: Injector, tmpDir: string): Bus {
  return {
    ...bus,
    append: (...args) => injector.around("publish", () => bus.append(...args)),
    read: (...args) => readWith(injector, tmpDir, () => bus.read(...args)),
    commit: (...args) => injector.around("truncate", () => bus.commit(...args)),
    truncate: (...args) => injector.around("truncate", () => bus.truncate(...args)),
  };
}

async function* readWith(injector: Injector, tmpDir: string, read: () => AsyncIterable<Batch>): AsyncIterable<Batch> {
  const fault = injector.next("seal", ["kill", "timeout", "torn", "disk"]);
  if (fault?.kind === "kill" && fault.way === "before") injector.kill(fault);
  if (fault?.kind === "disk") injector.refuseWrites(fault);
  for await (const batch of read()) {
    yield batch;
    if (fault?.kind === "kill" && fault.way === "during") injector.kill(fault);
    if (fault?.kind === "torn" && lies(tmpDir, isFrames)) injector.kill(fault);
    if (fault?.kind === "timeout") {
      injector.strike(fault);
      throw new Error("Cannot read the bus as it must answer: no answer (an injected time-out)");
    }
  }
  if (fault?.kind === "kill" && fault.way === "after") injector.kill(fault);
  const put = injector.next("put", ["torn", "disk"]);
  if (put?.kind === "disk") injector.refuseWrites(put);
  if (put?.kind === "torn") void killWhileWriting(injector, put, tmpDir);
}

/** Waits for the Parquet file that DuckDB is writing now. */
async function killWhileWriting(injector: Injector, fault: Fault, tmpDir: string): Promise<void> {
  const isNew = newFiles(tmpDir, (name) => name.endsWith(".parquet"));
  for (let looks = 0; looks < 300; looks++) {
    if (isNew()) injector.kill(fault);
    await sleep(1);
  }
}

function isFrames(name: string): boolean {
  return name.endsWith(".zst") || name.endsWith(".ndjson");
}

function newFiles(dir: string, wanted: (name: string) => boolean): () => boolean {
  const before = new Set(filesBelow(dir));
  return () => filesBelow(dir).some((file) => wanted(basename(file)) && !before.has(file));
}

function lies(dir: string, wanted: (name: string) => boolean): boolean {
  return filesBelow(dir).some((file) => wanted(basename(file)));
}

/** Files in passing of this process; another one may sweep folders meanwhile. */
function filesBelow(dir: string): string[] {
  try {
    return [...Deno.readDirSync(dir)].flatMap((entry) =>
      entry.isDirectory ? filesBelow(`${dir}/${entry.name}`) : [`${dir}/${entry.name}`]
    );
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}
