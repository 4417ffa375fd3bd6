import type { EvaluatedMetric } from "./model_version.ts";
import type { RegistryMetric } from "./client/registry_client.ts";

/** A metric as an evaluation logs it. */
export type MetricValue = Omit<EvaluatedMetric, "loggedMs">;

/** Prefix of the keys that evaluations log under: what training logged never counts as evaluated. */
const PREFIX = "evaluation/";

const PARTS = ["low", "high", "n"] as const;

/**
 * Spells metrics of one evaluation as metrics of the model's run: `evaluation/rmse`, `evaluation/rmse/low`, …
 *
 * @param logged what the run has, to number this evaluation after the last
 * @param metrics numbers, or numbers with interval and rows
 * @returns the metrics, all of one step
 * @throws {RangeError} when a name is no word or a number is not finite
 */
export function spellEvaluation(
  logged: readonly RegistryMetric[],
  metrics: Readonly<Record<string, number | MetricValue>>,
): RegistryMetric[] {
  const step = logged.filter(isEvaluation).reduce((last, metric) => Math.max(last, metric.step), -1) + 1;
  const timestamp = Date.now();
  return Object.entries(metrics).flatMap(([name, metric]) => {
    const { value, ...parts } = typeof metric === "number" ? { value: metric } : metric;
    const named = PARTS.filter((part) => parts[part] !== undefined).map((part) =>
      [`${name}/${part}`, parts[part]!] as const
    );
    checkMetric(name, [value, ...named.map(([, number]) => number)]);
    return [[name, value] as const, ...named].map(([key, value]) => ({ key: PREFIX + key, value, timestamp, step }));
  });
}

/**
 * Reads what evaluations logged to a model's run, the latest of each metric.
 *
 * @param logged metrics of the run
 * @returns metrics by name
 */
export function readEvaluation(logged: readonly RegistryMetric[]): Record<string, EvaluatedMetric> {
  const byKey = new Map(logged.map((metric) => [metric.key, metric]));
  const names = logged.filter(isEvaluation).map(({ key }) => key.slice(PREFIX.length)).filter((name) =>
    !name.includes("/")
  );
  return Object.fromEntries(names.map((name) => {
    const { value, step, timestamp } = byKey.get(PREFIX + name)!;
    // A part with another step is of another evaluation.
    const parts = PARTS.flatMap((part) => {
      const found = byKey.get(`${PREFIX}${name}/${part}`);
      return found?.step === step ? [[part, found.value]] : [];
    });
    return [name, { value, ...Object.fromEntries(parts), loggedMs: timestamp }];
  }));
}

/**
 * Tells metrics of evaluations from those of training.
 *
 * @param metric a metric of a model's run
 * @returns whether an evaluation logged it
 */
export function isEvaluation(metric: RegistryMetric): boolean {
  return metric.key.startsWith(PREFIX);
}

function checkMetric(name: string, numbers: readonly number[]): void {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new RangeError(
      `Cannot log metric as its name must be letters, digits, "_", "." and "-": got ${JSON.stringify(name)}`,
    );
  }
  const odd = numbers.find((number) => typeof number !== "number" || !Number.isFinite(number));
  if (odd !== undefined) throw new RangeError(`Cannot log metric "${name}" as its numbers must be finite: got ${odd}`);
}
