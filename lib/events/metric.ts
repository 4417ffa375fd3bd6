import { ANY, type EventType, eventType, NAME, oneOf, OPEN, TEXT, TIME } from "./event_type.ts";

/** A number, or a sketch of many, measured from `start` to `end`; units by UCUM. */
export const METRIC: EventType = eventType("metric", {
  name: NAME,
  value: ANY,
  unit: TEXT,
  kind: oneOf("counter", "gauge", "sketch"),
  start: TIME,
  end: TIME,
  labels: OPEN,
});
