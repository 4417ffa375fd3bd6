import type { Row } from "../columns/mod.ts";
import type { Store } from "../store/mod.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { commit } from "./commit.ts";
import type { Engine } from "./_engine.ts";
import { checkpointFile, logFile, pathIn } from "./_log_files.ts";
import { PINS_TABLE } from "./pinned_versions.ts";
import { isRawTable } from "./_raw_table.ts";
import { announcedRemovals } from "./_removal.ts";
import { holdFiles, selectFiles } from "./scan.ts";
import { type LiveSnapshot, readSnapshot, type Snapshot } from "./snapshot.ts";
import { timeMs } from "./table_at.ts";
import type { WriteOptions } from "./_write_table.ts";

/** A version of a table that stays readable. */
export interface SavedPin {
  /** Names the pin. */
  id: string;
  /** Name of the table. */
  table: string;
  /** Version that is kept. */
  version: number;
  /** When the pin ends. */
  until: Date;
  /** What it is for. */
  why: string;
  /** When it was saved. */
  savedAt: Date;
}

/** What a pin is saved with. */
export interface SavePinOptions {
  /** When it ends: a Date, or text such as `2026-12-31`, UTC. */
  until: Date | string;
  /** What it is for. */
  why: string;
  /** Version to keep; the one that the lake reads when left out. */
  version?: number;
}

/** Saves a pin as a row of the table of pins, with a checkpoint by which its version is read when older log is gone. */
export async function savePin(
  store: Store,
  table: string,
  live: LiveSnapshot | null,
  { until, why }: SavePinOptions,
  write: (table: string, rows: Row[], options: WriteOptions) => Promise<unknown>,
): Promise<SavedPin> {
  const snapshot = live && !isRawTable(live) ? await readSnapshot(store, table, live.version) : null;
  if (!snapshot) throw needsNone(table);
  const { version } = snapshot;
  const [savedAt, end] = [new Date(), new Date(timeMs(table, until))];
  checkPin(snapshot, end, savedAt, why);
  const id = crypto.randomUUID();
  const row = { id, table, version, until: end.toISOString(), why, saved_at: savedAt };
  await write(PINS_TABLE, [row], {
    mode: "append",
    partitionBy: ["id", "table", "version", "until"],
    lineage: false,
  });
  await writeCheckpoint(store, snapshot);
  const lost = await lostFile(store, snapshot);
  if (lost) {
    await removePin(store, id);
    throw new Error(
      `Cannot pin table "${table}" at version ${version} as its files must still be there: ${lost}; pin a later version`,
    );
  }
  return { id, table, version, until: end, why, savedAt };
}

/** Lists the pins that have not ended, by table and version. */
export async function listPins({ connection }: Engine, store: Store): Promise<SavedPin[]> {
  const snapshot = await readSnapshot(store, PINS_TABLE);
  if (!snapshot) return [];
  await using held = await holdFiles(store, snapshot, snapshot.files);
  const select = `SELECT id, "table", version::DOUBLE, until, why, epoch_ms(saved_at)::DOUBLE
    FROM (${selectFiles(snapshot, held.files)}) ORDER BY "table", version, until, id`;
  const rows = (await connection.runAndReadAll(select)).getRowsJS() as [
    string,
    string,
    number,
    string,
    string,
    number,
  ][];
  return rows
    .map(([id, table, version, until, why, savedMs]) => ({
      id,
      table,
      version,
      until: new Date(until),
      why,
      savedAt: new Date(savedMs),
    }))
    .filter(({ until }) => until.getTime() > Date.now());
}

/** Ends a pin; pins that have ended by themselves go with it. */
export async function removePin(store: Store, id: string): Promise<void> {
  let read = await readSnapshot(store, PINS_TABLE);
  for (;;) {
    const pin = read?.files.find(({ partition }) => partition.id === id);
    if (!read || !pin) throw new RangeError(`Cannot remove pin "${id}" as the lake has none of that id`);
    const ended = read.files.filter(({ partition }) => Date.parse(partition.until ?? "") < Date.now());
    const remove = [...new Set([pin, ...ended])];
    const outcome = await commit(store, PINS_TABLE, { read, operation: "DELETE", remove });
    if ("snapshot" in outcome) return;
    read = outcome.conflict;
  }
}

function needsNone(table: string): RangeError {
  return new RangeError(
    `Cannot pin table "${table}" as it holds the records of a topic: any later version has the same rows below an offset, so it needs none`,
  );
}

function checkPin({ table, version }: Snapshot, until: Date, now: Date, why: string): void {
  if (until <= now) {
    throw new RangeError(
      `Cannot pin table "${table}" at version ${version} as a pin must end later: got ${until.toISOString()}`,
    );
  }
  if (why.trim() === "") {
    throw new RangeError(
      `Cannot pin table "${table}" at version ${version} as why must say what it is for: got nothing`,
    );
  }
}

/** Announcements first: one that is over by then has left nothing of what it named. */
async function lostFile(store: Store, { root, version, files }: Snapshot): Promise<string | null> {
  const going = await announcedRemovals(store, root);
  const needed = [
    logFile(root, version),
    checkpointFile(root, version),
    ...files.map(({ path }) => pathIn(root, path)),
  ];
  for (const path of needed) {
    if (going.has(path)) return `"${path.slice(root.length + 1)}" is being vacuumed`;
  }
  for (const path of needed) if (!await store.exists(path)) return `"${path.slice(root.length + 1)}" was vacuumed`;
  return null;
}
