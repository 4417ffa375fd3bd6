import type { Json } from "../events/mod.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";

/**
 * Lists the calls of a plan, those that combine answers too.
 *
 * @param steps steps of a variant of a revision
 * @returns calls in the order of the file
 * @example
 * ```ts
 * import { callsIn } from "./plan_tree.ts";
 * const call = { call: "f", hash: "h", models: {}, budgetMs: 9 };
 * if (callsIn([{ when: "true", then: call, else: { value: 1 } }])[0] !== call) throw new Error("unexpected");
 * ```
 */
export function callsIn(steps: readonly PinnedStep[]): PinnedCall[] {
  return steps.flatMap((step) => {
    if ("hash" in step) return [step];
    if ("all" in step) return [...callsIn(step.all), ...(typeof step.combine === "string" ? [] : [step.combine])];
    return callsIn(childrenOf(step));
  });
}

/**
 * Lists the calls whose answer may be that of the plan, or have its shape.
 *
 * @param steps steps of a variant of a revision
 * @returns calls in the order of the file
 * @example
 * ```ts
 * import { answeringCalls } from "./plan_tree.ts";
 * const call = { call: "f", hash: "h", models: {}, budgetMs: 9 };
 * if (answeringCalls([{ all: [{ value: 1 }, { value: 2 }], combine: call }])[0] !== call) throw new Error("unexpected");
 * ```
 */
export function answeringCalls(steps: readonly PinnedStep[]): PinnedCall[] {
  return steps.flatMap((step) =>
    "hash" in step
      ? [step]
      : "all" in step && typeof step.combine !== "string"
      ? [step.combine]
      : answeringCalls(childrenOf(step))
  );
}

/**
 * Lists the constants that may be the answer of the plan.
 *
 * @param steps steps of a variant of a revision
 * @returns constants in the order of the file
 * @example
 * ```ts
 * import { answeringValues } from "./plan_tree.ts";
 * if (answeringValues([{ fallback: [{ value: 1 }] }])[0] !== 1) throw new Error("unexpected");
 * ```
 */
export function answeringValues(steps: readonly PinnedStep[]): Json[] {
  return steps.flatMap((step) =>
    "value" in step
      ? [step.value]
      : "all" in step && typeof step.combine !== "string"
      ? []
      : answeringValues(childrenOf(step))
  );
}

/**
 * Lists the calls that a request must fit: those that see it first, whichever branch is taken. A call that maps its
 * input sees no request.
 *
 * @param steps steps of a variant of a revision
 * @returns calls in the order of the file
 * @example
 * ```ts
 * import { firstCalls } from "./plan_tree.ts";
 * const call = { call: "f", hash: "h", models: {}, budgetMs: 9 };
 * if (firstCalls([call, { ...call, hash: "i" }]).length !== 1) throw new Error("unexpected");
 * ```
 */
export function firstCalls([first, ...rest]: readonly PinnedStep[]): PinnedCall[] {
  if (first === undefined || "value" in first) return [];
  if ("hash" in first) return first.input === undefined ? [first] : [];
  if ("fallback" in first) return firstCalls(first.fallback);
  if ("all" in first) return first.all.flatMap((step) => firstCalls([step]));
  const others = new Set(firstCalls(first.else === undefined ? rest : [first.else]).map(({ hash }) => hash));
  return firstCalls([first.then]).filter(({ hash }) => others.has(hash));
}

/**
 * Lists the calls that may see a request first, each branch taken.
 *
 * @param steps steps of a variant of a revision
 * @returns calls in the order of the file, without those that map their input
 * @example
 * ```ts
 * import { beginningCalls } from "./plan_tree.ts";
 * const call = { call: "f", hash: "h", models: {}, budgetMs: 9 };
 * if (beginningCalls([{ when: "true", then: call, else: { value: 1 } }])[0] !== call) throw new Error("unexpected");
 * ```
 */
export function beginningCalls([first, ...rest]: readonly PinnedStep[]): PinnedCall[] {
  if (first === undefined) return [];
  if ("fallback" in first) return beginningCalls(first.fallback);
  if ("all" in first) return first.all.flatMap((step) => beginningCalls([step]));
  if (!("when" in first)) return firstCalls([first]);
  return [...beginningCalls([first.then]), ...beginningCalls(first.else === undefined ? rest : [first.else])];
}

/**
 * Changes every call of a plan.
 *
 * @param steps steps of a variant of a revision
 * @param change makes the new call
 * @returns the plan with new calls
 * @example
 * ```ts
 * import { mapCalls } from "./plan_tree.ts";
 * const call = { call: "f", hash: "h", models: {}, budgetMs: 9 };
 * const [changed] = mapCalls([{ fallback: [call] }], (found) => ({ ...found, budgetMs: 8 }));
 * if (JSON.stringify(changed).includes("9")) throw new Error("unexpected");
 * ```
 */
export function mapCalls(steps: readonly PinnedStep[], change: (call: PinnedCall) => PinnedCall): PinnedStep[] {
  const one = (step: PinnedStep): PinnedStep => {
    if ("value" in step) return step;
    if ("hash" in step) return change(step);
    if ("fallback" in step) return { fallback: step.fallback.map(one) };
    if ("all" in step) {
      return {
        all: step.all.map(one),
        combine: typeof step.combine === "string" ? step.combine : change(step.combine),
      };
    }
    return { ...step, then: one(step.then), ...(step.else === undefined ? {} : { else: one(step.else) }) };
  };
  return steps.map(one);
}

function childrenOf(step: PinnedStep): PinnedStep[] {
  if ("fallback" in step) return step.fallback;
  if ("all" in step) return step.all;
  if ("when" in step) return step.else === undefined ? [step.then] : [step.then, step.else];
  return [];
}
