import type { MetricSpec } from "../config/mod.ts";
import type { CompiledEndpoint } from "../endpoints/mod.ts";
import type { Json } from "../events/mod.ts";
import { type Estimate, estimateShare, quantile } from "../stats/mod.ts";
import { type Change, changesOf } from "./changes.ts";
import { compareMetrics, type LabelledPair, type MeasureRows, type MetricDelta, type NoDelta } from "./metric_delta.ts";
import type { RecordedDecision } from "./recorded_decision.ts";
import type { Ran } from "./run_recorded.ts";
import { countSegments, type Segment } from "./segments.ts";

/** What is simulated. */
export interface SimulationRequest {
  /** Decisions of the past. */
  decisions: readonly RecordedDecision[];
  /** The active revision; null where none answers yet, then the decisions' own outputs stand for it. */
  base: CompiledEndpoint | null;
  /** The revision that is to answer. */
  candidate: CompiledEndpoint;
  /** Makes a decision again by a revision. */
  run(endpoint: CompiledEndpoint, decision: RecordedDecision): Promise<Ran>;
  /** Smallest difference of an output field that counts; the candidate's by default. */
  changed?: Readonly<Record<string, number>>;
  /** The product's metrics, and what computes them. */
  metrics?: { specs: Readonly<Record<string, MetricSpec>>; measure: MeasureRows };
  /** Told how many decisions are done. */
  onProgress?: (done: number) => void;
}

/** How one revision answers. */
export interface SideFigures {
  /** Digest of the revision; null where recorded answers stand for it. */
  revision: string | null;
  /** Decisions that a later step than the first answered. */
  fallbacks: Estimate;
  /** Decisions without an answer. */
  errors: Estimate;
  /** Decisions that took longer than the endpoint's budget, as measured here. */
  late: number;
  /** Milliseconds of half of the decisions, as measured here; null where nothing ran. */
  p50Ms: number | null;
  /** Milliseconds of 99 % of them. */
  p99Ms: number | null;
  /** Why decisions had no answer, or a step failed, the most frequent first. */
  failures: { detail: string; count: number }[];
}

/** A decision that changed. */
export interface ChangedCase {
  /** Id of the decision. */
  decision: string;
  /** The request. */
  input: Json;
  /** Fields that changed. */
  changes: Change[];
  /** What the active revision makes of it. */
  base: Ran;
  /** What the candidate makes of it. */
  candidate: Ran;
}

/** What a simulation found. */
export interface Simulation {
  /** Name of the endpoint. */
  endpoint: string;
  /** Decisions made again. */
  n: number;
  /** Those of them whose answers differ. */
  changed: number;
  /** Share of them with Wilson's 95 % interval. */
  share: Estimate;
  /** Changed decisions by variant and input. */
  segments: Segment[];
  /** The active revision. */
  base: SideFigures;
  /** The candidate. */
  candidate: SideFigures;
  /** Decisions with a label. */
  labelled: number;
  /** Differences of the product's metrics on them. */
  metrics: (MetricDelta | NoDelta)[];
  /** Changed decisions that differ most. */
  worst: ChangedCase[];
  /** Changed decisions that differ as most changed ones do. */
  typical: ChangedCase[];
}

const AT_ONCE = 128;
const CASES = 3;
const FAILURES = 5;

/**
 * Makes decisions of the past again by two revisions, and tells what would change. Both are always run: equal hashes are no
 * proof, and different ones no difference.
 *
 * @param request decisions, both revisions, and how they are run
 * @returns how many answers change, where, at what cost, and the cases to look at
 * @throws {RangeError} when there is no decision
 */
