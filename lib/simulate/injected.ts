import { callsOf, type PinnedCall, type PinnedSpec } from "../endpoints/mod.ts";
import { seededRandom } from "../sandbox/mod.ts";

/** Faults that a simulation injects into both revisions alike, by name of a function or a model. */
export interface Injected {
  /** Share of calls that fail, from 0 to 1. */
  fail: Readonly<Record<string, number>>;
  /** Milliseconds by which a call is later. */
  slowMs: Readonly<Record<string, number>>;
}

/** No faults. */
export const NO_INJECTED: Injected = { fail: {}, slowMs: {} };

/**
 * Refuses faults of what neither revision calls.
 *
 * @param injected the faults
 * @param specs specs of the revisions
 * @throws {RangeError} when a name is no function and no model of them
 */
export function checkInjected({ fail, slowMs }: Injected, specs: readonly PinnedSpec[]): void {
  const known = new Set(
    specs.flatMap(callsOf).flatMap(({ call, models }) => [call, ...Object.values(models).map(({ name }) => name)]),
  );
  const stray = [...Object.keys(fail), ...Object.keys(slowMs)].find((name) => !known.has(name));
  if (stray === undefined) return;
  const names = [...known].join(", ") || "none";
  throw new RangeError(`Cannot inject a fault into "${stray}" as neither revision calls it: they call ${names}`);
}

/**
 * Decides whether a call fails: by the decision and the name, so that both revisions meet the same faults and a simulation
 * repeats itself.
 *
 * @param injected the faults
 * @param name name of the function or model
 * @param seed seed of the decision
 * @returns whether it fails
 * @example
 * ```ts
 * import { isFailed } from "./injected.ts";
 * const injected = { fail: { delay: 1 }, slowMs: {} };
 * if (!isFailed(injected, "delay", "s") || isFailed(injected, "other", "s")) throw new Error("unexpected");
 * ```
 */
export function isFailed({ fail }: Injected, name: string, seed: string): boolean {
  const rate = Object.hasOwn(fail, name) ? fail[name]! : 0;
  return rate > 0 && seededRandom(`${seed} ${name}`)() < rate;
}

/**
 * Tells by how much a call is later: by what the function and the models that it may ask are held back.
 *
 * @param injected the faults
 * @param call the call
 * @returns milliseconds
 * @example
 * ```ts
 * import { slownessOf } from "./injected.ts";
 * const injected = { fail: {}, slowMs: { predict: 200 } };
 * if (slownessOf(injected, { call: "predict", models: {} }) !== 200) throw new Error("unexpected");
 * ```
 */
export function slownessOf({ slowMs }: Injected, { call, models }: Pick<PinnedCall, "call" | "models">): number {
  const names = new Set([call, ...Object.values(models).map(({ name }) => name)]);
  return [...names].reduce((sum, name) => sum + (Object.hasOwn(slowMs, name) ? slowMs[name]! : 0), 0);
}
