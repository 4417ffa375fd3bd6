import { dirname, join } from "node:path";
import { inFolder, makeFolder, removeIfThere, withTemporary } from "./_durable.ts";
import { BOOKS, openHolds } from "./_holds.ts";
import { codeOf, isAbsent, statIfThere } from "./_inspect.ts";
import { TEMPORARY } from "./_path.ts";
import type { ObjectHead } from "./_s3_objects.ts";
import type { Held, StoredObject } from "./store.ts";
import { sweep } from "./_sweep.ts";

/** Local copies of objects, in a folder that processes share. */
export interface Cache {
  /** Makes sure of a copy and names it; null when there is no such object. */
  file(path: string): Promise<string | null>;
  /** Makes sure of copies and keeps them; answers the first path that has no object. */
  hold(paths: readonly string[]): Promise<{ held: Held } | { missing: string }>;
  /** Takes over a local file that was just stored under a path. */
  admit(localFile: string, path: string): Promise<void>;
  /** Forgets a copy, unless someone holds it. */
  drop(path: string): Promise<void>;
}

/** What a cache needs of its store. */
export interface Origin {
  /** Copies an object into an open file; null when there is none. Is told the size before the first byte is written. */
  fetch(path: string, file: Deno.FsFile, onSize: (bytes: number) => Promise<void>): Promise<ObjectHead | null>;
  /** Asks for size and tag; null when there is no such object. */
  head(path: string): Promise<ObjectHead | null>;
}

const GRACE_MS = 60_000; // what was named a moment ago is about to be read
const RESCAN_MS = 60_000; // other processes add files too
const AT_ONCE = 8;
const UUID_OR_DIGEST = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}/;

/**
 * Opens a cache. A name with a uuid or a SHA-256 in it means the same bytes for ever, so a copy is used as it is; of any
 * other the tag is asked for each time. Copies that were used longest ago go first when space is needed.
 *
 * @param root Absolute folder, for this bucket and prefix alone; made when missing.
 * @param maxBytes Bytes of all copies; what is held, or was named within a minute, may exceed it.
 * @param origin Where the objects come from.
 * @returns The cache.
 */
