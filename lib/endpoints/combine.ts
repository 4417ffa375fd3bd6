import { canonicalJson, type Json } from "../events/mod.ts";

/**
 * Averages answers of one shape: every number becomes the mean, all else must be equal.
 *
 * @param answers the answers, one at least
 * @returns the mean
 * @throws {RangeError} when answers differ in something that is no number; the message has a JSON pointer
 * @example
 * ```ts
 * import { meanOf } from "./combine.ts";
 * const mean = meanOf([{ minutes: 4 }, { minutes: 8 }]) as { minutes: number };
 * if (mean.minutes !== 6) throw new Error("unexpected");
 * ```
 */
export function meanOf(answers: readonly Json[]): Json {
  return mean(answers, "");
}

/**
 * Finds the answer that most gave; of several the first one.
 *
 * @param answers the answers, one at least
 * @returns the answer
 * @example
 * ```ts
 * import { voteOf } from "./combine.ts";
 * if (voteOf(["late", "on time", "on time"]) !== "on time") throw new Error("unexpected");
 * ```
 */
export function voteOf(answers: readonly Json[]): Json {
  const votes = new Map<string, { answer: Json; count: number }>();
  for (const answer of answers) {
    const key = canonicalJson(answer), found = votes.get(key);
    votes.set(key, { answer: found?.answer ?? answer, count: (found?.count ?? 0) + 1 });
  }
  return [...votes.values()].reduce((best, next) => next.count > best.count ? next : best).answer;
}

function mean(answers: readonly Json[], pointer: string): Json {
  const first = answers[0]!;
  // Each is divided before it is added: a sum of large numbers has no end.
  if (answers.every((answer) => typeof answer === "number")) {
    return answers.reduce((sum, answer) => sum + answer / answers.length, 0);
  }
  if (answers.every(Array.isArray)) {
    const lists = answers as Json[][];
    if (lists.some(({ length }) => length !== lists[0]!.length)) throw differs(answers, pointer);
    return lists[0]!.map((_, i) => mean(lists.map((list) => list[i]!), `${pointer}/${i}`));
  }
  if (answers.every(isObject)) {
    const names = Object.keys(first as object).sort();
    if (answers.some((answer) => Object.keys(answer).sort().join("\0") !== names.join("\0"))) {
      throw differs(answers, pointer);
    }
    return Object.fromEntries(
      names.map((name) => [name, mean(answers.map((one) => one[name]!), `${pointer}/${name}`)]),
    );
  }
  if (answers.some((answer) => canonicalJson(answer) !== canonicalJson(first))) throw differs(answers, pointer);
  return first;
}

function isObject(answer: Json): answer is { [name: string]: Json } {
  return typeof answer === "object" && answer !== null && !Array.isArray(answer);
}

function differs(answers: readonly Json[], pointer: string): RangeError {
  const shown = answers.map((answer) => JSON.stringify(answer).slice(0, 40)).join(", ");
  return new RangeError(`answers must be equal at ${pointer || "the top"} to have a mean: got ${shown}`);
}
