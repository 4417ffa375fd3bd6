import type { Json } from "../events/mod.ts";
import type { Example } from "../functions/mod.ts";
import type { RecordedDecision } from "./recorded_decision.ts";

/**
 * Makes decisions of the examples of a function, which stand in where an endpoint has no history.
 *
 * @param name name of the function
 * @param examples the calls that its notebook keeps
 * @returns a decision per example, its answer that of the notebook
 * @example
 * ```ts
 * import { exampleDecisions } from "./example_decisions.ts";
 * const [decision] = exampleDecisions("f", [{ input: { x: 1 }, output: { y: 2 }, models: {}, calls: [] }]);
 * if (decision!.id !== "f example 1") throw new Error("unexpected");
 * ```
 */
export function exampleDecisions(name: string, examples: readonly Example[]): RecordedDecision[] {
  return examples.map(({ input, output, calls = [], now = 0, seed }, at) => ({
    id: `${name} example ${at + 1}`,
    input,
    output,
    nowMs: now,
    seed: seed ?? `${name} example ${at + 1}`,
    fetches: calls.flatMap((call) => {
      const { kind, name: host, reply } = call as { kind: string; name: string; reply: Json };
      return kind === "fetch" ? [{ function: name, name: host, reply }] : [];
    }),
    labels: {},
  }));
}
