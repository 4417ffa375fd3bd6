import { startKafka } from "../../_tools/peers/kafka.ts";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { busConformance } from "./conformance.ts";
import { openBus } from "./mod.ts";

let kafka: Awaited<ReturnType<typeof startKafka>> | undefined, reason = "";

beforeAll(async () => {
  try {
    kafka = await startKafka();
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    reason = (error as Error).message;
  }
});
beforeEach((context) => {
  if (!kafka) context.skip(reason);
});
afterAll(() => kafka?.[Symbol.asyncDispose]());

busConformance(() => openBus({ kind: "kafka", brokers: kafka!.brokers }));
