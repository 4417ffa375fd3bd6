import { expect } from "vitest";
import { verifyNotebook } from "../mod.ts";
import { type Bench, NOTEBOOK, openBench } from "./stamped_workbench.ts";

/** Verdicts on the code of all cells that depend on cell `load`. */
export const STALE_FROM_LOAD = { load: "stale", top: "stale", fit: "stale", chart: "stale", check: "stale" };

/** An edit of a workbench and what is found after it. */
export interface Row {
  edit: string;
  apply(bench: Bench): void | Promise<void>;
  /** Verdicts by cell id; a code cell not named here stays fresh. */
  expected: Record<string, string>;
  /** Reasons to be found, by cell id. */
  reasons?: Record<string, string>;
}

/** Makes a workbench, edits it, and expects the verdicts on the code of all cells. */
export async function expectVerdicts({ apply, expected, reasons = {} }: Row): Promise<void> {
  const bench = await openBench();
  await apply(bench);
  const verdicts = await verifyNotebook(bench.path(NOTEBOOK), { root: bench.root });
  const found = Object.fromEntries(verdicts.map(({ cell, code }) => [cell, code.verdict]));
  const all = Object.fromEntries(verdicts.map(({ cell }) => [cell, expected[cell] ?? "fresh"]));
  expect(found).toEqual(all);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(expected)));
  for (const [cell, reason] of Object.entries(reasons)) {
    expect(verdicts.find((verdict) => verdict.cell === cell)!.code.reason).toContain(reason);
  }
  await Deno.remove(bench.root, { recursive: true });
}
