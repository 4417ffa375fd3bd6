import { BOOLEAN, type EventType, eventType, NAME, TEXT } from "./event_type.ts";

/** A unit of an experiment was really served a variant. */
export const EXPOSURE: EventType = eventType("exposure", {
  decision: NAME,
  endpoint: NAME,
  experiment: NAME,
  revision: NAME,
  variant: NAME,
  unit: TEXT,
  fallback: BOOLEAN,
});
