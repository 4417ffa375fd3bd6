import type { Store } from "../store/mod.ts";
import { logFolder } from "./_log_files.ts";

/** Reads the version of the last checkpoint that was told of; null when there is no such file, or half of one. */
export async function readLastCheckpoint(store: Store, root: string): Promise<number | null> {
  try {
    const { version } = JSON.parse(new TextDecoder().decode(await store.get(pathOf(root)))) as { version?: unknown };
    return Number.isSafeInteger(version) && (version as number) >= 0 ? version as number : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError || error instanceof TypeError) {
      return null;
    }
    throw error;
  }
}

/** Tells of a checkpoint that is whole, unless a later one was told of. */
export async function writeLastCheckpoint(store: Store, root: string, version: number, size: number): Promise<void> {
  if ((await readLastCheckpoint(store, root) ?? -1) >= version) return;
  await store.put(pathOf(root), new TextEncoder().encode(JSON.stringify({ version, size })));
}

function pathOf(root: string): string {
  return `${logFolder(root)}/_last_checkpoint`;
}
