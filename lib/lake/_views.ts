import type { Store } from "../store/mod.ts";
import type { Engine } from "./_engine.ts";
import type { Tail } from "./inputs.ts";
import { belowEnds, checkIncarnation, committedPosition, filesByFit, type Position, seamOf } from "./_raw_table.ts";
import { type LocalFile, selectFiles } from "./scan.ts";
import { tableAt } from "./_log_files.ts";
import { type LiveFile, type LiveSnapshot, readLiveSnapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";

const SEAM_TRIES = 3; // each try reads a later version of the table; ingest would have to commit and truncate in between

/** What the rows of one name in SQL are made of. */
export interface Source {
  /** Version of the table; null for a topic that is on the bus only. */
  snapshot: LiveSnapshot | null;
  /** Files that hold its rows. */
  files: readonly LiveFile[];
  /** Which rows of these files, as SQL; null for all. */
  condition: string | null;
  /** Whether it is a topic's table, whose column `fit` stays inside. */
  isRaw: boolean;
  /** SELECT of the rows that are on the bus only; null when there are none. */
  tail: string | null;
}

/** Where the lake ends and the bus goes on. */
export interface Seam {
  snapshot: LiveSnapshot | null;
  /** Temporary table of the records behind the lake, those that do not fit included; null when there are none. */
  tailTable: string | null;
}

/** The rows of a table that a notebook or a job wrote. */
export function derivedSource(snapshot: LiveSnapshot): Source {
  return { snapshot, files: snapshot.files, condition: null, isRaw: false, tail: null };
}

/** The rows of a topic's table below a position that fit, or those that do not. */
export function rawSource({ snapshot, tailTable }: Seam, position: Position, fit: boolean): Source {
  return {
    snapshot,
    files: snapshot ? filesByFit(snapshot, fit) : [],
    condition: snapshot && belowEnds(position, committedPosition(snapshot)),
    isRaw: true,
    tail: tailTable && `SELECT * FROM ${quoteName(tailTable)} WHERE ${quoteName("fit")} IS ${fit}`,
  };
}

/** The SELECT over some of the source's files. */
export function selectOf({ snapshot, condition, isRaw, tail }: Source, files: readonly LocalFile[]): string {
  const scan = snapshot && selectFiles(snapshot, files);
  const lake = scan && condition ? `SELECT * FROM (${scan}) WHERE ${condition}` : scan;
  const select = [lake, tail].filter((part) => part !== null).join(" UNION ALL BY NAME ");
  return isRaw ? `SELECT * EXCLUDE (fit) FROM (${select})` : select;
}

/** Loads what the lake lacks; when the bus has been truncated past the seam meanwhile, a later version holds it. */
export async function joinSeam(
  engine: Engine,
  { store, tail }: { store: Store; tail: Tail | undefined },
  table: string,
  read: LiveSnapshot | null,
  position: Position,
): Promise<Seam> {
  let snapshot = read;
  for (let tries = 1;; tries++) {
    const committed = snapshot && committedPosition(snapshot);
    checkIncarnation(table, position, committed);
    const { from, to } = seamOf(position, committed);
    const isInLake = Object.keys(to).length === 0;
    if (isInLake && (snapshot || !tail)) return { snapshot, tailTable: null };
    if (!tail) throw missingBus(table, from, to);
    try {
      return { snapshot, tailTable: await tail.load(engine.connection, table, from, to, { dir: engine.dir }) };
    } catch (error) {
      if (!(error instanceof RangeError) || tries === SEAM_TRIES) throw error;
      const newest = await readLiveSnapshot(store, tableAt(table));
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
