import { adjustBenjaminiHochberg, adjustHolm } from "./adjust_p.ts";
import { type Certainty, compare, type Effect, type NoEffect } from "./compare.ts";
import { detectableEffect, powerOf } from "./power.ts";
import { type SampleRatio, testSampleRatio } from "./srm.ts";
import { type Statistic, statisticsOf, valueOf } from "./_statistic.ts";
import type { MetricKind, MetricSums } from "./sums.ts";

/** An arm and its units. */
export interface ArmUnits {
  /** Name of the variant. */
  name: string;
  /** Share of units that it is to get, 0 to 1. */
  weight: number;
  /** Units that were exposed to it alone. */
  units: number;
}

/** What is known of an experiment; the first arm is the control. */
export interface ExperimentSums {
  /** Arms; columns of metrics have a row for each. */
  arms: readonly ArmUnits[];
  /** Metrics. */
  metrics: readonly MetricSums[];
  /** Units that met several arms and are left out everywhere else. */
  multiple?: number;
}

/** How an experiment is judged. */
export interface AnalyseOptions extends Certainty {
  /** Metrics that are no goals: their p-values stay out of the adjustment for several goals. */
  guardrails?: readonly string[];
  /** Direction of improvement by metric; a metric without one gets no verdict. */
  better?: Readonly<Record<string, "lower" | "higher">>;
  /**
   * Probability with which `detectable` would be found.
   *
   * @default {0.8}
   */
  power?: number;
  /**
   * True difference, as a share of the control's value, whose chance of being found `power` tells.
   *
   * @default {0.05}
   */
  effect?: number;
}

/** One arm in one metric. */
export interface ArmResult {
  /** Name of the arm. */
  arm: string;
  /** Units that have a value. */
  n: number;
  /** The metric's value, unadjusted; null without units. */
  mean: number | null;
  /** What sets it apart from the control; null for the control itself. */
  against: Against | null;
}

/** One arm against the control. */
export interface Against {
  /** The difference in the metric's own unit. */
  absolute: Effect | NoEffect;
  /** The difference as a share of the control's value. */
  relative: Effect | NoEffect;
  /** `absolute.p` adjusted for all arms of all goals; null for guardrails and where there is none. */
  adjusted: { holm: number; benjaminiHochberg: number } | null;
  /** By the sequential interval, so that it may be looked at any day; null without a direction. */
  verdict: "better" | "worse" | "undecided" | null;
  /** Smallest true difference that is found with the power asked for, in the metric's unit; null without variance. */
  detectable: number | null;
  /** Probability of finding the true difference asked for; null without variance or value of the control. */
  power: number | null;
}

/** All arms in one metric. */
export interface MetricResult {
  /** Name of the metric. */
  metric: string;
  /** How its value is made. */
  kind: MetricKind;
  /** Whether it is only watched. */
  isGuardrail: boolean;
  /** Arms in their order. */
  arms: ArmResult[];
}

/** What an experiment says. */
export interface Analysis {
  /** Whether units came to the arms as they should. */
  sampleRatio: SampleRatio;
  /** Units that met several arms, and their share of all. */
  multiple: { units: number; share: number };
  /** Metrics in their order. */
  metrics: MetricResult[];
}

/**
 * Judges an experiment from sums alone, so that it takes as long for a million units as for ten.
 *
 * @param sums arms, and sums of each metric by arm
 * @param options how sure to be, and which way is better
 * @returns every figure or the reason why there is none; never a number that is not finite
 * @throws {RangeError} when columns have not a row per arm, or an option is out of range
 * @example
 * ```ts
 * import { analyse } from "./analyse.ts";
 * import { addUp } from "./sums.ts";
 * const arms = [{ name: "control", weight: 0.5, units: 3 }, { name: "candidate", weight: 0.5, units: 3 }];
 * const minutes = addUp({ metric: "minutes", kind: "mean" }, [0, 0, 0, 1, 1, 1], [4, 5, 6, 1, 2, 3], { arms: 2 });
 * const { against } = analyse({ arms, metrics: [minutes] }).metrics[0]!.arms[1]!;
 * if (!("value" in against!.absolute) || against!.absolute.value !== -3) throw new Error("unexpected");
 * ```
 */
export function analyse(sums: ExperimentSums, options: AnalyseOptions = {}): Analysis {
  const { arms, multiple = 0 } = sums;
  checkOptions(options);
  for (const metric of sums.metrics) checkRows(metric, arms.length);
  const metrics = sums.metrics.map((metric) => analyseMetric(metric, arms, options));
  adjust(metrics);
  const all = arms.reduce((total, { units }) => total + units, multiple);
  return {
    sampleRatio: testSampleRatio(arms.map(({ units }) => units), arms.map(({ weight }) => weight)),
    multiple: { units: multiple, share: all === 0 ? 0 : multiple / all },
    metrics,
  };
}

