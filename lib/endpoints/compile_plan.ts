import { compileSchema, type Json } from "../events/mod.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";

/** The JSON Schemas of a function, as its manifest has them. */
export interface FunctionSchemas {
  /** JSON Schema of what it accepts. */
  input: Record<string, unknown>;
  /** JSON Schema of what it answers. */
  output: Record<string, unknown>;
}

/** A check that answers null when a value fits, else the reason. */
export type Fit = (value: unknown) => string | null;

/** A call step, ready to run. */
export interface CallStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** `name@hash`. */
  function: string;
  /** The pinned call. */
  call: PinnedCall;
  /** Checks what goes in. */
  fitsInput: Fit;
  /** Checks what comes out. */
  fitsOutput: Fit;
}

/** A constant step, ready to run. */
export interface ValueStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** The answer. */
  value: Json;
}

/** A fallback chain, ready to run. */
export type Plan = readonly (CallStep | ValueStep)[];

/**
 * Compiles the steps of a variant: schemas become functions once, not per request.
 *
 * @param steps steps of a variant of a revision
 * @param schemasOf gives the schemas of a function's version by its hash
 * @returns the plan
 * @throws {SyntaxError} when a schema is no JSON Schema
 * @example
 * ```ts
 * import { compilePlan } from "./compile_plan.ts";
 * const plan = compilePlan([{ value: 1 }], () => ({ input: {}, output: {} }));
 * if (plan[0]!.step !== "value") throw new Error("unexpected");
 * ```
 */
export function compilePlan(steps: readonly PinnedStep[], schemasOf: (hash: string) => FunctionSchemas): Plan {
  const names = new Map<string, number>();
  return steps.map((step) => {
    const base = "value" in step ? "value" : step.call;
    const nth = (names.get(base) ?? 0) + 1;
    names.set(base, nth);
    const name = nth === 1 ? base : `${base}-${nth}`;
    if ("value" in step) return { step: name, value: step.value };
    const { input, output } = schemasOf(step.hash);
    const fits = { fitsInput: compileSchema(input), fitsOutput: compileSchema(output) };
    return { step: name, function: `${step.call}@${step.hash}`, call: step, ...fits };
  });
}
