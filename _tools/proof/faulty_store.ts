import { dirname, join } from "node:path";
import process from "node:process";
import type { Store } from "../../lib/store/mod.ts";
import type { Fault } from "./fault.ts";
import { type Injector, type Report, sleep } from "./injector.ts";

const RACE_WAIT_MS = 1000; // the other ingester commits meanwhile, unless it waits for us

/**
 * Wraps a store, so that faults strike what ingest does with it: put of data files, put-if-absent of log entries.
 *
 * @param store the real store
 * @param injector faults of this process
 * @param report tells the parent
 * @returns the store with its faults
 */
export function faultyStore(store: Store, injector: Injector, report: (report: Report) => void): Store {
  return {
    ...store,
    adopt: (...args) => injector.around("put", () => store.adopt(...args)),
    putIfAbsent: (path, bytes) =>
      isLogEntry(path) ? commitWith({ store, injector, report }, path, bytes) : store.putIfAbsent(path, bytes),
  };
}

interface Context {
  store: Store;
  injector: Injector;
  report: (report: Report) => void;
}

/** Only entries of a table that is there: a foreign entry 0 would be no table. */
function isLogEntry(path: string): boolean {
  return /_delta_log\/\d{20}\.json$/.test(path) && versionOf(path) > 0;
}

function versionOf(path: string): number {
  return parseInt(path.slice(path.lastIndexOf("/") + 1));
}

async function commitWith(context: Context, path: string, bytes: Uint8Array): Promise<boolean> {
  const { injector, store } = context;
  const put = () => store.putIfAbsent(path, bytes);
  const fault = injector.next("commit", ["refused", "race", "torn", "pause"]);
  if (fault?.kind === "refused") return await refuse(context, fault, path, put);
  if (fault?.kind === "race") return await race(context, fault, path, put);
  if (fault?.kind === "torn") return await tear(context, fault, path, put);
  if (fault?.kind === "pause") pause(context, fault, path);
  return fault === null ? await injector.around("commit", put) : await put();
}

async function refuse(
  { store, injector }: Context,
  fault: Fault,
  path: string,
  put: () => Promise<boolean>,
): Promise<boolean> {
  if (fault.way === "foreign") await store.putIfAbsent(path, foreignEntry());
  const isFirst = await put();
  if (isFirst === (fault.way === "own")) injector.strike(fault);
  return false;
}

/** What another writer commits that neither adds nor removes a row. */
function foreignEntry(): Uint8Array {
  const now = Date.now();
  const actions = [
    { commitInfo: { timestamp: now, operation: "RIVAL", operationParameters: {}, engineInfo: "proof" } },
    { txn: { appId: `rival/${crypto.randomUUID()}`, version: 0, lastUpdated: now } },
  ];
  return new TextEncoder().encode(actions.map((action) => JSON.stringify(action)).join("\n") + "\n");
}

async function race(
  { store, injector }: Context,
  fault: Fault,
  path: string,
  put: () => Promise<boolean>,
): Promise<boolean> {
  const end = performance.now() + RACE_WAIT_MS;
  while (performance.now() < end && !await store.exists(path)) await sleep(2);
  const isFirst = await put();
  if (!isFirst && await isIngest(store, path)) injector.strike(fault);
  else injector.postpone(fault);
  return isFirst;
}

async function isIngest(store: Store, path: string): Promise<boolean> {
  const text = new TextDecoder().decode(await store.get(path));
  return text.includes('"operation":"INGEST"');
}

async function tear(
  { store, injector }: Context,
  fault: Fault,
  path: string,
  put: () => Promise<boolean>,
): Promise<boolean> {
  const folder = dirname(join(store.localDir, path));
  const before = new Set(temporaryFiles(folder));
  let isDone = false;
  const running = put().finally(() => isDone = true);
  while (!isDone) {
    if (temporaryFiles(folder).some((name) => !before.has(name))) injector.kill(fault);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return await running;
}

function temporaryFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith(".tmp-"));
}

/** Stands still, all threads, until the parent sends SIGCONT. */
function pause({ injector, report }: Context, fault: Fault, path: string): void {
  injector.leave(fault);
  report({ type: "pausing", fault: fault.id, version: versionOf(path) });
  process.kill(process.pid, "SIGSTOP");
}
