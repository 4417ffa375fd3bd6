import type { Bus, BusRecord } from "../../lib/bus/mod.ts";
import { isoMicros } from "../../lib/events/mod.ts";
import { timeOf } from "./time_of.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Prints records of a topic as they come, a line each; under --json as the items of one array. */
export const busTail = withWorkbench(async (workbench, { args, options, wantsJson, note, print }) => {
  const topic = args[0]!;
  const bus = await workbench.bus();
  const limit = options.limit === undefined ? Infinity : Number(options.limit);
  const starts = await startsOf(bus, topic, String(options.from), note);
  let count = 0;
  const show = async (record: BusRecord) => {
    const comma = count++ > 0 && wantsJson ? "," : "";
    await print(`${comma}${recordText(record)}\n`);
  };
  if (wantsJson) await print("[\n");
  if (limit > 0) {
    await follow(bus, topic, starts, async (record) => {
      if (count < limit) await show(record);
      return count < limit;
    });
  }
  if (wantsJson) await print("]\n");
  return { json: undefined, text: "" };
});

/** Reads all partitions until a signal ends it, or nothing more is wanted. */
async function follow(
  bus: Bus,
  topic: string,
  starts: readonly [partition: number, from: number][],
  take: (record: BusRecord) => Promise<boolean>,
): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, end);
  try {
    await Promise.all(starts.map(async ([partition, from]) => {
      for await (const batch of bus.read(topic, partition, from, { follow: true, signal: stop.signal })) {
        for (const record of batch.records()) if (!await take(record)) return end();
      }
    }));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    end();
    for (const signal of signals) Deno.removeSignalListener(signal, end);
  }
}

async function startsOf(
  bus: Bus,
  topic: string,
  from: string,
  note: (line: string) => void,
): Promise<[partition: number, from: number][]> {
  const positions = await bus.positions(topic);
  return await Promise.all(positions.map(async ({ partition, low, high }): Promise<[number, number]> => {
    if (from === "end") return [partition, high];
    if (!/^\d+$/.test(from)) return [partition, await bus.offsetAt(topic, partition, timeOf(from))];
    if (Number(from) < low) {
      note(`partition ${partition} begins at offset ${low}: what was before it is no longer on the bus`);
    }
    return [partition, Math.max(low, Number(from))];
  }));
}

/** A record as one line of JSON; a value that is JSON stays as it was written, digits past 2^53 included. */
function recordText(record: BusRecord): string {
  const { topic, partition, offset, key, busTimeMicros, eventTimeMicros, headers, producerId, sequence } = record;
  const head = JSON.stringify({
    topic,
    partition,
    offset,
    key,
    busTime: isoMicros(busTimeMicros),
    eventTime: eventTimeMicros === null ? null : isoMicros(eventTimeMicros),
    headers: headers.map(([name, bytes]) => ({ name, ...textOrBase64(bytes) })),
    producer: producerId,
    sequence,
  });
  const { json } = record;
  if (json !== null) return `${head.slice(0, -1)},"value":${json.replace(/[\r\n]+/g, " ")}}`;
  return `${head.slice(0, -1)},${JSON.stringify(textOrBase64(record.value as Uint8Array)).slice(1)}`;
}

function textOrBase64(bytes: Uint8Array): { value: string } | { valueBase64: string } {
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (cause) {
    if (cause instanceof TypeError) return { valueBase64: bytes.toBase64() };
    throw cause;
  }
}
