import type { Json } from "./json.ts";
import { isoMicros, nowMicros, parseMicros } from "./time.ts";
import { uuidv7 } from "./uuid.ts";

/** An event in the structured JSON mode of CloudEvents 1.0.2. */
export interface CloudEvent<T = unknown> {
  /** The version of the specification. */
  specversion: "1.0";
  /** Unique per source. */
  id: string;
  /** Who says so: a URI reference, for example `/notebooks/flights`. */
  source: string;
  /** What kind of event it is, for example `boathouse.label.v1`. */
  type: string;
  /** What it is about. */
  subject?: string;
  /** When it was true, RFC 3339. */
  time?: string;
  /** The media type of `data`; JSON unless given. */
  datacontenttype?: string;
  /** What the event says. */
  data: T;
  /** Extension attributes: names of lower-case letters and digits; text, booleans or integers. */
  [extension: string]: unknown;
}

/** What the caller of createEvent says about an event. */
export interface EventSpec<T> {
  /** What kind of event it is, for example `boathouse.label.v1`. */
  type: string;
  /** Who says so: a URI reference, for example `/notebooks/flights`. */
  source: string;
  /** What the event says. */
  data: T;
  /** What it is about; becomes the key of the record. */
  subject?: string;
  /** When it was true, RFC 3339; now unless given. */
  time?: string;
}

/**
 * Makes a CloudEvent with a fresh id.
 *
 * @param spec Type, source and data, and where known subject and time.
 * @returns The event; its id is a UUID version 7, its time has microseconds.
 * @throws {TypeError} When an attribute is malformed; the message names it.
 *
 * @example
 * ```ts
 * import { createEvent } from "./cloud_event.ts";
 *
 * const event = createEvent({ type: "boathouse.label.v1", source: "/docs", data: { decision: "d1", value: 3 } });
 * console.assert(event.specversion === "1.0" && event.data.value === 3);
 * ```
 */
export function createEvent<T>(spec: EventSpec<T>): CloudEvent<T> {
  const event: CloudEvent<T> = {
    specversion: "1.0",
    id: uuidv7(),
    source: spec.source,
    type: spec.type,
    ...(spec.subject === undefined ? {} : { subject: spec.subject }),
    time: spec.time ?? isoMicros(nowMicros()),
    data: spec.data,
  };
  for (const name of GIVEN) checkAttribute(name, event[name]);
  return event;
}

/**
 * Reads a value as a CloudEvent (CloudEvents 1.0.2, sections 2 and 3, and its JSON format, section 2).
 *
 * @param value Parsed JSON of unknown shape.
 * @returns The same value, typed.
 * @throws {TypeError} When it is no CloudEvent; the message names the attribute and what was found.
 *
 * @example
 * ```ts
 * import { parseEvent } from "./cloud_event.ts";
 *
 * const event = parseEvent({ specversion: "1.0", id: "1", source: "/a", type: "t", data: {} });
 * console.assert(event.type === "t");
 * ```
 */
export function parseEvent(value: unknown): CloudEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`Cannot read CloudEvent as it must be an object: got ${show(value)}`);
  }
  const event = value as Record<string, unknown>;
  for (const name of Object.keys(ATTRIBUTES)) checkAttribute(name, event[name]);
  if (event.data !== undefined && event.data_base64 !== undefined) {
    throw malformed("data_base64", "be absent beside data", event.data_base64);
  }
  for (const name of Object.keys(event)) checkExtension(name, event[name]);
  return event as unknown as CloudEvent;
}

/**
 * Turns an event into what a topic's append takes.
 *
 * @param event The event.
 * @returns Its subject as key, its time as event time in microseconds, and the whole event as value.
 * @throws {SyntaxError | RangeError} When its `time` is no RFC 3339 time of the years 1684 to 2255.
 *
 * @example
 * ```ts
 * import { createEvent, messageOf } from "./cloud_event.ts";
 *
 * const event = createEvent({ type: "t", source: "/a", subject: "ORD-LGA", data: 1, time: "1970-01-01T00:00:01Z" });
 * console.assert(messageOf(event).key === "ORD-LGA" && messageOf(event).eventTimeMicros === 1_000_000);
 * ```
 */
export function messageOf(event: CloudEvent): { key: string | null; eventTimeMicros: number | null; value: Json } {
  return {
    key: event.subject ?? null,
    eventTimeMicros: event.time === undefined ? null : parseMicros(event.time),
    value: event as unknown as Json,
  };
}

interface Attribute {
  required: boolean;
  must: string;
  fits(value: unknown): boolean;
}

const text = (required: boolean): Attribute => ({
  required,
  must: "be a text that is not empty",
  fits: (value) => typeof value === "string" && value.length > 0,
});

const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  specversion: { required: true, must: `be "1.0"`, fits: (value) => value === "1.0" },
  id: text(true),
  source: text(true),
  type: text(true),
  subject: text(false),
  datacontenttype: text(false),
  dataschema: text(false),
  time: { required: false, must: "be an RFC 3339 time of the years 1684 to 2255", fits: isTime },
  data_base64: { required: false, must: "be base64", fits: isBase64 },
};

/** Attributes of an event made here that its maker gave; the others are right as they are made. */
const GIVEN = ["source", "type", "subject", "time"] as const;

function checkAttribute(name: string, found: unknown): void {
  const { required, must, fits } = ATTRIBUTES[name]!;
  if ((found !== undefined || required) && !fits(found)) throw malformed(name, must, found);
}

function isTime(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    parseMicros(value);
    return true;
  } catch {
    return false;
  }
}

function isBase64(value: unknown): boolean {
  return typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function checkExtension(name: string, value: unknown): void {
  if (name === "data" || Object.hasOwn(ATTRIBUTES, name) || value === undefined) return;
  if (!/^[a-z0-9]+$/.test(name)) {
    throw new TypeError(
      `Cannot read CloudEvent as attribute names must be lower-case letters and digits: got ${show(name)}`,
    );
  }
  const fits = value === null || typeof value === "string" || typeof value === "boolean" || Number.isInteger(value);
  if (!fits) throw malformed(name, "be a text, a boolean or an integer", value);
}

function malformed(name: string, must: string, found: unknown): TypeError {
  return new TypeError(`Cannot read CloudEvent as attribute "${name}" must ${must}: got ${show(found)}`);
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
