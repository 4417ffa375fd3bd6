import { type EventType, eventType, INTEGER, NAME, OFFSET, oneOf, SIGNATURE } from "./event_type.ts";

/** Records `from` to `to` of a partition never reached the lake, or were there before and are no more on the bus. */
export const GAP: EventType = eventType("gap", {
  topic: NAME,
  incarnation: NAME,
  partition: INTEGER,
  from: OFFSET,
  to: OFFSET,
  reason: oneOf("retention", "recreated", "rewound"),
  signature: SIGNATURE,
});
