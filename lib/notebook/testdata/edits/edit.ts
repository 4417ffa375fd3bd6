import { type MadeWorkbench, NOTEBOOK } from "./workbench.ts";
import type { Random } from "./random.ts";

/** What must be found after an edit. */
export interface Expected {
  /** What some reason must contain; of the cell, where one is named. */
  says: string;
  /** The cell that must not be fresh. */
  cell?: string;
  /** All cells that must not be fresh, and no others. */
  exact?: string[];
}

/** A kind of edit that changes what outputs come from. */
export interface RealEdit {
  kind: string;
  /** Edits the files; null where this workbench has nothing to be edited so. */
  apply(made: MadeWorkbench, random: Random): Expected | null;
}

/** A kind of edit that changes nothing of what outputs come from. */
export interface NeutralEdit {
  kind: string;
  /** Edits the files; false where this workbench has nothing to be edited so. */
  apply(made: MadeWorkbench, random: Random): boolean;
}

// deno-lint-ignore no-explicit-any
export type Raw = any;

/** Edits the notebook's JSON. */
export function editNotebook({ files }: MadeWorkbench, edit: (raw: Raw) => void): void {
  const raw = JSON.parse(files.get(NOTEBOOK)!);
  edit(raw);
  files.set(NOTEBOOK, JSON.stringify(raw));
}

/** Edits one cell of the notebook's JSON; its source is one text. */
export function editCell(made: MadeWorkbench, id: string, edit: (cell: Raw, raw: Raw) => void): void {
  editNotebook(made, (raw) => {
    const cell = raw.cells.find((other: Raw) => other.id === id);
    cell.source = textOf(cell);
    edit(cell, raw);
  });
}

/** Replaces a part of a cell's source; false where it is not there. */
export function editSource(made: MadeWorkbench, id: string, from: string | RegExp, to: string): boolean {
  let changed = false;
  editCell(made, id, (cell) => {
    const text = cell.source.replace(from, to);
    changed = text !== cell.source;
    cell.source = text;
  });
  return changed;
}

/** Replaces a part of a file; false where it is not there. */
export function editFile({ files }: MadeWorkbench, path: string, from: string | RegExp, to: string): boolean {
  const text = files.get(path)!;
  const changed = text.replace(from, to);
  files.set(path, changed);
  return changed !== text;
}

/** Edits a file of JSON. */
export function editJson({ files }: MadeWorkbench, path: string, edit: (value: Raw) => void): void {
  const value = JSON.parse(files.get(path)!);
  edit(value);
  files.set(path, JSON.stringify(value, null, 2));
}

export function textOf({ source }: Raw): string {
  return [source].flat().join("");
}
