import { isoMicros, sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Engine } from "./_engine.ts";
import type { DerivedPin, InputRead, Pin, RawPin, Tail } from "./inputs.ts";
import { checkIncarnation, committedPosition, isRawTable, type Position } from "./_raw_table.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";
import { checkTableName, isTableName, rejectedTableOf } from "./table_name.ts";
import { createDerivedView, createRawViews } from "./_views.ts";

/** Tables as one lake sees them: each stands still from its first use on. */
export interface PinnedTables {
  /** Pins a table; null when there is none of that name. */
  pin(table: string): Promise<RawPin | DerivedPin | null>;
  /** Makes sure that a name can be queried; tells what is read by it. False when there is no such table. */
  ensureView(name: string): Promise<boolean>;
  /** What a query over the name reads. */
  input(name: string): Promise<InputRead>;
  /** The version that is pinned; null for a topic that is on the bus only. */
  snapshot(table: string): Promise<Snapshot | null>;
  /** Moves a table to a version that this lake wrote itself. */
  moveTo(snapshot: Snapshot): void;
}

interface Pinned {
  snapshot: Snapshot | null;
  position: Position | null;
  hasViews: boolean;
  inputs: Map<string, InputRead>;
}

export function pinnedTables(
  engine: Engine,
  { store, tail, pin }: { store: Store; tail: Tail | undefined; pin: Pin | undefined },
): PinnedTables {
  const tables = new Map<string, Pinned>();

  async function find(table: string): Promise<Pinned | null> {
    const known = tables.get(table);
    if (known) return known;
    const wanted = pin && Object.hasOwn(pin.tables, table) ? pin.tables[table] : undefined;
    const found = await locate(store, tail, table, wanted);
    if (found) tables.set(table, found);
    return found;
  }

  /** The table that a name in SQL reads, and whether it means the records that do not fit. */
  async function findView(name: string): Promise<{ table: string; pinned: Pinned } | null> {
    const direct = await find(name);
    if (direct) return { table: name, pinned: direct };
    const table = rejectedTableOf(name);
    const pinned = table ? await find(table) : null;
    return table && pinned?.position ? { table, pinned } : null;
  }

  async function known(name: string): Promise<{ table: string; pinned: Pinned }> {
    const found = await findView(name);
    if (!found) throw new RangeError(`Cannot read table "${name}" as the lake has none of that name`);
    return found;
  }

  return {
    async pin(table) {
      checkTableName(table);
      const found = await find(table);
      if (!found) return null;
      const { snapshot, position } = found;
      return position ? { ...position, version: snapshot?.version ?? -1 } : { version: snapshot!.version };
    },
    async ensureView(name) {
      const found = await findView(name);
      if (!found) return false;
      const { table, pinned } = found;
      if (pinned.hasViews) return true;
      if (pinned.position) {
        pinned.snapshot = await createRawViews(engine, { store, tail }, table, pinned.snapshot, pinned.position);
      } else await createDerivedView(engine, store, pinned.snapshot!);
      pinned.hasViews = true;
      return true;
    },
    async input(name) {
      const { pinned } = await known(name);
      const cached = pinned.inputs.get(name);
      if (cached) return cached;
      const input = pinned.position
        ? await rawInput(engine, name, pinned.snapshot, pinned.position)
        : derivedInput(name, pinned.snapshot!);
      pinned.inputs.set(name, input);
      return input;
    },
    snapshot: async (table) => (await known(table)).pinned.snapshot,
    moveTo: (snapshot) => {
      tables.set(snapshot.table, { snapshot, position: null, hasViews: false, inputs: new Map() });
    },
  };
}

async function locate(
  store: Store,
  tail: Tail | undefined,
  table: string,
  wanted: RawPin | DerivedPin | undefined,
): Promise<Pinned | null> {
  const views = { hasViews: false, inputs: new Map() };
  if (wanted && !("ends" in wanted)) {
    return { snapshot: await expectVersion(store, table, wanted.version), position: null, ...views };
  }
  const snapshot = isTableName(table) ? await readSnapshot(store, table) : null; // before the tail, which only grows
  if (wanted) return { snapshot, position: { incarnation: wanted.incarnation, ends: wanted.ends }, ...views };
  if (snapshot && !isRawTable(snapshot)) return { snapshot, position: null, ...views };
  const committed = snapshot && committedPosition(snapshot);
  const position = (isTableName(table) ? await tail?.ends(table) : null) ?? committed ??
    (snapshot ? { incarnation: snapshot.id, ends: {} } : null);
  if (!position) return null;
  checkIncarnation(table, position, committed);
  return { snapshot, position, ...views };
}

async function expectVersion(store: Store, table: string, version: number): Promise<Snapshot> {
  const snapshot = await readSnapshot(store, table, version);
  if (snapshot) return snapshot;
  throw new RangeError(
    `Cannot read table "${table}" at version ${version}, its pin, as the lake has none of that name`,
  );
}

async function rawInput(
  { connection }: Engine,
  name: string,
  snapshot: Snapshot | null,
  position: Position,
): Promise<InputRead> {
  const select = `SELECT count(*)::DOUBLE, epoch_us(max("_event_time"))::DOUBLE FROM ${quoteName(name)}`;
  const [[rows, until]] = (await connection.runAndReadAll(select)).getRowsJS() as [[number, number | null]];
  return {
    name,
    table: snapshot?.id ?? position.incarnation,
    incarnation: position.incarnation,
    ends: position.ends,
    rows,
    ...(until === null ? {} : { until: isoMicros(until) }),
  };
}

function derivedInput(name: string, { id, version, files }: Snapshot): InputRead {
  const digest = sha256(files.map((file) => file.path).sort().join("\n"));
  return { name, table: id, version, digest };
}
