import { canonicalJson, compileSchema, type Json, sha256 } from "../events/mod.ts";
import type { BreakerSettings } from "./breaker.ts";
import { contentFault } from "./content_fault.ts";
import type { EndpointSpec, ExperimentSpec, ShadowSpec } from "./endpoint_spec.ts";
import type { CallSpec, StepSpec } from "./plan_spec.ts";
import { answeringCalls, answeringValues } from "./plan_tree.ts";

/** A model version as a revision names it. */
export interface PinnedModel {
  /** Name in the registry. */
  name: string;
  /** Version in the registry. */
  version: string;
  /** SHA-256 of the model's content. */
  digest: string;
}

/** A call as a revision names it. */
export interface PinnedCall {
  /** Name of the function. */
  call: string;
  /** Hash of the function's version. */
  hash: string;
  /** Model versions by the function's alias. */
  models: Record<string, PinnedModel>;
  /** Milliseconds that the step may take. */
  budgetMs: number;
  /** What it is given, expressions over `input` by field; the request itself unless given. */
  input?: Record<string, string>;
  /** Named conditions over `input` and `output` under which its answer does not count. */
  unless?: Record<string, string>;
}

/** A node of a revision's plan, as StepSpec with pinned calls. */
export type PinnedStep =
  | PinnedCall
  | { value: Json }
  | { fallback: PinnedStep[] }
  | { when: string; then: PinnedStep; else?: PinnedStep }
  | { all: PinnedStep[]; combine: "mean" | "vote" | "first" | PinnedCall };

/** One arm of a revision. */
export interface PinnedVariant {
  /** Name of the variant. */
  name: string;
  /** Share of units, from 0 to 1. */
  weight: number;
  /** Steps; the later ones are fallbacks of the first. */
  steps: PinnedStep[];
}

/** A spec with functions pinned to hashes, models to digests, and what it inherits from its product filled in. */
export interface PinnedSpec {
  /** Version of this format. */
  schema: 1;
  /** Name of the endpoint. */
  endpoint: string;
  /** Name of its product. */
  product: string;
  /** Version of what callers may rely on. */
  contract: number;
  /** JSON pointer into the input. */
  unit?: string;
  /** Seed of the assignment. */
  seed: string;
  /** Milliseconds that an answer may take. */
  budgetMs: number;
  /** Whether an answer waits until its event is durable. */
  logging: "buffered" | "durable";
  /** Who answers for it. */
  owner: string;
  /** Why it exists. */
  businessCase: string;
  /** Links to its tasks. */
  tasks: string[];
  /** Arms. */
  variants: PinnedVariant[];
  /** Smallest difference of an output field that counts as changed. */
  changed?: Record<string, number>;
  /** Calls beside the plan. */
  shadow?: (Omit<PinnedCall, "budgetMs"> & { sample: number })[];
  /** The question that the variants are to answer. */
  experiment?: ExperimentSpec;
  /** What the monitor watches. */
  monitor?: Record<string, Json>;
  /** When a function that fails is left alone. */
  breaker?: BreakerSettings;
}

/** An immutable version of an endpoint. */
export interface Revision {
  /** SHA-256 of the canonical JSON of the pinned spec. */
  revision: string;
  /** The pinned spec. */
  spec: PinnedSpec;
}

/** What planning must know of a promoted function. */
export interface FunctionFacts {
  /** Name of the function. */
  name: string;
  /** Hash of the version. */
  hash: string;
  /** JSON Schema of its answers. */
  output: Record<string, unknown>;
  /** Declared models, `name@alias` by alias. */
  models: Record<string, string>;
  /** Milliseconds that it may take. */
  budgetMs: number;
}

/** Where planning looks up what a spec names. */
export interface PinSource {
  /** Finds a promoted function by `name` (the newest promoted version) or `name@hash`; null = unknown. */
  findFunction(ref: string): Promise<FunctionFacts | null>;
  /** Finds a model version by `name@version` or `name@alias`; null = unknown. */
  findModel(ref: string): Promise<PinnedModel | null>;
  /** Reads the verdict on exactly this model; null = not evaluated. */
  findVerdict(model: PinnedModel): Promise<{ verdict: "pass" | "fail"; failed: string[] } | null>;
  /** Hashes the content of a version, `name@version`, as it lies in the registry; rejects when it cannot be read. */
  readDigest(ref: string): Promise<string>;
}

