import type { CodeVerdict } from "./causes.ts";

/** One of the three verdicts on a code cell. */
export interface Verdict<V extends string> {
  /** The verdict. */
  verdict: V;
  /** What was found, with the chain to it; empty where nothing is to be said. */
  reason: string;
  /** From this cell over the cells, modules or package in between to the cause; empty without one. */
  chain: string[];
}

/** How what a cell has read stands to what is there now. */
export type InputsVerdict = "none" | "recorded" | "current" | "moved" | "warn" | "fail" | "unknown";

/** Whether all that a cell has read is on record. */
export type ProofVerdict = "proven" | "unproven";

/** The three verdicts on one code cell; none follows from another. */
export interface CellVerdicts {
  /** Id of the cell. */
  cell: string;
  /** Position in the notebook, from 1, Markdown counted. */
  number: number;
  /** Its `//| label`, if any. */
  label: string | null;
  /** Whether its outputs come from the code as it is now, from files alone. */
  code: Verdict<CodeVerdict>;
  /** How what it and the cells that it needs read stands to what is there now; without asking, whether they read. */
  inputs: Verdict<InputsVerdict>;
  /** Whether it, or a cell that it needs, read a file, the network, the clock or randomness outside recorded clients. */
  proof: Verdict<ProofVerdict>;
}

/**
 * Finds the worst verdicts of a notebook, each of the three for itself.
 *
 * @param cells The verdicts on its code cells.
 * @returns The worst of each; without cells it was never run, read nothing, and nothing is unproven.
 *
 * @example
 * ```ts
 * import { worstVerdicts } from "./verdicts.ts";
 *
 * console.assert(worstVerdicts([]).code === "never run");
 * ```
 */
export function worstVerdicts(
  cells: readonly CellVerdicts[],
): { code: CodeVerdict; inputs: InputsVerdict; proof: ProofVerdict } {
  return {
    code: CODE.find((verdict) => cells.some(({ code }) => code.verdict === verdict)) ?? "never run",
    inputs: worstInputs(cells.map(({ inputs }) => inputs.verdict)),
    proof: cells.some(({ proof }) => proof.verdict === "unproven") ? "unproven" : "proven",
  };
}

/** The worst of some verdicts on inputs; `none` without any. */
export function worstInputs(verdicts: readonly InputsVerdict[]): InputsVerdict {
  return INPUTS.find((verdict) => verdicts.includes(verdict)) ?? "none";
}

const CODE: readonly CodeVerdict[] = ["never run", "dirty", "out of order", "stale", "fresh"];
const INPUTS: readonly InputsVerdict[] = ["fail", "warn", "moved", "unknown", "recorded", "current", "none"];

/** A verdict about which nothing is to be said. */
export function plain<V extends string>(verdict: V): Verdict<V> {
  return { verdict, reason: "", chain: [] };
}

/** How messages name a cell, by its id; what is no cell of the notebook keeps its name. */
export type NameOf = (id: string) => string;

/** A verdict with its reason, and the chain to it in words where that is longer than the cell. */
export function explained<V extends string>(verdict: V, text: string, chain: string[], nameOf: NameOf): Verdict<V> {
  return { verdict, reason: chain.length > 1 ? `${text} (${chain.map(nameOf).join(" → ")})` : text, chain };
}
