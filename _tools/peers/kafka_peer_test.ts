import { expect, test } from "vitest";
import { startKafka } from "./kafka.ts";
import { requirePeer } from "./python.ts";

const TOOLS = "org.apache.kafka.tools";

test("startKafka() starts a broker whose data survive a kill, and ends it", async (context) => {
  const kafka = await requirePeer(context, startKafka);
  try {
    const server = ["--bootstrap-server", kafka.brokers.join()];
    await kafka.run(`${TOOLS}.ConsoleProducer`, [...server, "--topic", "rows"], "one\ntwo\n");
    await kafka.restart("kill");
    const consume = [...server, "--topic", "rows", "--from-beginning", "--max-messages", "2"];
    expect(await kafka.run(`${TOOLS}.consumer.ConsoleConsumer`, consume)).toBe("one\ntwo\n");
    expect(await kafka.run(`${TOOLS}.GetOffsetShell`, [...server, "--topic", "rows"])).toBe("rows:0:2\n");
    await expect(startKafka({ port: kafka.port })).rejects.toThrow(
      /^Cannot start Kafka as it ended at once: [^]*Address already in use/,
    );
  } finally {
    await kafka[Symbol.asyncDispose]();
  }
  await expect(Deno.connect({ hostname: "127.0.0.1", port: kafka.port })).rejects.toThrow(
    Deno.errors.ConnectionRefused,
  );
  await expect(Deno.stat(kafka.dir)).rejects.toThrow(Deno.errors.NotFound);
}, 300_000);
