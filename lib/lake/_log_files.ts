import type { Store } from "../store/mod.ts";

/** What lies in the `_delta_log` of a table. */
export interface LogFiles {
  /** Versions that have a JSON file, ascending. */
  versions: number[];
  /** Classic checkpoints, ascending by version, each with all of its parts. */
  checkpoints: { version: number; files: string[] }[];
  /** Checkpoints of a kind that is not read. */
  foreign: string[];
}

const CLASSIC = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/;

export function tableRoot(table: string): string {
  return `tables/${table}`;
}

export function logFolder(table: string): string {
  return `${tableRoot(table)}/_delta_log`;
}

export function logFile(table: string, version: number): string {
  return `${logFolder(table)}/${String(version).padStart(20, "0")}.json`;
}

export async function listLog(store: Store, table: string): Promise<LogFiles> {
  const folder = `${logFolder(table)}/`;
  const names: string[] = [];
  for await (const { path } of store.list(folder)) names.push(path.slice(folder.length));
  return {
    versions: names.filter((name) => /^\d{20}\.json$/.test(name)).map((name) => parseInt(name)).sort((a, b) => a - b),
    checkpoints: classicCheckpoints(names, folder),
    foreign: names.filter((name) => /^\d{20}\.checkpoint\./.test(name) && !CLASSIC.test(name)),
  };
}

function classicCheckpoints(names: string[], folder: string): LogFiles["checkpoints"] {
  const byVersion = new Map<string, string[]>();
  for (const name of names.toSorted()) {
    const match = CLASSIC.exec(name);
    if (!match) continue;
    const key = `${match[1]}/${match[3] ?? "1"}`; // a version may have checkpoints of different numbers of parts
    byVersion.set(key, [...(byVersion.get(key) ?? []), folder + name]);
  }
  return [...byVersion]
    .filter(([key, files]) => files.length === Number(key.split("/")[1]))
    .map(([key, files]) => ({ version: parseInt(key), files }))
    .sort((a, b) => a.version - b.version);
}
