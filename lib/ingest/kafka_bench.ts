import { join } from "node:path";
import { startKafka } from "../../_tools/peers/kafka.ts";
import { openBus } from "../bus/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./mod.ts";
import { flight, micros, schemas, TOPIC } from "./testdata/flights.ts";

// From a Kafka broker to committed Parquet. Fetching and unpacking records in JavaScript takes most of it.

const RECORDS = 200_000;
const BATCH = 1000;

const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  await using kafka = await startKafka();
  await using bus = await openBus({ kind: "kafka", brokers: kafka.brokers });
  await bus.createTopic(TOPIC, { partitions: 2 });
  for (let start = 0; start < RECORDS; start += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => flight(start + i));
    await bus.publish(
      TOPIC,
      events.map((value) => ({ key: value.subject, eventTimeMicros: micros(value.time), value })),
    );
  }
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  await using ingest = await openIngest({ bus, store, schemas: () => Promise.resolve(schemas), key: "bench" });
  const began = performance.now();
  await ingest.flush([TOPIC]);
  const value = Math.round(RECORDS / (performance.now() - began) * 1000);
  const { lake: rows } = await ingest.completeness(TOPIC);
  if (rows !== RECORDS) throw new Error(`Cannot measure as ${RECORDS} rows must be in the lake: got ${rows}`);
  console.log(JSON.stringify({ name: "Kafka to committed Parquet", value, unit: "records/s" }));
}
