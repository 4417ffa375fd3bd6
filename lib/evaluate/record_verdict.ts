import { appendOnce, type Bus } from "../bus/mod.ts";
import type { Threshold } from "../config/mod.ts";
import {
  canonicalJson,
  type CloudEvent,
  compileSchema,
  createEvent,
  signEvent,
  STANDARD_EVENTS,
} from "../events/mod.ts";
import type { InputRead } from "../lake/mod.ts";
import {
  type EvaluatedMetric,
  type Evaluation,
  type JudgedModel,
  type Models,
  readVerdict,
  VERDICT_TAG,
  verdictPath,
} from "../models/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Check, judge, type Judgement, type Metric } from "./judge.ts";

/** An evaluation that has run, and where its verdict goes. */
export interface RecordOptions {
  /** The lake's store; it lets exactly one verdict per version in. */
  store: Store;
  /** The bus; the verdict becomes an event of topic `evaluation`. */
  bus: Bus;
  /** The model registry. */
  models: Models;
  /** Key that signs reserved events. */
  key: string;
  /** The version: `flight-delay@2`. */
  model: string;
  /** Bounds by metric, as product.yaml has them. */
  thresholds: Readonly<Record<string, Threshold>>;
  /** Notebook that computed the metrics, relative to the workbench. */
  notebook: string;
  /** Id of the notebook's run. */
  run: string;
  /** What the run read. */
  inputs: readonly InputRead[];
  /** When the run began, milliseconds since 1970: metrics logged before are of another evaluation, and count as missing. */
  sinceMs?: number;
}

/** A verdict that stands. */
export interface RecordedVerdict {
  /** Whether all bounds hold. */
  verdict: "pass" | "fail";
  /** Names of the metrics whose bound does not hold. */
  failed: string[];
  /** One entry per bound, in words; empty when the verdict stood before. */
  checks: Check[];
  /** The signed event. */
  event: CloudEvent<Evaluation>;
  /** false when the version had its verdict before. */
  isNew: boolean;
}

const TYPE = STANDARD_EVENTS.evaluation!;
const checkData = compileSchema(TYPE.schema);

/**
 * Computes the verdict on a version from the metrics that its evaluation logged, and records it: exactly one per
 * version, however often and by however many it is called. One that was cut short is finished by the next call.
 *
 * @param options the version, its bounds, the run, and where the verdict goes
 * @returns the verdict that stands
 * @throws {RegistryError} when there is no such version
 * @throws {RangeError} when there is no bound
 * @throws {Error} when the version's content is not what was logged, or a stored verdict cannot be trusted
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { buildOnnx, openModels } from "../models/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { recordVerdict } from "./record_verdict.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const store = await openStore({ kind: "directory", dir });
 * await using models = await openModels({ store, dir: `${dir}/registry` });
 * await models.log("delay", { onnx: buildOnnx({ intercept: 1, slopes: { km: 2 } }), example: { km: 1 } });
 * await models.logMetrics("delay@1", { rmse: 27.1 });
 * const run = { notebook: "3_evaluate.ipynb", run: "r1", inputs: [] };
 * const thresholds = { rmse: { atMost: 28 } };
 * const { verdict } = await recordVerdict({ store, bus, models, key: "secret", model: "delay@1", thresholds, ...run });
 * if (verdict !== "pass") throw new Error("unexpected");
 * ```
 */
export async function recordVerdict(options: RecordOptions): Promise<RecordedVerdict> {
  const { name, version, digest } = await options.models.load(options.model);
  const model = { name, version, digest };
  const standing = await standingVerdict({ ...options, model });
  if (standing) return standing;
  const decided = await decide(model, options);
  await announce(options, decided.event);
  return { verdict: decided.event.data.verdict, failed: decided.event.data.failed, ...decided };
}

/**
 * Finds the verdict that a version has, and finishes what whoever recorded it may have left: event and tag.
 *
 * @param options the version, its content, and where verdicts are
 * @returns the verdict, or null when there is none
 * @throws {Error} when it cannot be trusted
 */
export async function standingVerdict(
  options: Pick<RecordOptions, "store" | "bus" | "models" | "key"> & { model: JudgedModel },
): Promise<RecordedVerdict | null> {
  const event = await readVerdict(options, options.model);
  if (!event) return null;
  await announce(options, event);
  return { verdict: event.data.verdict, failed: event.data.failed, checks: [], event, isNew: false };
}

/**
 * Judges a version by what an evaluation has logged since a time, beside the champion by what it logged of that.
 *
 * @param models the registry
 * @param model the version
 * @param options bounds, and the time in milliseconds since 1970
 * @returns the judgement, and the version that is champion
 */
export async function judgeVersion(
  models: Models,
  model: { name: string; version: string },
  { thresholds, sinceMs }: { thresholds: Readonly<Record<string, Threshold>>; sinceMs: number },
): Promise<Judgement & { champion: string | null }> {
  const versions = await models.versions(model.name);
  const own = versions.find(({ version }) => version === model.version)!;
  const champion = versions.find(({ aliases, version }) => aliases.includes("champion") && version !== model.version);
  const judged = judge({
    metrics: loggedSince(own.evaluation, sinceMs),
    thresholds,
    champion: champion ? loggedSince(champion.evaluation, sinceMs) : null,
  });
  return { ...judged, champion: champion?.version ?? null };
}

async function decide(
  model: JudgedModel,
  options: RecordOptions,
): Promise<{ event: CloudEvent<Evaluation>; checks: Check[]; isNew: boolean }> {
  const { store, key, models, thresholds, notebook, run, inputs, sinceMs = 0 } = options;
  const { verdict, failed, metrics, checks, champion } = await judgeVersion(models, model, { thresholds, sinceMs });
  const { name, version, digest } = model;
  const event = sign(key, {
    model: name,
    version,
    digest,
    ...(champion === null ? {} : { champion }),
    notebook,
    run,
    inputs: [...inputs],
    metrics,
    thresholds: { ...thresholds },
    verdict,
    failed,
  });
  if (await store.putIfAbsent(verdictPath(model), new TextEncoder().encode(canonicalJson(event)))) {
    return { event, checks, isNew: true };
  }
  return { event: (await readVerdict({ store, key }, model))!, checks: [], isNew: false };
}

function sign(key: string, data: Omit<Evaluation, "signature">): CloudEvent<Evaluation> {
  // What is stored and signed is JSON: without properties that are undefined.
  const plain = JSON.parse(canonicalJson(data)) as Omit<Evaluation, "signature">;
  const event = signEvent(createEvent({ type: TYPE.type, source: "/evaluate", subject: data.model, data: plain }), key);
  const misfit = checkData(event.data);
  if (misfit === null) return event;
  throw new TypeError(`Cannot record verdict as it must fit the evaluation schema: ${misfit}`);
}

async function announce(
  { bus, models }: Pick<RecordOptions, "bus" | "models">,
  event: CloudEvent<Evaluation>,
): Promise<void> {
  const { model, version, verdict } = event.data;
  await appendOnce(bus, TYPE.topic, event);
  await models.setTag(`${model}@${version}`, VERDICT_TAG, verdict);
}

function loggedSince(metrics: Readonly<Record<string, EvaluatedMetric>>, sinceMs: number): Record<string, Metric> {
  const recent = Object.entries(metrics).filter(([, { loggedMs }]) => loggedMs >= sinceMs);
  return Object.fromEntries(recent.map(([name, { loggedMs: _, ...metric }]) => [name, metric]));
}
