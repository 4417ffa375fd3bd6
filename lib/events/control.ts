import { ANY, DIGEST, type EventType, eventType, INTEGER, NAME, OFFSET, oneOf, SIGNATURE, TEXT } from "./event_type.ts";

/** A request to change what is served; whether it applies is decided at its own offset. */
export const CONTROL: EventType = eventType("control", {
  op: oneOf(
    "topic",
    "promote",
    "apply",
    "propose",
    "approve",
    "activate",
    "rollback",
    "rollout",
    "retire",
    "force",
    "token",
    "revoke",
  ),
  target: NAME,
  expected: { ...OFFSET, type: ["integer", "null"] },
  rule: INTEGER,
  spec: DIGEST,
  by: NAME,
  why: TEXT,
  signature: SIGNATURE,
}, { revision: NAME, simulation: ANY });
