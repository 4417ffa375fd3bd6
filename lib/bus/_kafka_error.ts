import { ResponseError } from "@platformatic/kafka";

/** Codes of Kafka's protocol (org.apache.kafka.common.protocol.Errors) that are answered by something else than a wait. */
export const CODE = {
  offsetOutOfRange: 1,
  unknownTopic: 3,
  messageTooLarge: 10,
  listTooLarge: 18,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicExists: 36,
  outOfOrderSequence: 45,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
  memberIdRequired: 79,
  fencedProducer: 90,
  unknownTopicId: 100,
} as const;

const NETWORK = "PLT_KFK_NETWORK"; // the client's own code for time-outs too

/** Codes that pass by themselves: an election, a coordinator that loads, a broker that starts. */
const PASSING = new Set([
  3,
  5,
  6,
  7,
  8,
  9,
  13,
  14,
  15,
  16,
  19,
  20,
  41,
  51,
  56,
  72,
  74,
  75,
  78,
  88,
  89,
  100,
  103,
  107,
  110,
]);

/**
 * Finds the first error code in what a broker answered.
 *
 * @param error What was thrown.
 * @returns The code; null when it is no answer of a broker.
 */
export function codeOf(error: unknown): number | null {
  if (!(error instanceof ResponseError)) return null;
  const [first] = error.errors as { apiCode?: number }[];
  return first?.apiCode ?? null;
}

/**
 * Tells whether trying again may help: the network, or a broker that is not ready.
 *
 * @param error What was thrown.
 * @returns Whether it may pass.
 */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null) return PASSING.has(code);
  return leavesOf(error).every((leaf) => leaf.code === NETWORK && !saysWrongDoor(leaf));
}

/**
 * Says in a few words what went wrong.
 *
 * @param error What was thrown.
 * @returns For example `connect ECONNREFUSED 127.0.0.1:9092`.
 */
export function wordsOf(error: unknown): string {
  const words = leavesOf(error).map((leaf) => {
    const { apiId, serverErrorMessage } = leaf;
    const innermost = causeOf(leaf);
    return apiId ? `${apiId}${serverErrorMessage ? ` (${serverErrorMessage})` : ""}` : innermost.message;
  });
  return [...new Set(words)].join(", ");
}

type Leaf = Error & { code?: string; apiId?: string; serverErrorMessage?: string | null };

function leavesOf(error: unknown): Leaf[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(leavesOf);
  return [error instanceof Error ? error : new Error(String(error))];
}

function causeOf(error: Error): Error {
  return error.cause instanceof Error ? causeOf(leavesOf(error.cause)[0]!) : error;
}

/** A refused password or a missing TLS does not pass. */
function saysWrongDoor(error: Error): boolean {
  const { code } = causeOf(error) as Leaf;
  return code === "PLT_KFK_USER" || code === "PLT_KFK_AUTHENTICATION" || code === "PLT_KFK_PROTOCOL";
}

/**
 * Makes an error that is answered by trying again, as if a broker had said that it is not ready.
 *
 * @param words What is waited for.
 * @returns The error, to be thrown.
 */
export function passing(words: string): Error {
  return Object.assign(new Error(words), { code: NETWORK });
}
