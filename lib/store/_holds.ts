import { join } from "node:path";
import { makeFolder, removeIfThere } from "./_durable.ts";
import { isAbsent } from "./_inspect.ts";
import { TEMPORARY } from "./_path.ts";

/** Folder of a cache's bookkeeping; no object has such a name. */
export const BOOKS = `${TEMPORARY}cache`;

/** What living processes hold in a cache folder that they share. */
export interface Holds {
  /** Declares paths as held, until the returned function is called. */
  add(paths: readonly string[]): Promise<() => Promise<void>>;
  /** Runs an action while no hold is added by anyone; it is given all paths that living processes hold. */
  withHeld<T>(action: (held: ReadonlySet<string>) => T): Promise<T>;
}

/**
 * Opens the holds of a cache. Each hold is a file of paths; it counts while the process that wrote it has a lock on a
 * file of its own, which the system releases when the process ends, however it ends.
 *
 * @param root Folder of the cache, which exists.
 * @returns The holds.
 */
export async function openHolds(root: string): Promise<Holds> {
  const folder = join(root, BOOKS, "holds"), own = crypto.randomUUID();
  await makeFolder(root, folder);
  let presence: Deno.FsFile | null = null; // never closed: its lock ends with the process

  async function exclusive<T>(action: () => T): Promise<T> {
    using lock = await Deno.open(join(root, BOOKS, "lock"), { create: true, write: true });
    await lock.lock(true);
    return action();
  }

  return {
    async add(paths) {
      const file = join(folder, `${own}.${crypto.randomUUID()}`);
      await exclusive(() => {
        presence ??= openLocked(join(folder, own));
        Deno.writeTextFileSync(file, paths.join("\n"));
      });
      return () => removeIfThere(file);
    },
    withHeld: (action) => exclusive(() => action(heldIn(folder))),
  };
}

function openLocked(file: string): Deno.FsFile {
  const open = Deno.openSync(file, { create: true, write: true });
  open.lockSync(true);
  return open;
}

/** Reads what the living hold, and removes what the dead left. */
function heldIn(folder: string): ReadonlySet<string> {
  const held = new Set<string>(), lives = new Map<string, boolean>();
  for (const { name } of Deno.readDirSync(folder)) {
    const [owner, hold] = name.split(".");
    if (!lives.has(owner!)) lives.set(owner!, isAlive(join(folder, owner!)));
    if (!lives.get(owner!)) removeSync(join(folder, name));
    else if (hold !== undefined) { for (const path of readLines(join(folder, name))) held.add(path); }
  }
  return held;
}

function isAlive(file: string): boolean {
  try {
    using open = Deno.openSync(file, { write: true });
    return !open.tryLockSync(true);
  } catch (cause) {
    if (isAbsent(cause)) return false;
    throw cause;
  }
}

function readLines(file: string): string[] {
  try {
    return Deno.readTextFileSync(file).split("\n");
  } catch (cause) {
    if (isAbsent(cause)) return []; // released a moment ago
    throw cause;
  }
}

function removeSync(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
  }
}
