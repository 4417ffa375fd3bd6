import { listLog, pathIn } from "./_log_files.ts";
import { readLogFile, readSnapshotAt, type Snapshot } from "./snapshot.ts";
import type { Store } from "../store/mod.ts";

const MAX_LOOKUPS = 100;

/** A version of a table, as far as errors tell of it. */
export type VersionAt = Pick<Snapshot, "table" | "root" | "version">;

/** Says of a file that is not there whether a vacuum took it, and which versions can be read then. */
export async function explainMissing(
  store: Store,
  at: VersionAt,
  files: readonly { path: string }[],
  cause: Deno.errors.NotFound,
): Promise<Deno.errors.NotFound> {
  const { table, root, version } = at;
  const there = new Set(await Array.fromAsync(store.list(pathIn(root, "")), ({ path }) => path));
  const lost = files.find(({ path }) => !there.has(pathIn(root, path)))?.path;
  const newest = await readSnapshotAt(store, at);
  if (lost === undefined || !newest) return cause;
  const isNeeded = newest.files.some(({ path }) => path === lost);
  const found = isNeeded
    ? `"${lost}" is missing though the newest version needs it; restore it from a copy`
    : `"${lost}" was vacuumed; read ${await readable(store, newest, there)}`;
  return new Deno.errors.NotFound(
    `Cannot read table "${table}" at version ${version} as its files must still be there: ${found}`,
    { cause },
  );
}

/** From the newest version back to the first that removed a file which is gone. */
async function readable(store: Store, { root, version }: VersionAt, there: ReadonlySet<string>): Promise<string> {
  const { commits } = await listLog(store, root, Math.max(0, version - MAX_LOOKUPS));
  for (const commit of commits.toReversed()) {
    const actions = await readLogFile(store, root, commit.version) ?? [];
    if (actions.some(({ remove }) => remove && !there.has(pathIn(root, remove.path)))) {
      return commit.version === version ? `version ${version}` : `a version from ${commit.version} to ${version}`;
    }
  }
  return "a later version";
}
