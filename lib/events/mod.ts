/**
 * Events: CloudEvents, the standard types with their schemas, time, identity, canonical JSON and signatures.
 *
 * @module
 */
export { type CloudEvent, createEvent, type EventSpec, messageOf, parseEvent } from "./cloud_event.ts";
export type { EventType } from "./event_type.ts";
export { canonicalJson, type Json, sha256 } from "./json.ts";
export { compileSchema } from "./schema.ts";
export { signEvent, verifyEvent } from "./signature.ts";
export { RESERVED_TOPICS, STANDARD_EVENTS } from "./standard.ts";
export { isoMicros, nowMicros, parseMicros } from "./time.ts";
export { uuidOf, uuidv7 } from "./uuid.ts";