export async function simulate(request: SimulationRequest): Promise<Simulation> {
  const { decisions, base, candidate, changed = candidate.spec.changed ?? {}, metrics, onProgress } = request;
  const { endpoint } = candidate.spec;
  if (decisions.length === 0) throw new RangeError(`Cannot simulate endpoint "${endpoint}" as it has no decision`);
  const sides = { base: countSide(base), candidate: countSide(candidate) };
  const segments = countSegments(), pairs: LabelledPair[] = [];
  const sizes: { at: number; size: number }[] = [];
  let done = 0;
  await inParallel(decisions, async (decision, at) => {
    const both = await runBoth(request, decision, at % 2 === 0);
    sides.base.add(both.base);
    sides.candidate.add(both.candidate);
    const changes = changesOf(both.base.output, both.candidate.output, changed);
    segments.add((base ? both.base : both.candidate).variant, decision.input, changes.length > 0);
    if (changes.length > 0) sizes.push({ at, size: sizeOf(changes, both) });
    if (Object.keys(decision.labels).length > 0) pairs.push(pairOf(decision, base ?? candidate, both));
    if (++done % 1000 === 0) onProgress?.(done);
  });
  const caseOf = async ({ at }: { at: number }) => {
    const decision = decisions[at]!, both = await runBoth(request, decision, true);
    const changes = changesOf(both.base.output, both.candidate.output, changed);
    return { decision: decision.id, input: decision.input, changes, ...both };
  };
  const { worst, typical } = pick(sizes);
  return {
    endpoint,
    n: decisions.length,
    changed: sizes.length,
    share: estimateShare(sizes.length, decisions.length),
    segments: segments.segments(),
    base: sides.base.figures(),
    candidate: sides.candidate.figures(),
    labelled: pairs.length,
    metrics: metrics === undefined ? [] : await compareMetrics(metrics.specs, pairs, metrics.measure),
    worst: await Promise.all(worst.map(caseOf)),
    typical: await Promise.all(typical.map(caseOf)),
  };
}

interface Both {
  base: Ran;
  candidate: Ran;
}

/** One after the other, the first one in turn: they share what the functions are asked under, and the machine. */
async function runBoth(
  { base, candidate, run }: SimulationRequest,
  decision: RecordedDecision,
  isBaseFirst: boolean,
): Promise<Both> {
  const runBase = () => base === null ? recordedAnswer(decision) : run(base, decision);
  if (isBaseFirst) return { base: await runBase(), candidate: await run(candidate, decision) };
  const ran = await run(candidate, decision);
  return { base: await runBase(), candidate: ran };
}

function recordedAnswer({ output }: RecordedDecision): Ran {
  return { variant: "recorded", status: "ok", path: [], ms: 0, ...(output === undefined ? {} : { output }) };
}

/** A lost answer is worse than any other one. */
function sizeOf(changes: readonly Change[], { base, candidate }: Both): number {
  if ((base.output === undefined) !== (candidate.output === undefined)) return Infinity;
  return Math.max(...changes.map(({ size }) => size));
}

function pick<T extends { at: number; size: number }>(sizes: readonly T[]): { worst: T[]; typical: T[] } {
  const sorted = sizes.toSorted((one, other) =>
    one.size === other.size ? one.at - other.at : other.size > one.size ? 1 : -1
  );
  const worst = sorted.slice(0, CASES), rest = sorted.slice(CASES);
  const middle = Math.max(0, Math.floor(sorted.length / 2) - CASES - Math.floor(CASES / 2));
  return { worst, typical: rest.slice(middle, middle + CASES) };
}

function pairOf(
  { id, input, labels: label }: RecordedDecision,
  endpoint: CompiledEndpoint,
  { base, candidate }: Both,
): LabelledPair {
  const isRefused = base.error?.type === "input";
  const rowOf = ({ output = null }: Ran) => ({ input, output, label });
  return {
    unit: (isRefused ? null : endpoint.unitOf(input)) ?? id,
    base: rowOf(base),
    candidate: rowOf(candidate),
  };
}

function countSide(endpoint: CompiledEndpoint | null) {
  const ms: number[] = [], failures = new Map<string, number>();
  let fallbacks = 0, errors = 0, n = 0;
  return {
    add({ status, ms: took, error }: Ran): void {
      n++;
      ms.push(took);
      if (status === "fallback") fallbacks++;
      if (status === "error") errors++;
      if (error) failures.set(error.detail, (failures.get(error.detail) ?? 0) + 1);
    },
    figures: (): SideFigures => ({
      revision: endpoint?.revision ?? null,
      fallbacks: estimateShare(fallbacks, n),
      errors: estimateShare(errors, n),
      late: endpoint === null ? 0 : ms.filter((each) => each > endpoint.spec.budgetMs).length,
      p50Ms: endpoint === null ? null : quantile(ms, 0.5),
      p99Ms: endpoint === null ? null : quantile(ms, 0.99),
      failures: [...failures].map(([detail, count]) => ({ detail, count }))
        .sort((one, other) => other.count - one.count).slice(0, FAILURES),
    }),
  };
}

async function inParallel<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      await work(items[at]!, at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}
