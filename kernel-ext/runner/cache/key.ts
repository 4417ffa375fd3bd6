import { relative } from "node:path";
import { canonicalJson, type Json, sha256 } from "../../../lib/events/mod.ts";
import type { InputRead } from "../../../lib/lake/mod.ts";
import type { CellRun, CodeFacts } from "../../../lib/notebook/mod.ts";

/** What the results of all cells of a run depend on. */
export interface RunFacts {
  /** Absolute folder of the workbench. */
  root: string;
  /** Absolute folder of the notebook. */
  from: string;
  /** Version of Boathouse. */
  boathouse: string;
  /** Permission flags of the process. */
  permissions: readonly string[];
  /** Bytes of output at which it cuts. */
  maxOutputBytes: number | undefined;
  /** Its environment, of which the language of texts counts. */
  env: Readonly<Record<string, string>>;
}

/** What the results of one cell depend on besides. */
export interface CellFacts {
  /** Facts of all cells. */
  facts: ReadonlyMap<string, CodeFacts>;
  id: string;
  /** The cells that it needs, directly and through others, in document order. */
  upstream: readonly string[];
  /** Sources of cells above that change what all cells have without a declaration. */
  ambient: readonly string[];
  /** What the cells of this run have done so far. */
  runs: ReadonlyMap<string, CellRun>;
  /** Digest of the values that it may use. */
  values: string;
}

/**
 * Makes the key of a cell's results: equal keys, and equal inputs of its own, mean that it would do the same again. Its
 * id and its place in the notebook do not count.
 *
 * @param run What all cells depend on.
 * @param cell What this one depends on.
 * @returns SHA-256 in hexadecimal.
 */
export function cellKey(run: RunFacts, cell: CellFacts): string {
  const { facts, id, upstream, ambient, runs, values } = cell;
  const locale = Object.entries(run.env).filter(([name]) => /^(LANG|LANGUAGE|LC_.*)$/.test(name)).sort();
  return sha256(canonicalJson({
    schema: 1,
    boathouse: run.boathouse,
    deno: Deno.version.deno,
    target: Deno.build.target,
    folder: relative(run.root, run.from),
    permissions: [...run.permissions],
    maxOutputBytes: run.maxOutputBytes ?? null,
    locale,
    code: codeOf(facts.get(id)!),
    upstream: upstream.map((one) => codeOf(facts.get(one)!)),
    inputs: upstream.map((one) => inputsText(runs.get(one)?.inputs ?? [])),
    ambient: ambient.map((one) => facts.get(one)!.source),
    values,
  }));
}

/** The cells that a cell needs, directly and through others, in document order. */
export function upstreamCells(facts: ReadonlyMap<string, CodeFacts>, id: string): string[] {
  const needed = new Set(facts.get(id)!.needs.map((need) => need.id));
  for (const one of needed) for (const need of facts.get(one)!.needs) needed.add(need.id);
  return [...facts.keys()].filter((one) => needed.has(one));
}

/** What cells that it needs or that it loads reach, and that no lock file fixes; null where there is nothing. */
export function unlockedPackage(facts: ReadonlyMap<string, CodeFacts>, ids: readonly string[]): string | null {
  const packages = ids.flatMap((id) => Object.keys(facts.get(id)!.packages));
  return packages.find((key) => key.endsWith("@unlocked"))?.replace(/@unlocked$/, "") ?? null;
}

function codeOf({ source, modules, packages, imports, parameters }: CodeFacts): Json {
  return { source, modules, packages, imports, parameters };
}

function inputsText(inputs: readonly InputRead[]): string[] {
  return inputs.map((input) => canonicalJson(input)).sort();
}
