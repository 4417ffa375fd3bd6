import { STANDARD_EVENTS } from "../events/mod.ts";

/** What the events of a topic must look like. */
export interface TopicSchema {
  /** Their CloudEvents type. */
  type: string;
  /** JSON Schema of their `data`. */
  schema: Record<string, unknown>;
}

/**
 * Finds what the events of a topic must look like: a standard topic has its schema always, others when one is registered.
 *
 * @param schemas The registered schemas by topic.
 * @param topic Name of the topic.
 * @returns The schema, or null when records of any shape are taken.
 */
export function topicSchema(schemas: ReadonlyMap<string, TopicSchema>, topic: string): TopicSchema | null {
  return Object.hasOwn(STANDARD_EVENTS, topic) ? STANDARD_EVENTS[topic]! : schemas.get(topic) ?? null;
}
