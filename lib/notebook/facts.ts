import { canonicalJson, type Json } from "../events/json/mod.ts";
import type { LinkedCell } from "../cells/mod.ts";
import { isCode, type Notebook } from "./notebook.ts";
import type { Reached, Sources } from "./sources.ts";

/** The code that a cell runs, as the files have it now. */
export interface CodeFacts extends Reached {
  /** Token hash of its source. */
  source: string;
  /** Token hash of each cell that it needs directly. */
  upstream: Record<string, string>;
  /** Parameters that it reads, as `name=value` with the value in canonical JSON. */
  parameters: string[];
  /** The cells that it needs directly; of `importsOnly` ones it uses nothing but imported names. */
  needs: { id: string; importsOnly: boolean }[];
  /** Specifiers that it imports itself or uses through another cell's import. */
  specifiers: string[];
  /** Whether there is nothing to run. */
  isEmpty: boolean;
}

/** Where the files of a notebook are, and what its run was given. */
export interface FactsOptions {
  /** Modules and packages of the workbench. */
  sources: Sources;
  /** Absolute folder that relative imports start from. */
  from: string;
  /** Parameters of the run. */
  parameters: Record<string, Json>;
}

/**
 * Collects for every code cell what its outputs depend on. Needs files only: no kernel, no lake.
 *
 * @param notebook The notebook.
 * @param options Folders, parameters, and the files of the workbench.
 * @returns The facts by id of the cell, in document order.
 */
export function collectFacts(notebook: Notebook, { sources, from, parameters }: FactsOptions): Map<string, CodeFacts> {
  const cells = sources.link(notebook.cells.filter(isCode).map(({ id, source }) => ({ id, source })));
  const hashes = new Map(cells.map(({ id, hash }) => [id, hash]));
  return new Map(cells.map((cell) => [cell.id, {
    source: cell.hash,
    upstream: Object.fromEntries(cell.needs.map(({ id }) => [id, hashes.get(id)!])),
    ...sources.reach(cell.specifiers, from),
    parameters: readsOf(cell, parameters),
    needs: cell.needs,
    specifiers: cell.specifiers,
    isEmpty: cell.isEmpty,
  }]));
}

function readsOf({ references }: LinkedCell, parameters: Record<string, Json>): string[] {
  const names = Object.keys(parameters).filter((name) => references.includes(name)).sort();
  return names.map((name) => `${name}=${canonicalJson(parameters[name])}`);
}
