import { dirname, join } from "node:path";
import { cellName } from "../cells/directives/mod.ts";
import { collectFacts, diffRecord, isCode, type Notebook, openSources, orProblem } from "../notebook/mod.ts";
import type { ReviewSide } from "./_review_side.ts";

/** A function for promotion that answers by other code than before. */
export interface FunctionReview {
  /** Name of the function. */
  name: string;
  /** Notebook that exports it, from the root of the repository. */
  notebook: string;
  /** Id of the cell that exports it. */
  cell: string;
  /** Label of that cell, else its id. */
  label: string;
  /** What became of it. */
  state: "added" | "removed" | "changed" | "broken";
  /** What of it changed: `its code in cell "fit"`, `module notebooks/fit.ts`, `package zod 4.6.7 → 4.6.8`; or what is wrong. */
  why: string[];
  /**
   * Newest promoted version in the workbench that was asked, which is not this one: null where it did not answer, absent
   * where none was asked or promoted.
   */
  promoted?: string | null;
}

/** What is said of the promoted version; empty where nobody was asked, or none is promoted. */
export function promotedText(promoted: FunctionReview["promoted"]): string {
  if (promoted === undefined) return "";
  if (promoted === null) return "; which version is promoted is unknown";
  return `; promoted is ${promoted.slice(0, 12)}, of other code until it is promoted again`;
}

/** Finds functions whose code, or the code that it reaches, differs. */
export async function reviewFunctions(was: ReviewSide, now: ReviewSide): Promise<FunctionReview[]> {
  const [old, recent] = [await functionsOf(was), await functionsOf(now)];
  const names = [...new Set([...old.keys(), ...recent.keys()])].sort();
  return names.flatMap((name) => compare(name, old.get(name), recent.get(name)) ?? []);
}

interface FunctionCode {
  notebook: string;
  cell: string;
  label: string;
  /** Token hash of what is taken from each cell, by the cell's id. */
  cells: Record<string, string>;
  /** How messages name those cells, by id. */
  names: Record<string, string>;
  /** Token hash of each module that it reaches, by path from its workbench. */
  modules: Record<string, string>;
  packages: Record<string, string>;
  /** Why it cannot be promoted; empty where it can. */
  problem: string;
}

function compare(name: string, was: FunctionCode | undefined, now: FunctionCode | undefined): FunctionReview | null {
  const { notebook, cell, label } = (now ?? was)!;
  const found = { name, notebook, cell, label };
  if (!now) return { ...found, state: "removed", why: [] };
  if (now.problem !== "") {
    return now.problem === was?.problem ? null : { ...found, state: "broken", why: [now.problem] };
  }
  if (!was) return { ...found, state: "added", why: [] };
  const why = [
    ...was.problem === "" ? [] : ["it could not be sliced before"],
    ...diffRecord(was.cells, now.cells).map(({ name }) => {
      return `its code in cell "${now.names[name] ?? was.names[name] ?? name}"`;
    }),
    ...diffRecord(was.modules, now.modules).map(({ name }) => `module "${name}"`),
    ...packageChanges(was.packages, now.packages),
  ];
  return why.length > 0 ? { ...found, state: "changed", why } : null;
}

function packageChanges(was: Record<string, string>, now: Record<string, string>): string[] {
  const versions = (packages: Record<string, string>) => {
    return Object.fromEntries(Object.keys(packages).map((key) => [key.slice(0, key.lastIndexOf("@")), key]));
  };
  const [a, b] = [versions(was), versions(now)];
  return diffRecord(a, b).map(({ old, new: next }) => `package ${old ?? "none"} → ${next ?? "none"}`);
}

async function functionsOf(side: ReviewSide): Promise<Map<string, FunctionCode>> {
  const found = new Map<string, FunctionCode>();
  for (const notebook of side.list(".ipynb")) {
    const root = side.workbenchOf(notebook);
    const version = root === null ? null : await side.version(notebook);
    if (root === null || !version?.notebook) continue;
    // A name is one function of the workbench; a second notebook that exports it is told apart.
    for (const { name, cell, label } of await exportedFunctions(version.notebook)) {
      const key = found.has(name) ? `${name} of ${notebook}` : name;
      found.set(key, await sliceFunction(version.notebook, { side, root, notebook, name, cell, label }));
    }
  }
  return found;
}

async function exportedFunctions(notebook: Notebook): Promise<{ name: string; cell: string; label: string }[]> {
  const cells = notebook.cells.filter(isCode).filter(({ source }) => /\bdefineFunction\b/.test(source));
  if (cells.length === 0) return [];
  const { parseCell } = await import("../cells/mod.ts");
  return cells.flatMap(({ id, source }) => {
    const defined = (name: string) =>
      new RegExp(`\\b${RegExp.escape(name)}\\s*(?::[^=]+)?=\\s*defineFunction\\b`).test(source);
    return parseCell(source).exports.filter(defined).map((name) => ({
      name,
      cell: id,
      label: cellName({ id, source }),
    }));
  });
}

interface Place {
  side: ReviewSide;
  root: string;
  notebook: string;
  name: string;
  cell: string;
  label: string;
}

async function sliceFunction(notebook: Notebook, place: Place): Promise<FunctionCode> {
  const { side, root, name, cell, label } = place;
  const folder = dirname(join(side.root, place.notebook));
  const { sliceCells, sourceHash } = await import("../cells/mod.ts");
  const known = { notebook: place.notebook, cell, label, cells: {}, names: {}, modules: {}, packages: {} };
  const cells = notebook.cells.filter(isCode).map(({ id, source }) => ({ id, source }));
  const { value, problem } = await orProblem(() => sliceCells(cells, name, { folder, readFile: side.readFile }));
  if (!value) return { ...known, problem };
  const lines = value.source.split("\n");
  const hashes = value.cells.map((sliced) => {
    const text = sliced.lines.map(([from, , count]) => lines.slice(from - 1, from - 1 + count).join("\n")).join("\n");
    return [sliced.id, sourceHash(text)];
  });
  const names = Object.fromEntries(value.cells.map((sliced) => [sliced.id, sliced.name]));
  const whole = { ...notebook, cells: [{ ...EMPTY_CELL, source: value.source }] };
  const sources = await openSources(root, { readFile: side.readFile });
  const facts = collectFacts(whole, { sources, from: folder, parameters: {} });
  const { modules, packages } = facts.get(EMPTY_CELL.id)!;
  return { ...known, cells: Object.fromEntries(hashes), names, modules, packages, problem: "" };
}

const EMPTY_CELL = {
  cell_type: "code" as const,
  id: "slice",
  metadata: {},
  source: "",
  outputs: [],
  execution_count: null,
};