export async function openCache(root: string, maxBytes: number, origin: Origin): Promise<Cache> {
  await makeFolder(dirname(root), root);
  const holds = await openHolds(root);
  const parts = join(root, BOOKS, "parts");
  await makeFolder(root, parts);
  await sweep(parts, Date.now());
  const fetching = new Map<string, Promise<string | null>>();
  const tags = new Map<string, { etag: string; inode: number | null }>();
  let usedBytes = 0, scannedMs = -Infinity;

  async function makeRoom(bytes: number, goalBytes = maxBytes): Promise<void> {
    if (usedBytes + bytes > goalBytes || Date.now() - scannedMs > RESCAN_MS) {
      const copies = [...copiesIn(root, "")];
      scannedMs = Date.now();
      usedBytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
      if (usedBytes + bytes > goalBytes) usedBytes -= await evict(copies, usedBytes + bytes - goalBytes * 0.9);
    }
    usedBytes += bytes;
  }

  /** Other processes add copies too, and the bound may have become smaller: one look in a minute. */
  async function returnToBound(): Promise<void> {
    if (Date.now() - scannedMs > RESCAN_MS) await makeRoom(0);
  }

  function evict(copies: StoredObject[], excessBytes: number): Promise<number> {
    const oldest = copies.toSorted((a, b) => a.modifiedMs - b.modifiedMs);
    return holds.withHeld((held) => {
      let freed = 0;
      for (const { path, bytes } of oldest) {
        if (freed >= excessBytes) break;
        if (!held.has(path) && removeUnlessRecent(join(root, path))) freed += bytes;
      }
      return freed;
    });
  }

  async function download(path: string): Promise<string | null> {
    const file = join(root, path);
    let head: ObjectHead | null = null;
    const fetch = async (open: Deno.FsFile) => void (head = await origin.fetch(path, open, makeRoom));
    return await withTemporary(root, parts, fetch, async (temporary) => {
      if (head === null) return null;
      const { ino } = await Deno.stat(temporary);
      await inFolder(root, file, () => Deno.rename(temporary, file));
      tags.set(path, { etag: head.etag, inode: ino });
      return file;
    });
  }

  async function downloadInSpace(path: string): Promise<string | null> {
    try {
      return await download(path);
    } catch (cause) {
      if (codeOf(cause) !== "ENOSPC") throw cause;
      await makeRoom(0, 0); // the disk is smaller than the cache may be: all goes that nobody uses
      return await download(path).catch((again) => refuseFull(path, again));
    }
  }

  function refuseFull(path: string, cause: unknown): never {
    if (codeOf(cause) !== "ENOSPC") throw cause;
    throw new Error(
      `Cannot copy "${path}" into "${root}" as the disk must have room: ${(cause as Error).message}; ` +
        `free space on that disk`,
      { cause },
    );
  }

  function fetchOnce(path: string): Promise<string | null> {
    const running = fetching.get(path);
    if (running) return running;
    const started = downloadInSpace(path).finally(() => fetching.delete(path));
    fetching.set(path, started);
    return started;
  }

  async function file(path: string): Promise<string | null> {
    const local = join(root, path), info = await statIfThere(local);
    if (!info?.isFile) return await fetchOnce(path);
    if (!UUID_OR_DIGEST.test(path.slice(path.lastIndexOf("/") + 1))) {
      const known = tags.get(path), head = await origin.head(path);
      if (head === null) return null;
      if (known?.etag !== head.etag || known.inode !== info.ino) return await fetchOnce(path);
    }
    await touch(local, info);
    await returnToBound();
    return local;
  }

  return {
    file,
    async hold(paths) {
      const release = await holds.add(paths);
      try {
        const files = await mapAtOnce(paths, file), at = files.indexOf(null);
        if (at < 0) return { held: { files: files as string[], [Symbol.asyncDispose]: release } };
        await release();
        return { missing: paths[at]! };
      } catch (cause) {
        await release();
        throw cause;
      }
    },
    async admit(localFile, path) {
      const { size } = await Deno.stat(localFile);
      if (size > maxBytes || !UUID_OR_DIGEST.test(path)) return await removeIfThere(localFile);
      await makeRoom(size);
      try {
        await inFolder(root, join(root, path), () => Deno.rename(localFile, join(root, path)));
      } catch (cause) {
        if (codeOf(cause) !== "EXDEV") throw cause;
        await removeIfThere(localFile);
      }
    },
    async drop(path) {
      tags.delete(path);
      const local = join(root, path);
      if (isThere(local)) await holds.withHeld((held) => void (held.has(path) || remove(local)));
    },
  };
}

/** All copies, whoever named them. */
function* copiesIn(root: string, folder: string): Generator<StoredObject> {
  for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
    if (name.startsWith(TEMPORARY)) continue;
    if (isDirectory) yield* copiesIn(root, `${folder}${name}/`);
    else yield* describe(root, folder + name);
  }
}

function describe(root: string, path: string): StoredObject[] {
  try {
    const { size, mtime } = Deno.statSync(join(root, path));
    return [{ path, bytes: size, modifiedMs: mtime?.getTime() ?? 0 }];
  } catch (cause) {
    if (isAbsent(cause)) return []; // evicted by another process
    throw cause;
  }
}

async function touch(file: string, { mtime }: Deno.FileInfo): Promise<void> {
  const nowMs = Date.now();
  if (nowMs - (mtime?.getTime() ?? 0) < GRACE_MS / 2) return;
  try {
    await Deno.utime(file, new Date(nowMs), new Date(nowMs));
  } catch (cause) {
    if (!isAbsent(cause)) throw cause; // evicted by another process; whoever needs it for longer holds it
  }
}

function removeUnlessRecent(file: string): boolean {
  try {
    if (Date.now() - (Deno.statSync(file).mtime?.getTime() ?? 0) <= GRACE_MS) return false;
    Deno.removeSync(file);
    return true;
  } catch (cause) {
    if (isAbsent(cause)) return true;
    throw cause;
  }
}

/** Every put comes by here; asking on another thread takes as long as a tenth of the put. */
function isThere(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw cause;
  }
}

function remove(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}

async function mapAtOnce<T, U>(items: readonly T[], map: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await map(items[i]!);
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
