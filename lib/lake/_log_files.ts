import type { Store } from "../store/mod.ts";

/** Where a table lies in its store, and what errors call it. */
export interface TableAt {
  table: string;
  /** Folder, without a slash at its end; empty when the store is that folder. */
  root: string;
}

/** What lies in the `_delta_log` of a table. */
export interface LogFiles {
  /** Versions that have a JSON file, ascending, and when it was written. */
  commits: { version: number; modifiedMs: number }[];
  /** Whole checkpoints, ascending by version; of a classic one all parts, of a V2 one the top-level file. */
  checkpoints: Checkpoint[];
}

/** A checkpoint by the paths of its files. */
export interface Checkpoint {
  version: number;
  files: string[];
}

const COMMIT = /^(\d{20})\.json$/;
const CLASSIC = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/;
const V2 = /^(\d{20})\.checkpoint\.[0-9A-Za-z-]{36}\.(?:json|parquet)$/;

export function tableRoot(table: string): string {
  return `tables/${table}`;
}

export function tableAt(table: string): TableAt {
  return { table, root: tableRoot(table) };
}

/** The path of a file of a table. */
export function pathIn(root: string, path: string): string {
  return root === "" ? path : `${root}/${path}`;
}

/** The URI of a table's folder, as absolute paths in its log start. */
export function folderUri({ url }: Pick<Store, "url">, root: string): string {
  return root === "" ? url : `${url}/${root}`;
}

export function logFolder(root: string): string {
  return pathIn(root, "_delta_log");
}

export function logFile(root: string, version: number): string {
  return `${logFolder(root)}/${digits(version)}.json`;
}

export function checkpointFile(root: string, version: number): string {
  return `${logFolder(root)}/${digits(version)}.checkpoint.parquet`;
}

/** Lists the log from a version on. */
export async function listLog(store: Store, root: string, from = 0): Promise<LogFiles> {
  const folder = `${logFolder(root)}/`;
  const commits: LogFiles["commits"] = [];
  const names: string[] = [];
  for await (const { path, modifiedMs } of store.list(folder, { after: folder + digits(from) })) {
    const name = path.slice(folder.length);
    const commit = COMMIT.exec(name);
    if (commit) commits.push({ version: Number(commit[1]), modifiedMs });
    else names.push(name);
  }
  return { commits, checkpoints: checkpointsOf(names, folder) };
}

/** Names sort as versions do, as both have twenty digits. */
function digits(version: number): string {
  return String(version).padStart(20, "0");
}

function checkpointsOf(names: readonly string[], folder: string): Checkpoint[] {
  const whole = names.filter((name) => V2.test(name)).map((name) => ({ version: parseInt(name), files: [name] }));
  const parts = new Map<string, string[]>();
  for (const name of names) {
    const match = CLASSIC.exec(name);
    if (!match) continue;
    const key = `${match[1]}/${match[3] ?? "1"}`; // a version may have checkpoints of different numbers of parts
    parts.set(key, [...(parts.get(key) ?? []), name]);
  }
  for (const [key, files] of parts) {
    if (files.length === Number(key.split("/")[1])) whole.push({ version: parseInt(key), files });
  }
  return whole
    .map(({ version, files }) => ({ version, files: files.map((name) => folder + name) }))
    .sort((a, b) => a.version - b.version);
}
