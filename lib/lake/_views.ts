import type { Store } from "../store/mod.ts";
import type { Engine } from "./_engine.ts";
import type { Tail } from "./inputs.ts";
import { belowEnds, checkIncarnation, committedPosition, filesByFit, type Position, seamOf } from "./_raw_table.ts";
import { scanSql } from "./scan.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";

const SEAM_TRIES = 3; // each try reads a later version of the table; ingest would have to commit and truncate in between

/** Makes the view of a table that a notebook or a job wrote. */
export async function createDerivedView(engine: Engine, store: Store, snapshot: Snapshot): Promise<void> {
  await createView(engine, snapshot.table, await scanSql(store, snapshot));
}

/**
 * Makes the views of a topic's table at a position: `NAME` for records that fit, `NAME_dlq` for the others. Rows of the
 * lake below the committed offsets, records of the bus from there on.
 */
export async function createRawViews(
  engine: Engine,
  { store, tail }: { store: Store; tail: Tail | undefined },
  table: string,
  read: Snapshot | null,
  position: Position,
): Promise<Snapshot | null> {
  const { snapshot, tailTable } = await joinSeam(engine, { store, tail }, table, read, position);
  for (const fit of [true, false]) {
    const parts = [
      ...(snapshot ? [await lakeRows(store, snapshot, position, fit)] : []),
      ...(tailTable ? [`SELECT * FROM ${quoteName(tailTable)} WHERE ${quoteName("fit")} IS ${fit}`] : []),
    ];
    await createView(
      engine,
      fit ? table : `${table}_dlq`,
      `SELECT * EXCLUDE (fit) FROM (${parts.join(" UNION ALL BY NAME ")})`,
    );
  }
  return snapshot;
}

async function lakeRows(store: Store, snapshot: Snapshot, position: Position, fit: boolean): Promise<string> {
  const scan = await scanSql(store, snapshot, filesByFit(snapshot, fit));
  const condition = belowEnds(position, committedPosition(snapshot));
  return condition ? `SELECT * FROM (${scan}) WHERE ${condition}` : scan;
}

/** Loads what the lake lacks; when the bus has been truncated past the seam meanwhile, a later version holds it. */
async function joinSeam(
  engine: Engine,
  { store, tail }: { store: Store; tail: Tail | undefined },
  table: string,
  read: Snapshot | null,
  position: Position,
): Promise<{ snapshot: Snapshot | null; tailTable: string | null }> {
  let snapshot = read;
  for (let tries = 1;; tries++) {
    const committed = snapshot && committedPosition(snapshot);
    checkIncarnation(table, position, committed);
    const { from, to } = seamOf(position, committed);
    if (Object.keys(to).length === 0) return { snapshot, tailTable: null };
    if (!tail) throw missingBus(table, from, to);
    try {
      return { snapshot, tailTable: await tail.load(engine.connection, table, from, to, { dir: engine.dir }) };
    } catch (error) {
      if (!(error instanceof RangeError) || tries === SEAM_TRIES) throw error;
      const newest = await readSnapshot(store, table);
      if (newest?.version === snapshot?.version) throw error;
      snapshot = newest;
    }
  }
}

function missingBus(table: string, from: Record<string, number>, to: Record<string, number>): Error {
  const [[partition, end]] = Object.entries(to) as [[string, number]];
  return new Error(
    `Cannot read table "${table}" up to offset ${end} of partition ${partition} as the lake holds it up to ${
      from[partition]
    } only, and no bus is open: run ingest, or open the workbench with its bus`,
  );
}

async function createView({ connection }: Engine, name: string, select: string): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${select}`);
}
