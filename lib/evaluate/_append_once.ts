import type { Bus } from "../bus/mod.ts";
import { type CloudEvent, messageOf } from "../events/mod.ts";

/** Puts an event on its topic; the event's own id is its producer, so that doing it again adds nothing. */
export async function appendOnce(bus: Bus, topic: string, event: CloudEvent): Promise<void> {
  await ensureTopic(bus, topic);
  await bus.append(topic, 0, [messageOf(event)], { id: event.id, sequence: 0 });
}

/** A topic that somebody made with more partitions stays as it is. */
export async function ensureTopic(bus: Bus, topic: string): Promise<void> {
  if (!(await bus.topics()).some((known) => known.topic === topic)) await bus.createTopic(topic);
}
