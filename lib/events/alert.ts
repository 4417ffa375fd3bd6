import { type EventType, eventType, list, NAME, NUMBER, oneOf, SIGNATURE, TEXT, TIME } from "./event_type.ts";

/** Something that a person should look at. */
export const ALERT: EventType = eventType("alert", {
  alert: NAME,
  rule: NAME,
  state: oneOf("pending", "firing", "resolved"),
  severity: oneOf("page", "ticket"),
  owner: NAME,
  businessCase: NAME,
  tasks: list(NAME),
  runbook: TEXT,
  value: NUMBER,
  threshold: NUMBER,
  since: TIME,
  query: TEXT,
  signature: SIGNATURE,
}, { endpoint: NAME, revision: NAME, variant: NAME });
