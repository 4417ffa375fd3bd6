import { join } from "node:path";
import { sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import { folderStore } from "./_folder_store.ts";
import { type LiveSnapshot, readLiveSnapshot } from "./snapshot.ts";
import { versionAt } from "./version_at.ts";

/** Tables outside the lake's own, by the names that stand for them in SQL. */
export interface ForeignTables {
  /** Names a table by where it lies; nothing is read before. */
  nameOf(location: string): string;
  /** Finds the table of such a name; null when it is no such name. */
  find(name: string): ForeignTable | null;
}

/** One of them. */
export interface ForeignTable {
  /** Where it lies, as the person wrote it. */
  location: string;
  /** Store that brings its files to where DuckDB may read. */
  store: Store;
  /** Reads a version: the newest when none is asked for. */
  read(at: { version: number } | { asOfMs: number } | null): Promise<LiveSnapshot>;
}

const PREFIX = "delta:";

/**
 * Opens the way to tables of other programs, and of other folders of the lake's store. DuckDB reaches none of their
 * folders: what it reads is linked, or copied from another disk, into the engine's own folder and stays there until it is
 * closed.
 */
export function foreignTables(store: Store, dir: string, isAllowed: boolean): ForeignTables {
  const tables = new Map<string, ForeignTable>();
  return {
    nameOf(location) {
      if (!isAllowed) {
        throw new RangeError(`Cannot read "${location}" as this lake reads its own tables only: open it in a notebook`);
      }
      const name = PREFIX + sha256(location).slice(0, 16); // names have no case, paths do
      if (!tables.has(name)) tables.set(name, foreignTable(store, dir, location));
      return name;
    },
    find: (name) => tables.get(name) ?? null,
  };
}

function foreignTable(lake: Store, dir: string, location: string): ForeignTable {
  const { store, root } = placeOf(lake, location);
  const at = { table: location, root };
  return {
    location,
    store: linkedStore(store, dir),
    async read(wanted) {
      const version = wanted === null
        ? undefined
        : "version" in wanted
        ? wanted.version
        : await versionAt(store, at, wanted.asOfMs) ?? undefined;
      const snapshot = await readLiveSnapshot(store, at, version);
      if (snapshot) return snapshot;
      throw new RangeError(
        `Cannot read "${location}" as it must be a Delta table: its folder _delta_log holds no version`,
      );
    },
  };
}

function placeOf(lake: Store, location: string): { store: Store; root: string } {
  if (location.startsWith("/")) return { store: folderStore(withoutSlash(location)), root: "" };
  if (/^file:\/*\//i.test(location)) {
    return { store: folderStore(withoutSlash(decodeURIComponent(new URL(location).pathname))), root: "" };
  }
  const lakeUrl = lake.url.split("?")[0]!;
  if (location.startsWith("s3://") && withoutSlash(location).startsWith(`${lakeUrl}/`)) {
    return { store: lake, root: withoutSlash(location).slice(lakeUrl.length + 1) };
  }
  throw new RangeError(
    `Cannot read "${location}" as it must be an absolute folder of this machine, a file: URL, or below the lake's own s3:// address: the lake is "${lakeUrl}"`,
  );
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function linkedStore(store: Store, dir: string): Store {
  const links = new Map<string, string>();
  return {
    ...store,
    async hold(paths) {
      await using held = await store.hold(paths.filter((path) => !links.has(path)));
      const fresh = paths.filter((path) => !links.has(path));
      for (const [i, path] of fresh.entries()) {
        const link = join(dir, `${crypto.randomUUID()}.parquet`);
        await linkOrCopy(held.files[i]!, link);
        links.set(path, link);
      }
      return { files: paths.map((path) => links.get(path)!), [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
}

/** A file of another disk, or of another user, cannot be linked. */
async function linkOrCopy(file: string, link: string): Promise<void> {
  try {
    await Deno.link(file, link);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    await Deno.copyFile(file, link);
  }
}
