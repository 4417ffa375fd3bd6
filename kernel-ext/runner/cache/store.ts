import { join } from "node:path";
import { type CellEntry, entryText, readEntry } from "./entry.ts";

/** Where results of cells are kept. */
export interface CellStore {
  /**
   * Reads what is kept under a key, and marks it as used.
   *
   * @returns What is kept; null where there is nothing, or nothing that can be used: that is noted.
   */
  read(key: string): Promise<CellEntry | null>;
  /** Keeps results; returns why they are not kept, null where they are. */
  write(key: string, entry: CellEntry): Promise<string | null>;
}

/** How much is kept. */
export interface StoreOptions {
  /** Absolute folder. */
  folder: string;
  /** Signs entries, so that no others are used. */
  secret: string;
  /**
   * Bytes of one entry at most.
   * @default 32 MiB
   */
  maxEntryBytes?: number;
  /**
   * Bytes of all entries at most; what was used longest ago goes first.
   * @default 1 GiB
   */
  maxBytes?: number;
  /** Is told of what cannot be used, and of a folder that cannot be written to. */
  note(line: string): void;
}

/**
 * Opens the folder in which results of cells are kept, one file each. Nothing that lies there, and no trouble with it,
 * makes a run fail.
 *
 * @param options The folder and its bounds.
 * @returns The store.
 */
export function openStore(
  { folder, secret, maxEntryBytes = 32 * 2 ** 20, maxBytes = 2 ** 30, note }: StoreOptions,
): CellStore {
  const pathOf = (key: string) => join(folder, `${key}.json`);
  return {
    read: async (key) => {
      try {
        const text = await readBounded(pathOf(key), maxEntryBytes);
        const entry = text === null ? null : readEntry(text, key, secret);
        if (entry) await Deno.utime(pathOf(key), new Date(), new Date()).catch(() => undefined);
        return entry;
      } catch (error) {
        note(`what is kept as "${key.slice(0, 12)}…" is not used: ${(error as Error).message}`);
        return null;
      }
    },
    write: async (key, entry) => {
      const bytes = new TextEncoder().encode(entryText(key, entry, secret));
      if (bytes.length > Math.min(maxEntryBytes, maxBytes)) {
        return `its results are ${bytes.length.toLocaleString("en")} bytes, and may be ${
          maxEntryBytes.toLocaleString("en")
        }`;
      }
      try {
        await writeWhole(folder, pathOf(key), bytes);
        await removeOldest(folder, maxBytes);
        return null;
      } catch (error) {
        return `the folder of the cache cannot be written to: ${(error as Error).message}`;
      }
    },
  };
}

async function readBounded(path: string, maxBytes: number): Promise<string | null> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile) throw new TypeError("it is no file");
    if (size > maxBytes) throw new TypeError(`it has ${size.toLocaleString("en")} bytes`);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Who reads sees all of it or nothing, also when two runs write at once. */
async function writeWhole(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true, mode: 0o600 });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  }
}

async function removeOldest(folder: string, maxBytes: number): Promise<void> {
  const files = (await Array.fromAsync(Deno.readDir(folder))).filter(({ name }) => OURS.test(name));
  const found = await Promise.all(files.map(async ({ name }) => {
    const path = join(folder, name);
    // Another run may have removed it meanwhile.
    const info = await Deno.lstat(path).catch(() => null);
    return info ? [{ path, bytes: info.size, usedMs: info.mtime?.getTime() ?? 0 }] : [];
  }));
  let bytes = 0;
  for (const file of found.flat().sort((a, b) => b.usedMs - a.usedMs)) {
    bytes += file.bytes;
    const left = file.path.endsWith(".tmp") && Date.now() - file.usedMs > LEFT_MS;
    if (left || bytes > maxBytes) await Deno.remove(file.path).catch(() => undefined);
  }
}

const OURS = /^[0-9a-f]{64}\.json(\.[0-9a-f-]{36}\.tmp)?$/;
/** A file that is being written is not this old. */
const LEFT_MS = 3_600_000;
