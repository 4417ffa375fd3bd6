import { createEvent, messageOf } from "../../lib/events/mod.ts";
import type { Bus, Message } from "../../lib/bus/mod.ts";
import { type Report, sleep } from "./injector.ts";
import { TYPE } from "./place.ts";
import type { Random } from "./random.ts";

/** What is known of one partition's records: all below `acknowledged`, and the batch that was tried last. */
export interface Progress {
  /** Number of the first record that was not acknowledged. */
  acknowledged: number;
  /** Number behind the last record of the batch in flight; as `acknowledged` when there is none. */
  tried: number;
}

/** What publishes, and how. */
export interface PublishPlan {
  /** Its bus. */
  bus: Bus;
  /** Name of the topic. */
  topic: string;
  /** Id of the producer; whoever resumes uses the same. */
  producerId: string;
  /** Where each partition stands. */
  progress: readonly Progress[];
  /** Decides sizes and pauses. */
  random: Random;
  /** Ledger: told before a batch is tried, and after it was acknowledged. */
  report(report: Report): void;
  /** Ends it. */
  signal: AbortSignal;
}

const PAUSE_MS = 15;

/**
 * Publishes numbered records to every partition until it is told to end. A batch that was not acknowledged is sent
 * again, exactly, before anything newer.
 *
 * @param plan what publishes
 */
export async function publish(plan: PublishPlan): Promise<void> {
  await Promise.all(plan.progress.map((progress, partition) => publishTo(plan, partition, progress)));
}

async function publishTo(plan: PublishPlan, partition: number, start: Progress): Promise<void> {
  const { bus, topic, producerId, random, report, signal } = plan;
  let { acknowledged: from, tried: to } = start;
  while (!signal.aborted || to > from) {
    if (to === from) to = from + 1 + random.below(20);
    const messages = Array.from({ length: to - from }, (_, i) => messageFor(partition, from + i));
    report({ type: "try", partition, from, to });
    try {
      await bus.append(topic, partition, messages, { id: producerId, sequence: from });
      report({ type: "ack", partition, from, to });
      from = to;
    } catch (error) {
      report({ type: "error", text: String(error) });
    }
    await sleep(random.below(2 * PAUSE_MS));
  }
}

function messageFor(partition: number, number: number): Message {
  const data = { n: number % 7 === 3 ? "late" : number };
  return { ...messageOf(createEvent({ type: TYPE, source: "/proof", data })), key: `${partition}-${number}` };
}