function analyseMetric(sums: MetricSums, arms: readonly ArmUnits[], options: AnalyseOptions): MetricResult {
  const { metric, kind, n } = sums;
  return {
    metric,
    kind,
    isGuardrail: options.guardrails?.includes(metric) ?? false,
    arms: arms.map(({ name }, arm) => ({
      arm: name,
      n: n[arm]!,
      mean: finite(valueOf(sums, arm)),
      against: arm === 0 ? null : against(sums, arm, arms, options),
    })),
  };
}

function against(sums: MetricSums, arm: number, arms: readonly ArmUnits[], options: AnalyseOptions): Against {
  const reason = missing(sums, 0, arms) ?? missing(sums, arm, arms);
  if (reason !== null) {
    const none = { reason };
    return { absolute: none, relative: none, adjusted: null, verdict: null, detectable: null, power: null };
  }
  const [control, other] = statisticsOf(sums, 0, arm);
  const absolute = compare(control, other, false, options);
  return {
    absolute,
    relative: compare(control, other, true, options),
    adjusted: null,
    verdict: verdictOf(absolute, options.better?.[sums.metric]),
    ...sensitivity(absolute, control, options),
  };
}

/** Why an arm has no statistic. */
function missing({ kind, n, other }: MetricSums, arm: number, arms: readonly ArmUnits[]): string | null {
  const name = `"${arms[arm]!.name}"`;
  if (!(n[arm]! >= 2)) return `arm ${name} has ${n[arm] === 1 ? "one unit" : "no units"} with a value`;
  return kind === "ratio" && other!.mean[arm] === 0 ? `the denominator of arm ${name} is 0` : null;
}

function verdictOf(effect: Effect | NoEffect, better: "lower" | "higher" | undefined): Against["verdict"] {
  if (better === undefined || "reason" in effect) return null;
  const { low, high } = effect.sequential;
  if (low <= 0 && high >= 0) return "undecided";
  return (low > 0) === (better === "higher") ? "better" : "worse";
}

function sensitivity(
  effect: Effect | NoEffect,
  control: Statistic,
  { alpha = 0.05, power = 0.8, effect: share = 0.05 }: AnalyseOptions,
): Pick<Against, "detectable" | "power"> {
  if ("reason" in effect) return { detectable: null, power: null };
  const { error } = effect, looked = Math.abs(share * control.plainMean);
  return {
    detectable: detectableEffect(error, alpha, power),
    power: looked === 0 ? null : powerOf(looked, error, alpha),
  };
}

function adjust(metrics: MetricResult[]): void {
  const goals = metrics.filter(({ isGuardrail }) => !isGuardrail).flatMap(({ arms }) => arms);
  const tested = goals.flatMap(({ against }) => against && "p" in against.absolute ? [against] : []);
  const p = tested.map(({ absolute }) => (absolute as Effect).p);
  const [holm, benjaminiHochberg] = [adjustHolm(p), adjustBenjaminiHochberg(p)];
  tested.forEach((one, i) => one.adjusted = { holm: holm[i]!, benjaminiHochberg: benjaminiHochberg[i]! });
}

function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null;
}

function checkOptions({ alpha = 0.05, tuning = 5000, power = 0.8 }: AnalyseOptions): void {
  const refuse = (what: string, rule: string, found: number) =>
    new RangeError(`Cannot analyse as ${what} must be ${rule}: got ${found}`);
  if (!(alpha > 0 && alpha < 1)) throw refuse("alpha", "above 0 and below 1", alpha);
  if (!(tuning > 0 && tuning < Infinity)) throw refuse("tuning", "above 0", tuning);
  if (!(power >= 0.5 && power < 1)) throw refuse("power", "0.5 or more and below 1", power);
}

function checkRows({ metric, kind, n, mean, square, other }: MetricSums, arms: number): void {
  const columns = [n, mean, square, ...(other ? [other.mean, other.square, other.product] : [])];
  const odd = columns.find((column) => column.length !== arms);
  if (odd) throw new RangeError(`Cannot analyse "${metric}" as columns must have ${arms} rows: got ${odd.length}`);
  if (kind === "ratio" && !other) {
    throw new RangeError(`Cannot analyse "${metric}" as a ratio must have a denominator: got none`);
  }
}
