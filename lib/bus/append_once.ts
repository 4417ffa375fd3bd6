import { type CloudEvent, messageOf } from "../events/mod.ts";
import type { Bus } from "./bus.ts";

/**
 * Puts an event on a topic, which is made where it is missing. The event's own id is its producer, so that doing it
 * again adds nothing.
 *
 * @param bus the bus
 * @param topic name of the topic; of several partitions the first is used
 * @param event the event
 * @example
 * ```ts
 * import { createEvent } from "../events/mod.ts";
 * import { appendOnce } from "./append_once.ts";
 * import { openBus } from "./open_bus.ts";
 *
 * await using bus = await openBus({ kind: "sqlite", dir: await Deno.makeTempDir() });
 * const event = createEvent({ type: "note.v1", source: "/notes", subject: "a", data: { text: "hello" } });
 * for (const _ of [1, 2]) await appendOnce(bus, "notes", event);
 * ```
 */
export async function appendOnce(bus: Bus, topic: string, event: CloudEvent): Promise<void> {
  await ensureTopic(bus, topic);
  await bus.append(topic, 0, [messageOf(event)], { id: event.id, sequence: 0 });
}

/**
 * Makes a topic where it is missing; one that somebody made with more partitions stays as it is.
 *
 * @param bus the bus
 * @param topic name of the topic
 * @example
 * ```ts
 * import { ensureTopic } from "./append_once.ts";
 * import { openBus } from "./open_bus.ts";
 *
 * await using bus = await openBus({ kind: "sqlite", dir: await Deno.makeTempDir() });
 * for (const _ of [1, 2]) await ensureTopic(bus, "notes");
 * if ((await bus.topics()).length !== 1) throw new Error("unexpected");
 * ```
 */
export async function ensureTopic(bus: Bus, topic: string): Promise<void> {
  if (!(await bus.topics()).some((known) => known.topic === topic)) await bus.createTopic(topic);
}
