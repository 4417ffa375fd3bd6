import { afterAll, beforeAll, beforeEach } from "vitest";
import { type KafkaOptions, type KafkaPeer, startKafka } from "./kafka.ts";

const HOOK_MS = 300_000; // a broker starts in seconds, or in minutes where everything else runs too

/**
 * Gives the tests of a file a broker of Kafka. Where none can be had they are visibly skipped; with CI=true they fail.
 *
 * @param options how it is started
 * @returns a function that gives the broker inside a test
 */
export function useKafka(options: KafkaOptions = {}): () => KafkaPeer {
  let kafka: KafkaPeer | undefined, reason = "";
  beforeAll(async () => {
    try {
      kafka = await startKafka(options);
    } catch (error) {
      if (Deno.env.get("CI") === "true") throw error;
      reason = (error as Error).message;
    }
  }, HOOK_MS);
  beforeEach((context) => {
    if (!kafka) context.skip(reason);
  });
  afterAll(() => kafka?.[Symbol.asyncDispose]());
  return () => kafka!;
}
