import { type Bus, checkTopic, type TopicInfo } from "../../lib/bus/mod.ts";
import { completenessOf, lagOf } from "../../lib/ingest/mod.ts";
import { checkTopicTable } from "../../lib/lake/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { explain } from "../commands/explain.ts";
import type { Finding } from "./finding.ts";

/**
 * Finds the newest record of the bus.
 *
 * @param bus the bus
 * @returns its topic and bus time; null when the bus is empty
 */
export async function newestRecord(bus: Bus): Promise<{ topic: string; busTimeMicros: number } | null> {
  let newest: { topic: string; busTimeMicros: number } | null = null;
  for (const { topic } of await bus.topics()) {
    for (const { partition, low, high } of await bus.positions(topic)) {
      if (high === low) continue;
      for await (const { count, busTimeMicros } of bus.read(topic, partition, high - 1, { to: high })) {
        if (count > 0 && busTimeMicros > (newest?.busTimeMicros ?? -Infinity)) newest = { topic, busTimeMicros };
      }
    }
  }
  return newest;
}

/**
 * Tells of a topic how far it is in the lake, and what stops it.
 *
 * @param bus the bus
 * @param store the store that holds the lake
 * @param info the topic
 * @returns one finding, or one for each partition that stands still
 */
export async function topicLag(bus: Bus, store: Store, info: TopicInfo): Promise<Omit<Finding, "part">[]> {
  const barred = await barredBy(store, info.topic);
  if (barred !== null) return [{ name: info.topic, state: "broken", detail: barred }];
  const lags = await lagOf(bus, store, info);
  const stopped = lags.filter((lag) => lag.stopped !== null);
  if (stopped.length > 0) {
    return stopped.map((lag) => ({ name: info.topic, state: "broken" as const, detail: lag.stopped! }));
  }
  const waiting = lags.reduce((sum, lag) => sum + lag.waiting, 0);
  const taken = lags.reduce((sum, { high }) => sum + high, 0);
  if (taken === 0) return [{ name: info.topic, state: "proved", detail: "no records yet" }];
  if (waiting === 0) return [await completeness(bus, store, info, taken)];
  const detail = `${waiting} of ${taken} offsets are on the bus only; queries see them, ingest is to move them`;
  return [{ name: info.topic, state: "proved", detail }];
}

/** What keeps a topic from having its table at all; null for nothing. */
async function barredBy(store: Store, topic: string): Promise<string | null> {
  try {
    checkTopic(topic);
    await checkTopicTable(store, topic);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return explain(error);
    throw error;
  }
}

/** Counts only tell something when nothing comes while they are made. */
async function completeness(bus: Bus, store: Store, info: TopicInfo, taken: number): Promise<Omit<Finding, "part">> {
  const name = info.topic;
  const { bus: records, lake, rejected, duplicates } = await completenessOf(bus, store, name);
  const after = await lagOf(bus, store, info);
  if (after.some(({ waiting }) => waiting > 0) || after.reduce((sum, { high }) => sum + high, 0) !== taken) {
    return { name, state: "proved", detail: "all offsets are in the lake but the newest, which came just now" };
  }
  const counts = `${records} records = ${lake} rows + ${rejected} that do not fit + ${duplicates} duplicates`;
  return records === lake + rejected + duplicates
    ? { name, state: "proved", detail: `complete in the lake: ${counts}` }
    : {
      name,
      state: "broken",
      detail: `the counts differ: ${counts.replace("=", "against")}; keep the bus and report it`,
    };
}
