import type { Json } from "../events/mod.ts";

/** A reply of a host of the past, under the function that asked. */
export interface RecordedFetch {
  /** Name of the function. */
  function: string;
  /** Name of the host. */
  name: string;
  /** The answer; absent where the host refused. */
  reply?: Json;
  /** The host's refusal. */
  error?: string;
}

/** A decision of the past, with all that is needed to make it again. */
export interface RecordedDecision {
  /** Id of the decision. */
  id: string;
  /** The request. */
  input: Json;
  /** What functions saw as now, in milliseconds since 1970. */
  nowMs: number;
  /** Seed of their randomness. */
  seed: string;
  /** Replies of hosts in the order of asking; models are asked anew. */
  fetches: readonly RecordedFetch[];
  /** What it should have answered, by name of the label. */
  labels: Readonly<Record<string, Json>>;
  /** The answer of a function's example; it stands in where no revision answers yet. */
  output?: Json;
}

/**
 * Makes what answers a call's questions to hosts from a decision's record: the nth question to a host gets the nth reply
 * that the same function got of it.
 *
 * @param decision the decision
 * @param name name of the function
 * @returns the reply to a host's next question
 * @throws {Error} by its result, with the host's refusal, or when nothing of that place is recorded
 * @example
 * ```ts
 * import { replyFrom } from "./recorded_decision.ts";
 * const fetches = [{ function: "f", name: "weather", reply: { status: 200 } }];
 * const reply = replyFrom({ fetches }, "f");
 * if (JSON.stringify(reply("weather")) !== '{"status":200}') throw new Error("unexpected");
 * ```
 */
export function replyFrom({ fetches }: Pick<RecordedDecision, "fetches">, name: string): (host: string) => Json {
  const asked = new Map<string, number>();
  return (host) => {
    const nth = asked.get(host) ?? 0;
    asked.set(host, nth + 1);
    const found = fetches.filter((each) => each.function === name && each.name === host)[nth];
    if (found?.reply !== undefined) return found.reply;
    throw new Error(found?.error ?? `Cannot answer fetch "${host}" as no reply to its question ${nth + 1} is recorded`);
  };
}
