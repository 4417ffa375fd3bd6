import { expect, test } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { newTopic, numbered, recordsOf, rejection } from "./conformance_support.ts";
import { type Bus, type KafkaLogin, openBus } from "./mod.ts";

const JAAS = "org.apache.kafka.common.security";
const kafka = useKafka({
  properties: {
    "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config":
      `${JAAS}.plain.PlainLoginModule required username="broker" password="b" user_broker="b" user_ann="hush";`,
    "listener.name.plaintext.scram-sha-256.sasl.jaas.config": `${JAAS}.scram.ScramLoginModule required;`,
  },
});

function open(sasl?: KafkaLogin): Promise<Bus> {
  const address = { kind: "kafka" as const, brokers: kafka().brokers };
  return openBus(sasl ? { ...address, sasl } : address, { brokerWaitMs: 1_500, onRetry: () => {} });
}

test("openBus() logs in by name and password", async () => {
  await using bus = await open({ mechanism: "PLAIN", username: "ann", password: "hush" });
  const topic = newTopic();
  await bus.createTopic(topic);
  await bus.append(topic, 0, numbered(0, 3));
  expect(await recordsOf(bus, topic)).toHaveLength(3);
});

test.each(["PLAIN", "SCRAM-SHA-256"] as const)(
  "openBus() ends at once, and tells no password, where %s refuses it",
  async (mechanism) => {
    const began = Date.now();
    const error = await rejection(open({ mechanism, username: "ann", password: "wrong-secret" })) as Error;
    expect(error.message).toMatch(/^Cannot open bus "kafka:\/\/127\.0\.0\.1:\d+" as its brokers must take it: .*auth/i);
    expect(error.message).not.toContain("wrong-secret");
    expect(Date.now() - began).toBeLessThan(1_500);
  },
);

test("openBus() without a name ends, naming the brokers, where one is wanted", async () => {
  const error = await rejection(open()) as Error;
  expect(error.message).toMatch(
    /^Cannot open bus "kafka:\/\/127\.0\.0\.1:\d+" as a broker of kafka:.* must answer within/,
  );
});
