import { compileSchema, RESERVED_TOPICS, STANDARD_EVENTS } from "../../lib/events/mod.ts";

/** A type of event that may be sent to this node. */
export interface AcceptedType {
  /** Topic that it goes to. */
  topic: string;
  /** True for topics that only Boathouse itself may enter. */
  reserved: boolean;
  /** Checks an event's data; null = it fits. */
  fits: (data: unknown) => string | null;
}

/** A topic's type and schema, as registered. */
export interface RegisteredType {
  /** CloudEvents type. */
  type: string;
  /** JSON Schema of the data. */
  schema: Record<string, unknown>;
}

/**
 * Compiles the types that events may have: the standard ones and those that products registered.
 *
 * @param registered types by topic
 * @returns accepted types by CloudEvents type
 * @throws {SyntaxError} when a schema is no JSON Schema
 */
export function compileTypes(registered: ReadonlyMap<string, RegisteredType>): ReadonlyMap<string, AcceptedType> {
  const types = new Map<string, AcceptedType>();
  for (const [topic, { type, schema }] of registered) {
    types.set(type, { topic, reserved: false, fits: compileSchema(schema) });
  }
  for (const { type, topic, schema } of Object.values(STANDARD_EVENTS)) {
    types.set(type, { topic, reserved: RESERVED_TOPICS.includes(topic), fits: compileSchema(schema) });
  }
  return types;
}
