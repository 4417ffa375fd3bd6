import type { Store } from "../store/mod.ts";
import type { boundsReader } from "./_bounds.ts";
import type { Engine } from "./_engine.ts";
import { rememberChoices } from "./_choices.ts";
import type { Filter } from "./_filter.ts";
import { derivedInput, rawInput } from "./_input.ts";
import type { DerivedPin, InputRead, Pin, RawPin, Tail } from "./inputs.ts";
import { pruneFiles } from "./_prune.ts";
import { checkIncarnation, committedPosition, isRawTable, type Position } from "./_raw_table.ts";
import type { ForeignTables } from "./_foreign.ts";
import { type HeldFiles, holdFiles } from "./scan.ts";
import { type LiveFile, type LiveSnapshot, readLiveSnapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";
import { tableAt } from "./_log_files.ts";
import { splitName } from "./table_at.ts";
import { checkTableName, isTableName, rejectedTableOf } from "./table_name.ts";
import { versionAt } from "./version_at.ts";
import { derivedSource, joinSeam, rawSource, type Seam, selectOf, type Source } from "./_views.ts";

/** Tables as one lake sees them: each stands still from its first use on. */
export interface PinnedTables {
  /** Pins a table; null when there is none of that name. */
  pin(table: string): Promise<RawPin | DerivedPin | null>;
  /** Finds what a name in SQL stands for; null when the lake has nothing of that name. */
  find(name: string): Promise<Named | null>;
  /** Chooses the files that a query over the name has to read. */
  choose(named: Named, filters: readonly (Filter | null)[], query: QueryTables): Promise<LiveFile[]>;
  /** Holds files of the name; fails when one is missing. */
  hold(named: Named, files: readonly LiveFile[]): Promise<HeldFiles>;
  /** The same, and makes the view of the name over them. */
  open(named: Named, files: readonly LiveFile[]): Promise<HeldFiles>;
  /** What a query over the name reads, told once for all queries. */
  input(named: Named): Promise<InputRead>;
  /** The version that is pinned; null for a topic that is on the bus only. */
  snapshot(table: string): Promise<LiveSnapshot | null>;
  /** Moves a table to a version that this lake wrote itself. */
  moveTo(snapshot: LiveSnapshot): void;
}

/** What a name in SQL stands for. */
export interface Named {
  name: string;
  pinned: Pinned;
  source: Source;
}

/** What the choice of files needs to know of the whole query. */
export interface QueryTables {
  tables: ReadonlyMap<string, Named>;
  values: readonly unknown[];
  bounds: ReturnType<typeof boundsReader>;
}

interface Found {
  /** Name for people. */
  table: string;
  store: Store;
  snapshot: LiveSnapshot | null;
  /** Of a topic's table. */
  position: Position | null;
}

interface Pinned extends Found {
  seam?: Seam;
  /** SQL of the views that were made, by name. */
  views: Map<string, string>;
  inputs: Map<string, InputRead>;
}

type At = ReturnType<typeof splitName>["at"];

export interface PinnedOptions {
  store: Store;
  tail: Tail | undefined;
  pin: Pin | undefined;
  /** When every table that the pin does not name stands still, milliseconds since 1970. */
  asOfMs: number | undefined;
  foreign: ForeignTables;
}

export function pinnedTables(
  engine: Engine,
  { store, tail, pin, asOfMs, foreign }: PinnedOptions,
): PinnedTables {
  const tables = new Map<string, Pinned>();
  const choices = rememberChoices();

  /** Its key is the table's name, followed by the version that is asked for. */
  async function findTable(table: string, at: At): Promise<Pinned | null> {
    const key = at ? `${table}@${"version" in at ? at.version : at.asOfMs}` : table;
    const known = tables.get(key);
    if (known) return known;
    const found = isTableName(table) ? await findOwn(table, at) : await findForeign(table, at);
    if (!found) return null;
    const pinned = { ...found, views: new Map(), inputs: new Map() };
    tables.set(key, pinned);
    return pinned;
  }

  async function findOwn(table: string, at: At): Promise<Found | null> {
    const wanted = pin && Object.hasOwn(pin.tables, table) ? pin.tables[table] : undefined;
    const found = at
      ? await locateAt(store, table, at)
      : asOfMs !== undefined && !wanted
      ? await locateAt(store, table, { asOfMs })
      : await locate(store, tail, table, wanted);
    return found && { table, store, ...found };
  }

  async function findForeign(name: string, at: At): Promise<Found | null> {
    const table = foreign.find(name);
    if (!table) return null;
    const shown = `delta:${table.location}`;
    const wanted = pin && Object.hasOwn(pin.tables, shown) ? pin.tables[shown] : undefined;
    const snapshot = await table.read(at ?? wanted ?? (asOfMs === undefined ? null : { asOfMs }));
    return { table: shown, store: table.store, snapshot, position: null };
  }

  async function find(name: string): Promise<Named | null> {
    const { table, at } = splitName(name);
    const direct = await findTable(table, at);
    if (direct) return await named(name, direct, true);
    const accepted = rejectedTableOf(table);
    const pinned = accepted ? await findTable(accepted, at) : null;
    return pinned?.position ? await named(name, pinned, false) : null;
  }

  async function named(name: string, pinned: Pinned, fit: boolean): Promise<Named | null> {
    const source = await sourceOf(pinned, fit);
    return source.snapshot || source.tail ? { name, pinned, source } : null;
  }

  async function sourceOf(pinned: Pinned, fit: boolean): Promise<Source> {
    if (!pinned.position) return derivedSource(pinned.snapshot!);
    pinned.seam ??= await joinSeam(
      engine,
      { store: pinned.store, tail },
      pinned.table,
      pinned.snapshot,
      pinned.position,
    );
    pinned.snapshot = pinned.seam.snapshot;
    return rawSource(pinned.seam, pinned.position, fit);
  }

  /** Tables stand still, so that the same query with the same values chooses the same files; a list may have changed. */
  async function choose(
    { source: { snapshot, files } }: Named,
    filters: readonly (Filter | null)[],
    { tables, values, bounds }: QueryTables,
  ): Promise<LiveFile[]> {
    if (!snapshot) return [];
    const hasColumnOf = (table: string, column: string) => hasColumn(tables.get(table), column);
    const options = { connection: engine.connection, bounds, values, hasColumn: hasColumnOf };
    const facts = [...tables.values()].flatMap(({ source }) => [source.snapshot, source.tail]);
    const isMutable = values.some((value) => typeof value === "object" && value !== null);
    const prune = () => pruneFiles(snapshot, files, filters, options);
    return isMutable ? await prune() : await choices(filters, [...facts, ...values], prune);
  }

  function hold({ pinned, source }: Pick<Named, "pinned" | "source">, files: readonly LiveFile[]): Promise<HeldFiles> {
    return holdFiles(pinned.store, source.snapshot ?? { table: pinned.table, root: "", version: 0 }, files);
  }

  async function open({ name, pinned, source }: Named, files: readonly LiveFile[]): Promise<HeldFiles> {
    const held = await hold({ pinned, source }, files);
    const select = selectOf(source, held.files);
    if (pinned.views.get(name) !== select) {
      await engine.connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${select}`);
      engine.statements.clear();
      pinned.views.set(name, select);
    }
    return held;
  }

  return {
    async pin(table) {
      checkTableName(table);
      const found = await findTable(table, null);
      if (!found) return null;
      const { snapshot, position } = found;
      return position ? { ...position, version: snapshot?.version ?? -1 } : { version: snapshot!.version };
    },
    find,
    choose,
    hold,
    open,
    async input(named) {
      const { name, pinned, source } = named;
      const known = pinned.inputs.get(name);
      if (known) return known;
      const input = pinned.position
        ? await rawInput(engine, named, pinned.position, (files) => open(named, files))
        : derivedInput(nameForPeople(named), source.snapshot!);
      pinned.inputs.set(name, input);
      return input;
    },
    async snapshot(table) {
      const found = await find(table);
      if (!found) throw new RangeError(`Cannot read table "${table}" as the lake has none of that name`);
      return found.pinned.snapshot;
    },
    moveTo: (snapshot) => {
      const { table } = snapshot;
      tables.set(table, { table, store, snapshot, position: null, views: new Map(), inputs: new Map() });
    },
  };
}

/** Views of foreign tables have names of their own, which mean nothing to a reader. */
export function nameForPeople({ name, pinned }: Named): string {
  return isTableName(splitName(name).table) ? name : pinned.table + (/@.*/.exec(name)?.[0] ?? "");
}

/** A name that is no table of the lake may be a subquery of any columns. */
function hasColumn(named: Named | undefined, column: string): boolean {
  const { snapshot, tail } = named?.source ?? { snapshot: null, tail: null };
  if (!snapshot || tail) return true; // rows of the bus may have columns that the lake does not have yet
  return snapshot.schema.some(({ name }) => name.toLowerCase() === column);
}

/** A topic's table at a version ends where that version ends, whatever the bus holds. */
async function locateAt(
  store: Store,
  table: string,
  at: { version: number } | { asOfMs: number },
): Promise<{ snapshot: LiveSnapshot; position: Position | null } | null> {
  const version = "version" in at ? at.version : await versionAt(store, table, at.asOfMs);
  const snapshot = version === null ? null : await readLiveSnapshot(store, tableAt(table), version);
  return snapshot && { snapshot, position: isRawTable(snapshot) ? positionOf(snapshot) : null };
}

function positionOf(snapshot: LiveSnapshot): Position {
  return committedPosition(snapshot) ?? { incarnation: snapshot.id, ends: {} };
}

async function locate(
  store: Store,
  tail: Tail | undefined,
  table: string,
  wanted: RawPin | DerivedPin | undefined,
): Promise<{ snapshot: LiveSnapshot | null; position: Position | null } | null> {
  if (wanted && !("ends" in wanted)) {
    return { snapshot: await expectVersion(store, table, wanted.version), position: null };
  }
  const snapshot = await readLiveSnapshot(store, tableAt(table)); // before the tail, which only grows
  if (wanted) return { snapshot, position: { incarnation: wanted.incarnation, ends: wanted.ends } };
  if (snapshot && !isRawTable(snapshot)) return { snapshot, position: null };
  const committed = snapshot && committedPosition(snapshot);
  const position = await tail?.ends(table) ?? (snapshot && positionOf(snapshot));
  if (!position) return null;
  checkIncarnation(table, position, committed);
  return { snapshot, position };
}

async function expectVersion(store: Store, table: string, version: number): Promise<LiveSnapshot> {
  const snapshot = await readLiveSnapshot(store, tableAt(table), version);
  if (snapshot) return snapshot;
  throw new RangeError(
    `Cannot read table "${table}" at version ${version}, its pin, as the lake has none of that name`,
  );
}
