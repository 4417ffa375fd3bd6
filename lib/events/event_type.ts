/** A kind of event that every Boathouse understands. */
export interface EventType {
  /** One word, for example `inference`; also the name of its topic. */
  name: string;
  /** The CloudEvents type, `boathouse.<name>.v1`. */
  type: string;
  /** The topic that it goes to. */
  topic: string;
  /** JSON Schema of the event's `data`. */
  schema: Record<string, unknown>;
}

/** The schema of one property. */
export type Property = Record<string, unknown>;

/**
 * Describes a kind of event by the properties of its data.
 *
 * @param name One word.
 * @param required Properties that are always there, with their schemas.
 * @param optional Properties that may be absent, with their schemas.
 * @returns The kind; data may carry further properties.
 */
export function eventType(
  name: string,
  required: Record<string, Property>,
  optional: Record<string, Property> = {},
): EventType {
  const schema = object(required, optional);
  return { name, type: `boathouse.${name}.v1`, topic: name, schema };
}

/**
 * Writes the schema of an object.
 *
 * @param required Properties that are always there.
 * @param optional Properties that may be absent.
 * @returns The schema.
 */
export function object(required: Record<string, Property>, optional: Record<string, Property> = {}): Property {
  return { type: "object", required: Object.keys(required), properties: { ...required, ...optional } };
}

/**
 * Writes the schema of a text that is one of a few.
 *
 * @param values The words.
 * @returns The schema.
 */
export function oneOf(...values: string[]): Property {
  return { type: "string", enum: values };
}

/**
 * Writes the schema of a list.
 *
 * @param items The schema of each item.
 * @returns The schema.
 */
export function list(items: Property): Property {
  return { type: "array", items };
}

/** Any JSON. */
export const ANY: Property = {};
/** A text. */
export const TEXT: Property = { type: "string" };
/** A text that is not empty. */
export const NAME: Property = { type: "string", minLength: 1 };
/** A number. */
export const NUMBER: Property = { type: "number" };
/** A whole number. */
export const INTEGER: Property = { type: "integer" };
/** An offset of the bus. */
export const OFFSET: Property = { type: "integer", minimum: 0 };
/** Yes or no. */
export const BOOLEAN: Property = { type: "boolean" };
/** RFC 3339. */
export const TIME: Property = { type: "string", format: "date-time" };
/** An object of unknown properties. */
export const OPEN: Property = { type: "object" };
/** SHA-256 in hexadecimal. */
export const DIGEST: Property = { type: "string", pattern: "^[0-9a-f]{64}$" };
/** What signEvent adds. */
export const SIGNATURE: Property = DIGEST;
