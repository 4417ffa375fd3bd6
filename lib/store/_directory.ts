import { dirname, join } from "node:path";
import { makeFolder, removeIfThere } from "./_durable.ts";
import { codeOf, readIfThere, statIfThere } from "./_inspect.ts";
import { listFiles, listFolders } from "./_list.ts";
import { checkFolder, checkForeignPath, checkPath, checkPrefix, TEMPORARY } from "./_path.ts";
import { linkNew, moveIn, replace } from "./_place.ts";
import type { Guarantee } from "../config/mod.ts";
import type { Store } from "./store.ts";
import { sweep } from "./_sweep.ts";

/**
 * Opens a folder as a store: put-if-absent is link(2), which fails when the name is taken.
 *
 * @param dir Absolute folder; made when missing.
 * @returns The store, writable if put-if-absent was proved.
 * @throws {Error} When the folder cannot be made or is no folder.
 */
export async function openDirectory(dir: string): Promise<Store> {
  const url = `file:${dir}`;
  await ensureFolder(dir);
  const readOnlyReason = await refuteWrites(dir);
  let swept: Promise<void> | undefined;

  async function write<T>(verb: string, path: string, action: (file: string) => Promise<T>): Promise<T> {
    checkPath(path);
    if (readOnlyReason !== null) {
      throw new Error(`Cannot ${verb} "${path}" as the store "${url}" is read-only: ${readOnlyReason}`);
    }
    await (swept ??= sweep(dir, Date.now())); // a walk over the whole lake, which readers need not wait for
    const file = join(dir, path);
    return await attempt(`${verb} "${file}"`, () => action(file));
  }

  async function open<T>(path: string, action: (file: string) => Promise<T | null>): Promise<T> {
    checkPath(path);
    const file = join(dir, path);
    const found = await attempt(`get "${file}"`, () => action(file));
    if (found === null) throw new Deno.errors.NotFound(`Cannot get "${path}" as it must exist: nothing at "${file}"`);
    return found;
  }

  const localPath = (path: string) => open(path, async (file) => (await statIfThere(file))?.isFile ? file : null);
  /** Other programs add files to tables, named as they like. */
  const heldPath = async (path: string) => {
    checkForeignPath(path);
    const file = join(dir, path);
    if ((await statIfThere(file))?.isFile) return file;
    throw new Deno.errors.NotFound(`Cannot get "${path}" as it must exist: nothing at "${file}"`);
  };
  return {
    url,
    localDir: dir,
    writable: readOnlyReason === null,
    readOnlyReason,
    get: (path) => open(path, readIfThere),
    put: (path, bytes) => write("put", path, (file) => replace(dir, file, bytes)),
    putIfAbsent: (path, bytes) => write("put", path, (file) => linkNew(dir, file, bytes)),
    adopt: (localFile, path) => write(`adopt "${localFile}" as`, path, (file) => moveIn(dir, localFile, file)),
    list: (prefix, { after = "" } = {}) => {
      checkPrefix(prefix);
      return listFiles(dir, prefix, after);
    },
    folders: async (folder) => {
      checkFolder(folder);
      return await attempt(`list "${join(dir, folder)}"`, () => Promise.resolve(listFolders(dir, folder)));
    },
    delete: (path) => write("delete", path, removeIfThere),
    localPath,
    async hold(paths) {
      const looks = await Promise.allSettled(paths.map(heldPath));
      const files = looks.map((look) => {
        if (look.status === "rejected") throw look.reason; // the first in their order
        return look.value;
      });
      return { files, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    guarantees: () => Promise.resolve(guaranteesOf(readOnlyReason)),
    exists: async (path) => {
      checkPath(path);
      return (await statIfThere(join(dir, path)))?.isFile ?? false;
    },
  };
}

function guaranteesOf(readOnlyReason: string | null): Guarantee[] {
  return [
    readOnlyReason === null
      ? { name: "put-if-absent", state: "proved", detail: "a second link(2) to the same name was refused" }
      : { name: "put-if-absent", state: "broken", detail: `${readOnlyReason}; the lake is read-only` },
    {
      name: "durable writes",
      state: "promised",
      detail: "each file and its folder are synced; the disk must keep what it has synced",
    },
  ];
}

async function ensureFolder(dir: string): Promise<void> {
  try {
    if (await statIfThere(dir) === null) await makeFolder(dirname(dir), dir);
    await Array.fromAsync(Deno.readDir(dir)); // read to its end: an abandoned iterator keeps the folder open
  } catch (cause) {
    throw new Error(
      `Cannot open store "file:${dir}" as it must be a folder that can be read: ${reason(cause)}; ` +
        `name another one under "lake" in boathouse.yaml`,
      { cause },
    );
  }
}

/** Puts twice at one path: proof, on this very file system, that the second is refused and the first is kept. */
async function refuteWrites(dir: string): Promise<string | null> {
  const probe = join(dir, `${TEMPORARY}${crypto.randomUUID()}`);
  try {
    if (!await linkNew(dir, probe, new Uint8Array([1]))) return "the first put of a new object was refused";
    try {
      return await refuteSecond(dir, probe);
    } finally {
      await removeIfThere(probe);
    }
  } catch (cause) {
    return reason(cause);
  }
}

async function refuteSecond(dir: string, probe: string): Promise<string | null> {
  if (await linkNew(dir, probe, new Uint8Array([2]))) return "a second put of the same object was not refused";
  return (await Deno.readFile(probe))[0] === 1 ? null : "a refused put changed the object";
}

async function attempt<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw new Deno.errors.NotFound(`Cannot ${what}: ${reason(cause)}`);
    const wayOut = WAYS_OUT[codeOf(cause) ?? ""] ?? "";
    throw new Error(`Cannot ${what} as the file system must take it: ${reason(cause)}${wayOut}`, { cause });
  }
}

const WAYS_OUT: Readonly<Record<string, string>> = {
  ENOSPC: "; free space on that disk",
  EDQUOT: "; free space in that quota",
  EROFS: "; make that disk writable",
  EACCES: "; make that folder writable for this user",
};

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
