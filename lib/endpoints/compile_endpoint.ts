import { compileSchema, type Json } from "../events/mod.ts";
import { assign, enrol, type Reach } from "./assign.ts";
import { compilePlan, type Fit, type FunctionSchemas, type Plan } from "./compile_plan.ts";
import type { PinnedCall, PinnedSpec, Revision } from "./plan_revision.ts";
import { callsIn, firstCalls } from "./plan_tree.ts";
import { compilePointer } from "./pointer.ts";

/** A revision, ready to answer: compiled once, used for every request. */
export interface CompiledEndpoint extends Revision {
  /** Checks a request against the first function of every variant, so that who is refused hangs on no assignment. */
  fits: Fit;
  /** Reads who is assigned; null where the endpoint declares no unit. Throws RangeError where the request has none. */
  unitOf(input: Json): string | null;
  /** Gives a unit its variant, the first one where the experiment does not reach it. */
  choose(unit: string | null): { variant: string; plan: Plan; isEnrolled: boolean };
}

/**
 * Compiles a revision.
 *
 * @param revision the revision
 * @param schemasOf gives the schemas of a function's version by its hash
 * @returns the endpoint, ready to answer
 * @throws {SyntaxError} when a schema is no JSON Schema
 * @example
 * ```ts
 * import { compileEndpoint } from "./compile_endpoint.ts";
 * const spec = {
 *   schema: 1 as const, endpoint: "e", product: "p", contract: 1, seed: "e", budgetMs: 9, logging: "buffered" as const,
 *   owner: "o", businessCase: "b", tasks: ["t"], variants: [{ name: "a", weight: 1, steps: [{ value: 1 }] }],
 * };
 * const endpoint = compileEndpoint({ revision: "0".repeat(64), spec }, () => ({ input: {}, output: {} }));
 * if (endpoint.choose(null).variant !== "a") throw new Error("unexpected");
 * ```
 */
export function compileEndpoint(revision: Revision, schemasOf: (hash: string) => FunctionSchemas): CompiledEndpoint {
  const { spec } = revision;
  const arms = spec.variants.map(({ name, weight, steps }) => ({
    name,
    weight,
    plan: compilePlan(steps, schemasOf, spec.breaker),
  }));
  const unit = spec.unit === undefined ? null : compilePointer(spec.unit);
  const reach: Reach = spec.experiment ?? {};
  const isPartial = reach.coverage !== undefined || reach.namespace !== undefined;
  return {
    ...revision,
    fits: firstFits(spec, schemasOf),
    unitOf: (input) => unit === null ? null : readUnit(unit(input), spec.unit!),
    choose(unit) {
      const arm = unit === null
        ? null
        : isPartial
        ? enrol(unit, spec.seed, arms, reach)
        : assign(unit, spec.seed, arms);
      const { name, plan } = arm ?? arms[0]!;
      return { variant: name, plan, isEnrolled: arm !== null };
    },
  };
}

/**
 * Lists every function version that a revision calls, shadow calls left out, each once.
 *
 * @param spec pinned spec
 * @returns calls, in the order of their first appearance
 * @example
 * ```ts
 * import { callsOf } from "./compile_endpoint.ts";
 * if (callsOf({ variants: [{ name: "a", weight: 1, steps: [{ value: 1 }] }] }).length !== 0) throw new Error("no");
 * ```
 */
export function callsOf(spec: Pick<PinnedSpec, "variants">): PinnedCall[] {
  const calls = spec.variants.flatMap(({ steps }) => callsIn(steps));
  const known = new Map<string, PinnedCall>();
  for (const call of calls) {
    const key = [call.hash, ...Object.entries(call.models).map(([alias, { digest }]) => alias + digest)].join();
    if (!known.has(key)) known.set(key, call);
  }
  return [...known.values()];
}

function firstFits({ variants }: PinnedSpec, schemasOf: (hash: string) => FunctionSchemas): Fit {
  const firsts = variants.flatMap(({ steps }) => firstCalls(steps).map(({ hash }) => hash));
  const checks = [...new Set(firsts)].map((hash) => compileSchema(schemasOf(hash).input));
  return (input) => {
    for (const check of checks) {
      const reason = check(input);
      if (reason !== null) return reason;
    }
    return null;
  };
}

function readUnit(found: unknown, pointer: string): string {
  if (typeof found === "string" && found !== "") return found;
  if (typeof found === "number" || typeof found === "boolean") return String(found);
  const got = found === undefined ? "nothing" : JSON.stringify(found).slice(0, 60);
  throw new RangeError(`${pointer} must be a text or a number that says who is assigned: got ${got}`);
}
