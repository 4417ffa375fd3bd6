import { canonicalJson, compileSchema, type Json } from "../events/mod.ts";
import { BREAKER, type BreakerSettings } from "./breaker.ts";
import type { BreakerKey } from "./breakers.ts";
import { compileCondition, compileValue, type Expression } from "./expression.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";
import { answeringCalls } from "./plan_tree.ts";

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
  /** Makes what it is given; null = the request itself. */
  inputOf: Expression<Json> | null;
  /** Checks what goes in. */
  fitsInput: Fit;
  /** Checks what comes out. */
  fitsOutput: Fit;
  /** Conditions under which an answer does not count. */
  unless: readonly { name: string; holds: Expression<boolean> }[];
  /** Guards the function with its models; null = it is called whatever happened. */
  breaker: BreakerKey | null;
}

/** A constant step, ready to run. */
export interface ValueStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** The answer. */
  value: Json;
}

/** Steps that are tried in turn, ready to run. */
export interface ChainStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** The steps. */
  chain: Plan;
}

/** A branch, ready to run. */
export interface WhenStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** Which branch. */
  when: Expression<boolean>;
  /** Where it holds. */
  then: PlanStep;
  /** Where it does not; null = the next step's turn. */
  else: PlanStep | null;
}

/** Steps that run at once, ready to run. */
export interface AllStep {
  /** Name of the step, unique in its plan. */
  step: string;
  /** The steps. */
  all: Plan;
  /** How their answers become one. */
  combine: "mean" | "vote" | "first" | CallStep;
  /** Checks a mean, which no function checked. */
  fitsOutput: Fit;
}

/** A node of a plan, ready to run. */
export type PlanStep = CallStep | ValueStep | ChainStep | WhenStep | AllStep;

/** Steps that are tried in turn, ready to run. */
export type Plan = readonly PlanStep[];

/**
 * Compiles the steps of a variant: schemas and expressions become functions once, not per request.
 *
 * @param steps steps of a variant of a revision
 * @param schemasOf gives the schemas of a function's version by its hash
 * @param settings when a function that fails is left alone; unless given, only one is after which another step may answer
 * @returns the plan
 * @throws {SyntaxError} when a schema is no JSON Schema, or an expression no CEL
 * @example
 * ```ts
 * import { compilePlan } from "./compile_plan.ts";
 * const plan = compilePlan([{ value: 1 }], () => ({ input: {}, output: {} }));
 * if (plan[0]!.step !== "value") throw new Error("unexpected");
 * ```
 */
export function compilePlan(
  steps: readonly PinnedStep[],
  schemasOf: (hash: string) => FunctionSchemas,
  settings?: BreakerSettings,
): Plan {
  const nameOf = namer(), fitsOf = checker(schemasOf);
  const callOf = (call: PinnedCall, isLast: boolean) =>
    compileCall(nameOf(call.call), call, fitsOf(call.hash), settings ?? (isLast ? null : BREAKER));
  const chainOf = (steps: readonly PinnedStep[], isLast: boolean) =>
    steps.map((step, i) => one(step, isLast && i === steps.length - 1));
  const one = (step: PinnedStep, isLast: boolean): PlanStep => {
    if ("hash" in step) return callOf(step, isLast);
    if ("value" in step) return { step: nameOf("value"), value: step.value };
    if ("fallback" in step) return { step: nameOf("fallback"), chain: chainOf(step.fallback, isLast) };
    if ("when" in step) {
      const name = nameOf("when"), when = compileCondition(step.when, "input"), { else: other } = step;
      return { step: name, when, then: one(step.then, isLast), else: other === undefined ? null : one(other, isLast) };
    }
    const name = nameOf("all"), { combine } = step;
    const all = combine === "first"
      ? chainOf(step.all, isLast)
      : step.all.map((member) => one(member, isLast && combine !== "vote"));
    const [first] = answeringCalls([step]);
    const fitsOutput = first ? fitsOf(first.hash).fitsOutput : () => null;
    return { step: name, all, combine: typeof combine === "string" ? combine : callOf(combine, isLast), fitsOutput };
  };
  return chainOf(steps, true);
}

function compileCall(
  step: string,
  call: PinnedCall,
  fits: Fits,
  settings: BreakerSettings | null,
): CallStep {
  const digests = Object.entries(call.models).map(([alias, { digest }]) => `${alias} ${digest}`).sort();
  return {
    step,
    function: `${call.call}@${call.hash}`,
    call,
    inputOf: call.input === undefined ? null : compileFields(call.input),
    ...fits,
    unless: Object.entries(call.unless ?? {}).map(([name, source]) => ({
      name,
      holds: compileCondition(source, "input and output"),
    })),
    breaker: settings && { key: [call.hash, ...digests, canonicalJson({ ...settings })].join(), settings },
  };
}

function compileFields(fields: Record<string, string>): Expression<Json> {
  const made = Object.entries(fields).map(([name, source]) => ({ name, value: compileValue(source) }));
  return (scope) =>
    Object.fromEntries(made.map(({ name, value }) => {
      try {
        return [name, value(scope)];
      } catch (cause) {
        throw new Error(`input "${name}" cannot be computed: ${(cause as Error).message}`, { cause });
      }
    }));
}

type Fits = Pick<CallStep, "fitsInput" | "fitsOutput">;

// To compile a schema takes milliseconds, and plans name a function again and again.
function checker(schemasOf: (hash: string) => FunctionSchemas): (hash: string) => Fits {
  const known = new Map<string, Fits>();
  return (hash) => {
    const { input, output } = schemasOf(hash);
    const fits = known.get(hash) ?? { fitsInput: compileSchema(input), fitsOutput: compileSchema(output) };
    known.set(hash, fits);
    return fits;
  };
}

function namer(): (base: string) => string {
  const names = new Map<string, number>();
  return (base) => {
    const nth = (names.get(base) ?? 0) + 1;
    names.set(base, nth);
    return nth === 1 ? base : `${base}-${nth}`;
  };
}
