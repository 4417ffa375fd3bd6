import { findRoot, hostSecret, lakePaths, type Settings, tellRecordedUse } from "../config/mod.ts";
import { askHost, type FetchReply, type FetchRequest, type HostSpec, setFunctionHost } from "../functions/mod.ts";
import type { Lake, Pin, Recorder } from "../lake/mod.ts";
import type { Models } from "../models/mod.ts";
import { seededRandom } from "../sandbox/mod.ts";
import { openWorkbench } from "./workbench.ts";

/** What a notebook works with. */
export interface Notebook {
  /** The lake at one snapshot, the same for the whole run. */
  lake: Lake;
  /** The model registry. */
  models: Models;
}

/** Where `open` finds the workbench; the kernel sets the same by symbols, so a notebook passes nothing. */
export interface OpenOptions {
  /** Folder that holds boathouse.yaml; the nearest one upward by default. */
  root?: string;
}

/**
 * Opens lake and models for a notebook: one snapshot for the whole run, every read recorded for its cell.
 *
 * @param options folder of the workbench, if it is not the one around the current folder
 * @returns lake and models
 * @throws {Error} when no workbench is found
 * @example
 * ```ts
 * import { open } from "boathouse";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * const { lake } = await open({ root: dir });
 * const [row] = (await lake.sql<{ n: number }>`SELECT 1 + ${1} AS n`).rows();
 * if (row?.n !== 2) throw new Error("unexpected");
 * ```
 */
export async function open(options: OpenOptions = {}): Promise<Notebook> {
  const root = options.root ?? fromKernel<string>("Boathouse.root") ?? findRoot(Deno.cwd());
  const recorder = fromKernel<Recorder>("Boathouse.recorder");
  const pin = fromKernel<Pin>("Boathouse.pin");
  const workbench = openWorkbench(root, { ...(recorder && { recorder }), ...(pin && { pin }) });
  tellDatabases(workbench.settings);
  const [lake, models] = await Promise.all([workbench.lake(), workbench.models()]);
  setFunctionHost({ models, fetch: askRecorded, random: seededRandom });
  const clients = fromKernel<WeakSet<object>>("Boathouse.clients");
  for (const client of [lake, models]) clients?.add(client);
  return { lake, models };
}

function fromKernel<T>(name: string): T | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for(name)] as T | undefined;
}

const HOST_MS = 10_000;

/** A function's call of a declared host is kept with its example, so it is no read beside the record. */
function askRecorded(host: HostSpec, request: FetchRequest): Promise<FetchReply> {
  const { hostname, port, protocol } = new URL(host.url);
  tellRecordedUse(`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`);
  return askHost(hostname, host, request, { secret: hostSecret, timeoutMs: HOST_MS });
}

/** Bus and registry read their databases in a thread and by SQLite. */
function tellDatabases(settings: Settings): void {
  if (settings.bus.kind === "sqlite") tellRecordedUse(`${settings.bus.dir}/`);
  tellRecordedUse(`${lakePaths(settings).registry}/`);
}
