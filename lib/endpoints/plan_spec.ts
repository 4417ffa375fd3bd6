import type { Json } from "../events/mod.ts";
import { z } from "zod";

/** A step of a plan: a call of a promoted function, or a constant answer. */
export type StepSpec =
  | { call: string; models: Record<string, string>; budgetMs?: number | undefined }
  | { value: Json };

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

const laterInPlans = {
  when: later("conditions come later", "decide inside the function"),
  all: later("ensembles come later", "combine inside the function"),
  combine: later("ensembles come later", "combine inside the function"),
  input: later("input mapping comes later", "map inside the function"),
  on: later("named conditions come later", "throw inside the function"),
};

const step = z.strictObject({
  call: functionRef.optional(),
  models,
  budgetMs: budget.optional(),
  value: z.json().optional(),
  fallback: z.never({ error: () => "must not stand inside a fallback: list all steps in one" }).optional(),
  ...laterInPlans,
}).superRefine((raw, context) => {
  if (context.issues.length > 0) return;
  const isValue = raw.value !== undefined;
  if ((raw.call === undefined) === !isValue) {
    context.addIssue({ code: "custom", message: "must have either call or value" });
  }
  for (const key of ["models", "budgetMs"] as const) {
    const given = key === "models" ? Object.keys(raw.models).length > 0 : raw.budgetMs !== undefined;
    if (isValue && given) context.addIssue({ code: "custom", path: [key], message: "must stand beside call" });
  }
}).transform((raw): StepSpec =>
  raw.call === undefined ? { value: raw.value as Json } : {
    call: raw.call,
    models: raw.models,
    ...(raw.budgetMs === undefined ? {} : { budgetMs: raw.budgetMs }),
  }
);

const plan = z.strictObject({
  call: z.never({ error: () => "must stand in a list: plan: { fallback: [{ call: … }] }" }).optional(),
  value: z.never({ error: () => "must stand in a list: plan: { fallback: [{ value: … }] }" }).optional(),
  fallback: z.array(step).min(1, "must have a step").max(MAX_STEPS),
  ...laterInPlans,
}).superRefine(({ fallback }, context) => {
  if (context.issues.length > 0) return;
  const value = fallback.findIndex((step) => "value" in step);
  if (value >= 0 && value < fallback.length - 1) {
    context.addIssue({
      code: "custom",
      path: ["fallback", value + 1],
      message: "must not follow a value, which always answers",
    });
  }
});

/** One arm with its plan, flattened to its steps. */
export const variant = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens"),
  weight: share,
  plan,
}).transform(({ name, weight, plan }): VariantSpec => ({ name, weight, steps: plan.fallback }));