/** What an endpoint inherits from its product. */
export interface ProductFacts {
  /** Name of the product. */
  name: string;
  /** Who answers for it. */
  owner: string;
  /** Why it exists. */
  businessCase: string;
  /** Links to its tasks. */
  tasks: string[];
  /** Metrics by name. */
  metrics: Record<string, unknown>;
}

/** Metrics that every endpoint has. */
export const BUILT_IN_METRICS: readonly string[] = ["latency_ms", "error_rate", "fallback_rate"];

/**
 * Pins a spec: functions to hashes, models to versions and digests that have a passing verdict, owner, business case
 * and tasks to the product's where the spec does not name its own.
 *
 * @param spec spec of the endpoint
 * @param product product that the endpoint belongs to
 * @param pins where functions, models and verdicts are looked up
 * @returns the revision; equal pins give an equal digest
 * @throws {RangeError} when a function, model, alias or metric is unknown, a model has no passing verdict or other
 * content than was judged, owner, business case or tasks are missing, or a constant does not fit the answers of the
 * plan's first function
 * @example
 * ```ts
 * import { planRevision } from "./plan_revision.ts";
 * import { parseEndpoint } from "./endpoint_spec.ts";
 * const spec = parseEndpoint(
 *   "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: 1 }] } }] }",
 *   "e.yaml",
 * );
 * const product = { name: "p", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
 * const none = () => Promise.resolve(null);
 * const pins = { findFunction: none, findModel: none, findVerdict: none, readDigest: () => Promise.resolve("") };
 * const { revision } = await planRevision(spec, product, pins);
 * if (revision.length !== 64) throw new Error("unexpected");
 * ```
 */
export async function planRevision(spec: EndpointSpec, product: ProductFacts, pins: PinSource): Promise<Revision> {
  const { variants: _, shadow, unit, changed, experiment, monitor, breaker, owner, businessCase, tasks, ...rest } =
    spec;
  const seek = seeker(spec.endpoint, { ...pins, readDigest: once(pins.readDigest) });
  checkMetrics(spec, product);
  const pinned: PinnedSpec = {
    schema: 1,
    ...rest,
    product: product.name,
    seed: experiment?.seed ?? spec.endpoint,
    owner: inherit("owner", spec.endpoint, owner ?? product.owner),
    businessCase: inherit("businessCase", spec.endpoint, businessCase ?? product.businessCase),
    tasks: inherit("tasks", spec.endpoint, tasks ?? product.tasks),
    variants: await pinVariants(spec, seek),
    ...(unit === undefined ? {} : { unit }),
    ...(changed === undefined ? {} : { changed }),
    ...(shadow === undefined ? {} : { shadow: await pinShadow(shadow, seek) }),
    ...(experiment === undefined ? {} : { experiment }),
    ...(monitor === undefined ? {} : { monitor }),
    ...(breaker === undefined ? {} : { breaker }),
  };
  return { revision: sha256(canonicalJson(pinned)), spec: pinned };
}

/** The variants of an endpoint mostly have models in common, whose content may be large. */
function once(readDigest: PinSource["readDigest"]): PinSource["readDigest"] {
  const found = new Map<string, Promise<string>>();
  return (ref) => {
    const reading = found.get(ref) ?? readDigest(ref);
    found.set(ref, reading);
    return reading;
  };
}

type Seek = (call: string, models: Record<string, string>) => Promise<{
  facts: FunctionFacts;
  pinned: { call: string; hash: string; models: Record<string, PinnedModel> };
}>;

function refuse(endpoint: string, because: string): RangeError {
  return new RangeError(`Cannot apply endpoint "${endpoint}" as ${because}`);
}

function inherit<T extends string | string[]>(what: string, endpoint: string, value: T): T {
  if (value.length > 0) return value;
  throw refuse(endpoint, `"${what}" is missing: name it in the endpoint's file or in product.yaml`);
}

function checkMetrics({ endpoint, experiment }: EndpointSpec, product: ProductFacts): void {
  if (experiment === undefined) return;
  for (const name of [experiment.primary, ...experiment.guardrails]) {
    if (Object.hasOwn(product.metrics, name) || BUILT_IN_METRICS.includes(name)) continue;
    const known = [...Object.keys(product.metrics), ...BUILT_IN_METRICS].join(", ");
    throw refuse(endpoint, `metric "${name}" of its experiment is not known: product "${product.name}" has ${known}`);
  }
}

