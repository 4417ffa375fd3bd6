import type { Json } from "../events/mod.ts";
import { z } from "zod";
import { compileCondition, compileValue } from "./expression.ts";
import type { Issue } from "./plan_size.ts";

/** A call of a promoted function. */
export interface CallSpec {
  /** `name` or `name@hash`. */
  call: string;
  /** `name@version` or `name@alias` by the function's alias. */
  models: Record<string, string>;
  /** Milliseconds that it may take. */
  budgetMs?: number | undefined;
  /** What it is given, expressions over `input` by field; the request itself unless given. */
  input?: Record<string, string> | undefined;
  /** Named conditions over `input` and `output` under which its answer does not count. */
  unless?: Record<string, string> | undefined;
}

/** How the answers of several steps become one. */
export type CombineSpec = "mean" | "vote" | "first" | CallSpec;

/** A node of a plan: a call, a constant, steps that are tried in turn, a branch, or steps that run at once. */
export type StepSpec =
  | CallSpec
  | { value: Json }
  | { fallback: StepSpec[] }
  | { when: string; then: StepSpec; else?: StepSpec | undefined }
  | { all: StepSpec[]; combine: CombineSpec };

/** One arm of an endpoint: a share of the units and the steps that are tried in turn until one answers. */
export interface VariantSpec {
  /** Name of the variant. */
  name: string;
  /** Share of units, from 0 to 1. */
  weight: number;
  /** Steps; the later ones are fallbacks of the first. */
  steps: StepSpec[];
}

const MAX_STEPS = 16;
const MAX_BUDGET_MS = 60_000;

/** A text that says something. */
export const text = z.string().trim().min(1, "must not be empty");
/** A share of a whole, from 0 to 1. */
export const share = z.number().min(0).max(1);
/** Milliseconds that an answer may take; timers count no finer. */
export const budget = z.number().min(1).max(MAX_BUDGET_MS);
/** `name` or `name@hash` of a promoted function. */
export const functionRef = z.string().regex(
  /^[A-Za-z_$][\w$]*(@[0-9a-f]{64})?$/,
  "must be a function's name or name@hash (64 hexadecimal digits)",
);
/** `name@version` or `name@alias` by alias. */
export const models = z.record(
  z.string(),
  z.string().regex(/^[A-Za-z0-9][\w.-]*@[\w.-]+$/, "must be name@version or name@alias"),
).default({});

/**
 * Refuses a key of a later version by name.
 *
 * @param what what is missing
 * @param wayOut what to do instead
 * @returns schema that accepts the key's absence only
 */
export const later = (what: string, wayOut: string) =>
  z.never({ error: () => `is not in this version, ${what}: ${wayOut}` }).optional();

const expression = (compile: (source: string) => unknown) =>
  text.superRefine((source, context) => {
    if (context.issues.length > 0) return;
    try {
      compile(source);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });
const CONDITION = /^[A-Za-z][\w-]{0,62}$/;

const KINDS = ["call", "value", "fallback", "when", "all"] as const;
const BESIDE = {
  models: "call",
  budgetMs: "call",
  input: "call",
  unless: "call",
  then: "when",
  else: "when",
  combine: "all",
} as const;

const combine = z.union([
  z.enum(["mean", "vote", "first"]),
  z.strictObject({ call: functionRef, models, budgetMs: budget.optional() }),
], "must be mean, vote, first or { call: FUNCTION }");

const shape = () =>
  z.strictObject({
    call: functionRef.optional(),
    models,
    budgetMs: budget.optional(),
    input: z.record(z.string().min(1), expression(compileValue)).optional(),
    unless: z.record(z.string(), expression((source) => compileCondition(source, "input and output"))).optional(),
    value: z.json().optional(),
    fallback: z.array(step).min(1, "must have a step").max(MAX_STEPS).optional(),
    when: expression((source) => compileCondition(source, "input")).optional(),
    then: step.optional(),
    else: step.optional(),
    all: z.array(step).min(2, "must have two steps").max(MAX_STEPS).optional(),
    combine: combine.optional(),
  });

const step: z.ZodType<StepSpec> = z.lazy(() =>
  shape().superRefine((raw, context) => {
    if (context.issues.length > 0) return;
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    checkKind(raw, issue);
    if (raw.fallback) checkOrder(raw.fallback, issue);
  }).transform(toStep)
);

type Raw = z.output<ReturnType<typeof shape>>;

function checkKind(raw: Raw, issue: Issue): void {
  const kinds = KINDS.filter((kind) => raw[kind] !== undefined);
  if (kinds.length !== 1) return issue([], `must have one of ${KINDS.join(", ")}`);
  for (const [key, kind] of Object.entries(BESIDE) as [keyof typeof BESIDE, (typeof KINDS)[number]][]) {
    const given = key === "models" ? Object.keys(raw.models).length > 0 : raw[key] !== undefined;
    if (given && kind !== kinds[0]) issue([key], `must stand beside ${kind}`);
  }
  for (const name of Object.keys(raw.unless ?? {})) {
    if (!CONDITION.test(name)) issue(["unless", name], "must be named by letters, digits, _ and -");
  }
  for (const [kind, key] of [["when", "then"], ["all", "combine"]] as const) {
    if (kinds[0] === kind && raw[key] === undefined) issue([], `must have ${key} beside ${kind}`);
  }
}

function checkOrder(steps: StepSpec[], issue: Issue): void {
  const value = steps.findIndex(alwaysAnswers);
  if (value < 0 || value === steps.length - 1) return;
  issue(["fallback", value + 1], "must not follow a value, which always answers");
}

function alwaysAnswers(step: StepSpec): boolean {
  return "value" in step || "fallback" in step && alwaysAnswers(step.fallback.at(-1)!);
}

function toStep(raw: Raw): StepSpec {
  if (raw.fallback) return { fallback: raw.fallback };
  if (raw.when !== undefined) {
    return { when: raw.when, then: raw.then!, ...(raw.else === undefined ? {} : { else: raw.else }) };
  }
  if (raw.all) return { all: raw.all, combine: raw.combine! };
  if (raw.call === undefined) return { value: raw.value as Json };
  const { call, models, budgetMs, input, unless } = raw;
  return {
    call,
    models,
    ...(budgetMs === undefined ? {} : { budgetMs }),
    ...(input === undefined ? {} : { input }),
    ...(unless === undefined ? {} : { unless }),
  };
}

/** One arm with its plan, as the steps that are tried in turn. */
export const variant = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens"),
  weight: share,
  plan: step,
}).transform(({ name, weight, plan }): VariantSpec => ({
  name,
  weight,
  steps: "fallback" in plan ? plan.fallback : [plan],
}));
