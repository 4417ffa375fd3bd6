import { readYaml } from "../config/mod.ts";
import type { Json } from "../events/mod.ts";
import { z } from "zod";
import { BREAKER, type BreakerSettings, MAX_CALLS } from "./breaker.ts";
import { budget, functionRef, later, models, share, text, variant, type VariantSpec } from "./plan_spec.ts";
import { checkPlans, type Issue } from "./plan_size.ts";
import { compilePointer } from "./pointer.ts";

/** A function that is to be called beside the plan, its answer recorded only. */
export interface ShadowSpec {
  /** `name` or `name@hash` of a promoted function. */
  call: string;
  /** `name@version` or `name@alias` by the function's alias. */
  models: Record<string, string>;
  /** Share of requests, from 0 to 1. */
  sample: number;
}

/** What a file `*.endpoint.yaml` says (docs/architecture.md, "Endpoints"). */
export interface EndpointSpec {
  /** Name of the endpoint, part of its URL. */
  endpoint: string;
  /** Version of what callers may rely on. */
  contract: number;
  /** JSON pointer into the input: who is assigned to a variant. */
  unit?: string | undefined;
  /** Milliseconds that an answer may take. */
  budgetMs: number;
  /** Whether an answer waits until its event is durable. */
  logging: "buffered" | "durable";
  /** Overrides the product's owner. */
  owner?: string | undefined;
  /** Overrides the product's business case. */
  businessCase?: string | undefined;
  /** Overrides the product's tasks. */
  tasks?: string[] | undefined;
  /** Arms; their weights add up to 1. */
  variants: VariantSpec[];
  /** Smallest difference of an output field that counts as changed. */
  changed?: Record<string, number> | undefined;
  /** Calls beside the plan. */
  shadow?: ShadowSpec[] | undefined;
  /** The question that the variants are to answer. */
  experiment?: ExperimentSpec | undefined;
  /** What the monitor watches. */
  monitor?: Record<string, Json> | undefined;
  /** When a function that fails is left alone. */
  breaker?: BreakerSettings | undefined;
}

/** The question that an endpoint's variants are to answer. */
export interface ExperimentSpec {
  /** What is believed. */
  hypothesis: string;
  /** The metric that decides. */
  primary: string;
  /** Metrics that must not become worse. */
  guardrails: string[];
  /** Seed of the assignment; the endpoint's name unless given. */
  seed?: string | undefined;
  /** Share of each arm's units that take part, from 0 to 1; the others get the first variant and are not counted. */
  coverage?: number | undefined;
  /** Experiments of one `id` whose ranges, within 0 to 1, do not overlap never share a unit. */
  namespace?: { id: string; range: [from: number, to: number] } | undefined;
}

const pointer = z.string().superRefine((value, context) => {
  try {
    compilePointer(value);
  } catch (error) {
    context.addIssue({ code: "custom", message: `must be a JSON pointer: ${(error as Error).message}` });
  }
});

const range = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).refine(
  ([from, to]) => from < to,
  "must be [from, to) with from below to",
);

const schema = z.strictObject({
  endpoint: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens"),
  contract: z.int().min(1),
  unit: pointer.optional(),
  budgetMs: budget,
  logging: z.enum(["buffered", "durable"]).default("buffered"),
  owner: text.optional(),
  businessCase: text.optional(),
  tasks: z.array(text).min(1).optional(),
  variants: z.array(variant).min(1, "must have a variant").max(32),
  changed: z.record(z.string(), z.number().nonnegative()).optional(),
  shadow: z.array(z.strictObject({ call: functionRef, models, sample: share })).optional(),
  experiment: z.strictObject({
    hypothesis: text,
    primary: text,
    guardrails: z.array(text).default([]),
    seed: text.optional(),
    coverage: z.number().min(0).max(1).optional(),
    namespace: z.strictObject({ id: text, range }).optional(),
  }).optional(),
  monitor: z.record(z.string(), z.json()).optional(),
  breaker: z.strictObject({
    share: z.number().gt(0).max(1).default(BREAKER.share),
    calls: z.int().min(1).max(MAX_CALLS).default(BREAKER.calls),
    openMs: z.number().min(1).max(600_000).default(BREAKER.openMs),
  }).optional(),
  approvals: later("approvals come later", "leave it out and have the change reviewed in git"),
  source: later("sources come later", "leave it out; file and API may both apply"),
}).superRefine((spec, context) => {
  if (context.issues.length > 0) return;
  const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  checkVariants(spec.variants, spec.unit, issue);
  const { coverage, namespace } = spec.experiment ?? {};
  if (spec.unit === undefined && (coverage ?? namespace) !== undefined) {
    issue(["experiment"], 'must have no coverage or namespace unless "unit" says who is assigned: add unit: /FIELD');
  }
});

const sized = z.unknown().superRefine((file, context) => {
  checkPlans(file, (path, message) => context.addIssue({ code: "custom", path, message }));
}).pipe(schema);

function checkVariants(variants: VariantSpec[], unit: string | undefined, issue: Issue): void {
  const total = variants.reduce((sum, variant) => sum + variant.weight, 0);
  if (Math.abs(total - 1) > 1e-6) issue(["variants"], `must have weights that add up to 1: got ${+total.toFixed(6)}`);
  variants.forEach(({ name }, i) => {
    if (variants.findIndex((other) => other.name === name) < i) {
      issue(["variants", i, "name"], `must be unique: got "${name}" twice`);
    }
  });
  if (variants.length > 1 && unit === undefined) {
    issue(["variants"], 'must have one entry unless "unit" says who is assigned: add unit: /FIELD');
  }
}

/**
 * Reads the text of a file `*.endpoint.yaml`.
 *
 * @param text YAML 1.2 text
 * @param file name shown in errors
 * @returns the typed spec, defaults filled in
 * @throws {SyntaxError} when the text is no YAML
 * @throws {TypeError} when a key is missing, unknown, wrong or of a later version; the message names file, line, column
 * @example
 * ```ts
 * import { parseEndpoint } from "./endpoint_spec.ts";
 * const spec = parseEndpoint(
 *   `{ endpoint: delay, contract: 1, budgetMs: 50, variants: [
 *     { name: control, weight: 1, plan: { fallback: [{ call: predictDelay }, { value: { minutes: 0 } }] } }] }`,
 *   "delay.endpoint.yaml",
 * );
 * if (spec.variants[0]!.steps.length !== 2) throw new Error("unexpected");
 * ```
 */
export function parseEndpoint(text: string, file: string): EndpointSpec {
  return readYaml(text, file, sized, "endpoint");
}

/**
 * Names the blocks of a spec that this version keeps but does not act on.
 *
 * @param spec spec or pinned spec of an endpoint
 * @returns names of top-level keys, in the order of the format
 * @example
 * ```ts
 * import { keptBlocks } from "./endpoint_spec.ts";
 * if (keptBlocks({ monitor: {} }).join() !== "monitor") throw new Error("unexpected");
 * ```
 */
export function keptBlocks(spec: Pick<EndpointSpec, "monitor">): string[] {
  return (["monitor"] as const).filter((key) => spec[key] !== undefined);
}

/**
 * Writes what a file `*.endpoint.yaml` may hold as JSON Schema, for editors. It is looser than `parseEndpoint`, which
 * also checks expressions, the sum of weights, and which keys stand together.
 *
 * @returns JSON Schema, draft 2020-12
 * @example
 * ```ts
 * import { endpointSchema } from "./endpoint_spec.ts";
 * if (endpointSchema().type !== "object") throw new Error("unexpected");
 * ```
 */
export function endpointSchema(): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input" });
}
