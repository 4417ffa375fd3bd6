import type { Json } from "../../events/mod.ts";
import type { DataTable } from "./data_table.ts";
import { type Align, gapsOf, replaced } from "./_align.ts";
import { findKey } from "./_table_key.ts";
import { isWithin } from "./tolerance.ts";
import { diffRecord, diffValue, type ValueChange } from "./value_change.ts";
import { keyOf } from "./_key_of.ts";

/** A table that changed, row by row. */
export interface TableChange {
  /** Columns that name a row on both sides; null where rows are told apart by their place alone. */
  key: string[] | null;
  /** Why the key that was asked for is not used; empty where it is, or none was asked for. */
  note: string;
  /** What happened to its columns; empty without a change. */
  columns: { added: string[]; removed: string[]; retyped: ValueChange[]; reordered: boolean };
  /** Rows on both sides. */
  rows: { old: number; new: number };
  /** Rows that are new, each as the values of all columns. */
  added: Record<string, Json>[];
  /** Rows that are gone. */
  removed: Record<string, Json>[];
  /** Rows with other values: the values of the key, or the place from 1, and what changed; the first 1,000. */
  changed: { row: Json[]; values: ValueChange[] }[];
  /** How many more rows have other values. */
  more: number;
  /** Values that differ by no more than the cell's tolerance. */
  tolerated: number;
  /** Whether rows that are on both sides stand in another order. */
  reordered: boolean;
}

/** How a table is compared. */
export interface TableOptions {
  align: Align;
  /** Key that the cell asks for by `//| key: route`, columns apart by commas. */
  key?: string;
  /** `|a−b| ≤ t·max(1,|b|)` counts as equal, by `//| tolerance: t`. */
  tolerance?: number;
}

type Row = Record<string, Json>;

/** Compares two tables; null where they are equal. */
export function diffTable(was: DataTable, now: DataTable, options: TableOptions): TableChange | null {
  const columns = diffColumns(was, now);
  const { key, note } = findKey(was, now, options.key);
  const rows = key ? rowsByKey(was.data, now.data, key) : rowsByPlace(was.data, now.data, options.align);
  const shared = now.schema.fields.map(({ name }) => name).filter((name) => !columns.added.includes(name));
  const differing = rows.pairs.filter(({ old, new: next }) => shared.some((name) => differs(old[name], next[name])));
  let tolerated = 0;
  const changed = differing.slice(0, MAX_CHANGED).flatMap(({ row, old, new: next }) => {
    const all = diffRecord(pick(old, shared), pick(next, shared));
    const values = all.filter((value) => !isTolerated(value, options.tolerance));
    tolerated += all.length - values.length;
    return values.length > 0 ? [{ row, values }] : [];
  });
  const { reordered } = rows;
  const added = rows.added.map((row) => pick(row, now.schema.fields.map(({ name }) => name)));
  const removed = rows.removed.map((row) => pick(row, was.schema.fields.map(({ name }) => name)));
  const sizes = { old: was.data.length, new: now.data.length };
  const more = Math.max(0, differing.length - MAX_CHANGED);
  const change: TableChange = { key, note, columns, rows: sizes, added, removed, changed, more, tolerated, reordered };
  return isEqual(change) ? null : change;
}

const MAX_CHANGED = 1_000;

/** Fast for what tables are made of. */
function differs(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return false;
  const nested = typeof a === "object" && typeof b === "object" && a !== null && b !== null;
  return !nested || keyOf(a) !== keyOf(b);
}

function isEqual({ columns, added, removed, changed, more, tolerated, reordered }: TableChange): boolean {
  const lists = [columns.added, columns.removed, columns.retyped, added, removed, changed];
  return lists.every((list) => list.length === 0) && more + tolerated === 0 && !reordered && !columns.reordered;
}

function diffColumns(was: DataTable, now: DataTable): TableChange["columns"] {
  const [a, b] = [was, now].map(({ schema }) => new Map(schema.fields.map(({ name, type }) => [name, type ?? "any"])));
  const names = [...b!.keys()].filter((name) => a!.has(name));
  const order = [...a!.keys()].filter((name) => b!.has(name));
  return {
    added: [...b!.keys()].filter((name) => !a!.has(name)),
    removed: [...a!.keys()].filter((name) => !b!.has(name)),
    retyped: names.flatMap((name) => diffValue(name, a!.get(name), b!.get(name)) ?? []),
    reordered: names.some((name, index) => name !== order[index]),
  };
}

interface Rows {
  added: Row[];
  removed: Row[];
  pairs: { row: Json[]; old: Row; new: Row }[];
  reordered: boolean;
}

function rowsByKey(was: Row[], now: Row[], key: string[]): Rows {
  const nameOf = (row: Row) => keyOf(key.map((name) => row[name] ?? null));
  const old = new Map(was.map((row, index) => [nameOf(row), { row, index }]));
  const found = now.map((row) => ({ row, from: old.get(nameOf(row)) }));
  const kept = new Set(found.map(({ from }) => from?.row));
  const order = found.flatMap(({ from }) => from ? [from.index] : []);
  return {
    added: found.filter(({ from }) => !from).map(({ row }) => row),
    removed: was.filter((row) => !kept.has(row)),
    pairs: found.flatMap(({ row, from }) => {
      return from ? [{ row: key.map((name) => row[name] ?? null), old: from.row, new: row }] : [];
    }),
    reordered: order.some((index, at) => at > 0 && index < order[at - 1]!),
  };
}

/** Equal rows stay; between them, rows that replace each other one by one count as changed. */
function rowsByPlace(was: Row[], now: Row[], align: Align): Rows {
  const [a, b] = [was.map(keyOf), now.map(keyOf)];
  const gaps = gapsOf(align(a, b) ?? replaced(a, b), was, now);
  return {
    added: gaps.flatMap(({ gone, come }) => come.slice(gone.length)),
    removed: gaps.flatMap(({ gone, come }) => gone.slice(come.length)),
    pairs: gaps.flatMap(({ gone, come, at }) => {
      return gone.slice(0, come.length).map((old, k) => ({ row: [at + k + 1], old, new: come[k]! }));
    }),
    reordered: false,
  };
}

function pick(row: Row, names: string[]): Row {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(row, name)).map((name) => [name, row[name]!]));
}

function isTolerated({ old, new: now, delta }: ValueChange, tolerance: number | undefined): boolean {
  if (tolerance === undefined || delta === undefined || typeof old !== "number" || typeof now !== "number") {
    return false;
  }
  return isWithin(old, now, tolerance);
}
