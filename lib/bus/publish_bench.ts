import { join } from "node:path";
import { type Bus, type Message, openBus } from "./mod.ts";
import { compare, flights, insertRows, openRows, padded, rate } from "./testdata/bench.ts";

// Durable publish in batches of 100 against bare node:sqlite with a row per record (WAL, synchronous=FULL, a commit for
// 100 records). One in flight: a caller that awaits each batch. Eight in flight: eight such callers in one process. A row
// per batch is what the disk allows.

const TOTAL = 4_000, SIZE = 100, ROUNDS = 50; // short rounds: one of them meets a quiet moment of the machine
const PEER = "node:sqlite, a row per record, synchronous=FULL, commits of 100";
const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
try {
  await run();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function run(): Promise<void> {
  await using bus = await openBus({ kind: "sqlite", dir });
  using rows = openRows(join(dir, "rows.db"));
  let topics = 0;
  for (const [what, messages] of [["records of 200 bytes", padded(TOTAL)], ["flights", flights(TOTAL)]] as const) {
    const theirs = () => rate(TOTAL, () => insertRows(rows, topics++, messages, SIZE));
    for (const inFlight of [1, 8]) {
      for (const partitions of [1, 2]) {
        await compare({
          name: `publish ${what}, batches of 100, ${partitions} partition${
            partitions > 1 ? "s" : ""
          }, ${inFlight} in flight`,
          unit: "records/s",
          peer: PEER,
          ours: () => publish(bus, messages, inFlight, partitions),
          theirs,
        }, ROUNDS);
      }
    }
    await compare({
      name: `bare row per batch, ${what}`,
      unit: "records/s",
      peer: PEER,
      ours: () => rate(TOTAL, () => insertRows(rows, topics++, joined(messages), 1)),
      theirs,
    }, ROUNDS);
  }
}

async function publish(bus: Bus, messages: readonly Message[], inFlight: number, partitions: number): Promise<number> {
  const topic = crypto.randomUUID();
  await bus.createTopic(topic, { partitions });
  let at = 0;
  const publisher = async (): Promise<void> => {
    for (let start = at; start < messages.length; start = at) {
      at += SIZE;
      await bus.publish(topic, messages.slice(start, start + SIZE));
    }
  };
  return await rate(messages.length, () => Promise.all(Array.from({ length: inFlight }, publisher)));
}

/** A message for each batch, holding its lines. */
function joined(messages: readonly Message[]): Message[] {
  const line = JSON.stringify(messages[0]!.value).repeat(SIZE);
  return Array.from({ length: messages.length / SIZE }, () => ({ key: "", eventTimeMicros: 0, value: line }));
}
