import { type Kind, KINDS, planFaults } from "./fault.ts";
import { randomOf } from "./random.ts";
import type { Reader } from "./reader.ts";
import { runFaults, type RunResult } from "./run.ts";
import type { Workbenches } from "./workbench.ts";

/** What is to be proved. */
export interface ProofPlan {
  /** Decides all faults. */
  seed: number;
  /** How many faults must strike. */
  faults: number;
  /** How many of each kind, at least. */
  least: number;
  /** Kinds of workbenches; of ten runs, each takes its share. */
  benches: readonly { benches: Workbenches; share: number }[];
  /** Reads by delta-rs. */
  reader: Reader;
  /** Told of each run. */
  onRun?(run: ProofRun, struck: number): void;
}

/** A run, and the workbenches that it was on. */
export interface ProofRun extends RunResult {
  /** Name of the workbenches. */
  name: string;
  /** Folder of its workbench; gone unless something is wrong. */
  dir: string;
  /** Seconds that it took. */
  seconds: number;
}

const PER_RUN = 25;
const PARALLEL = 2;

/**
 * Runs until enough faults of each kind have struck, or something is wrong.
 *
 * @param plan what is to be proved
 * @returns all runs
 * @throws {Error} when faults do not strike
 */
export async function prove(plan: ProofPlan): Promise<ProofRun[]> {
  const runs: ProofRun[] = [];
  const order = plan.benches.flatMap(({ benches, share }) => Array<Workbenches>(share).fill(benches));
  const most = Math.ceil(plan.faults / PER_RUN) * 2 + 20;
  let started = 0;
  const work = async () => {
    for (;;) {
      const kinds = missing(plan, runs);
      if (kinds === null || runs.some(isWrong)) return;
      if (started >= most) throw new Error(`Cannot prove as faults must strike: ${started} runs were not enough`);
      const index = started++;
      const run = await runOnce(plan, plan.seed * 10_000 + index, order[index % order.length]!, kinds);
      runs.push(run);
      plan.onRun?.(run, strikes(runs).length);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return runs;
}

/** Tells whether a run has lost, doubled or invented a record, or broken a rule. */
export function isWrong({ judgement: { lost, doubled, unknown }, broken }: RunResult): boolean {
  return lost.length + doubled.length + unknown.length + broken.length > 0;
}

/** All faults that struck. */
export function strikes(runs: readonly RunResult[]) {
  return runs.flatMap(({ struck }) => struck);
}

/** Kinds to draw from next: all while there are too few faults, then those that are short; null when all is done. */
function missing({ faults, least }: ProofPlan, runs: readonly RunResult[]): Kind[] | undefined | null {
  const struck = strikes(runs);
  if (struck.length < faults) return undefined;
  const short = (Object.keys(KINDS) as Kind[]).filter((kind) =>
    struck.filter((one) => one.kind === kind).length < least
  );
  return short.length === 0 ? null : short;
}

async function runOnce(
  { reader, faults }: ProofPlan,
  seed: number,
  benches: Workbenches,
  kinds: readonly Kind[] | undefined,
): Promise<ProofRun> {
  const began = performance.now();
  const { place, table, dir } = await benches.make();
  const planned = planFaults(randomOf(seed), benches.backend, Math.min(PER_RUN, faults), kinds);
  const run = await runFaults({ seed, backend: benches.backend, place, table, faults: planned, reader });
  if (!isWrong(run)) await Deno.remove(dir, { recursive: true });
  return { ...run, name: benches.name, dir, seconds: (performance.now() - began) / 1000 };
}