function seeker(endpoint: string, pins: PinSource): Seek {
  return async (call, models) => {
    const facts = await pins.findFunction(call);
    if (facts === null) {
      throw refuse(
        endpoint,
        `function "${call}" is not promoted: run boathouse promote NOTEBOOK#${call.split("@")[0]}`,
      );
    }
    const stray = Object.keys(models).find((alias) => !Object.hasOwn(facts.models, alias));
    if (stray !== undefined) {
      const known = Object.keys(facts.models).join(", ") || "none";
      throw refuse(endpoint, `function "${facts.name}" declares no model "${stray}": it declares ${known}`);
    }
    const pinned: Record<string, PinnedModel> = {};
    for (const alias of Object.keys(facts.models)) {
      pinned[alias] = await pinModel(endpoint, models[alias] ?? facts.models[alias]!, pins);
    }
    return { facts, pinned: { call: facts.name, hash: facts.hash, models: pinned } };
  };
}

async function pinModel(endpoint: string, ref: string, pins: PinSource): Promise<PinnedModel> {
  const model = await pins.findModel(ref);
  if (model === null) throw refuse(endpoint, `model "${ref}" is not in the registry: run boathouse model list`);
  const found = await pins.findVerdict(model);
  if (found?.verdict === "pass") {
    const fault = await contentFault(model, pins);
    if (fault === null) return model;
    throw refuse(endpoint, `model "${model.name}@${model.version}" cannot answer: ${fault}`);
  }
  const said = found === null ? "none, run boathouse evaluate" : `fail (${found.failed.join(", ")})`;
  throw refuse(endpoint, `model "${model.name}@${model.version}" must have a passing verdict: got ${said}`);
}

function pinVariants(spec: EndpointSpec, seek: Seek): Promise<PinnedVariant[]> {
  return Promise.all(spec.variants.map(async ({ name, weight, steps }) => ({
    name,
    weight,
    steps: await pinSteps(spec, name, steps, seek),
  })));
}

async function pinSteps(spec: EndpointSpec, variant: string, steps: StepSpec[], seek: Seek): Promise<PinnedStep[]> {
  const outputs = new Map<string, Record<string, unknown>>();
  const call = async ({ call, models, budgetMs, input, unless }: CallSpec): Promise<PinnedCall> => {
    const { facts, pinned } = await seek(call, models);
    outputs.set(facts.hash, facts.output);
    return {
      ...pinned,
      budgetMs: budgetMs ?? Math.min(facts.budgetMs, spec.budgetMs),
      ...(input === undefined ? {} : { input }),
      ...(unless === undefined ? {} : { unless }),
    };
  };
  const pinned = await inTurn(steps, (step) => pinStep(step, call));
  const [first] = answeringCalls(pinned);
  const check = first === undefined ? () => null : compileSchema(outputs.get(first.hash)!);
  for (const misfit of answeringValues(pinned).map(check)) {
    if (misfit !== null) throw refuse(spec.endpoint, `the constant of variant "${variant}" does not fit: ${misfit}`);
  }
  return pinned;
}

async function pinStep(step: StepSpec, call: (spec: CallSpec) => Promise<PinnedCall>): Promise<PinnedStep> {
  const one = (step: StepSpec) => pinStep(step, call);
  if ("call" in step) return await call(step);
  if ("value" in step) return step;
  if ("fallback" in step) return { fallback: await inTurn(step.fallback, one) };
  if ("all" in step) {
    const all = await inTurn(step.all, one);
    return { all, combine: typeof step.combine === "string" ? step.combine : await call(step.combine) };
  }
  const then = await one(step.then);
  return { when: step.when, then, ...(step.else === undefined ? {} : { else: await one(step.else) }) };
}

// In order, so that of several faults always the first is told.
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

function pinShadow(shadow: ShadowSpec[], seek: Seek): Promise<NonNullable<PinnedSpec["shadow"]>> {
  return Promise.all(
    shadow.map(async ({ call, models, sample }) => ({ ...(await seek(call, models)).pinned, sample })),
  );
}
