import { join } from "node:path";
import type { Store, StoredObject } from "../store/mod.ts";

/** A folder that others write: it is read only, nothing is put there to try it, and its paths may have any characters. */
export function folderStore(folder: string): Store {
  const url = `file:${folder}`;
  const readOnlyReason = "it belongs to another program";
  const refuse = (path: string): Promise<never> =>
    Promise.reject(new Error(`Cannot put "${path}" as the store "${url}" is read-only: ${readOnlyReason}`));
  const fileOf = (path: string) => {
    const isBelow = path !== "" && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    if (isBelow) return join(folder, path);
    throw new RangeError(`Cannot get "${path}" as it must lie below "${folder}"`);
  };
  const stat = (path: string) => Deno.stat(fileOf(path)).catch(nullIfAbsent);
  const localPath = async (path: string) => {
    if ((await stat(path))?.isFile) return fileOf(path);
    throw new Deno.errors.NotFound(`Cannot get "${path}" as it must exist: nothing at "${fileOf(path)}"`);
  };
  return {
    url,
    localDir: folder,
    writable: false,
    readOnlyReason,
    get: async (path) => await Deno.readFile(await localPath(path)),
    put: refuse,
    putIfAbsent: refuse,
    adopt: (_file, path) => refuse(path),
    delete: refuse,
    list: (prefix, { after = "" } = {}) => listFolder(folder, prefix, after),
    folders: async (path) =>
      (await entriesOf(join(folder, path))).filter((one) => one.isDirectory).map((one) => one.name),
    localPath,
    hold: async (paths) => ({
      files: await Promise.all(paths.map(localPath)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    guarantees: () => Promise.resolve([{ name: "put-if-absent", state: "broken", detail: readOnlyReason }]),
    exists: async (path) => (await stat(path))?.isFile ?? false,
  };
}

/** The files of one folder, such as that of the log; those of folders in it are not asked for. */
async function* listFolder(folder: string, prefix: string, after: string): AsyncGenerator<StoredObject> {
  const parent = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const paths = (await entriesOf(join(folder, parent))).map(({ name }) => parent + name);
  for (const path of paths.sort((a, b) => a < b ? -1 : 1)) {
    if (!path.startsWith(prefix) || path <= after) continue;
    const info = await Deno.stat(join(folder, path)).catch(nullIfAbsent);
    if (info?.isFile) yield { path, bytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
  }
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch((error) => nullIfAbsent(error) ?? []);
}

function nullIfAbsent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
  throw error;
}
