import { BOOLEAN, type EventType, eventType, INTEGER, NAME, NUMBER, OFFSET } from "./event_type.ts";

/** How a node does, every second; `controlOffset` is the next offset of `control` that it will fold. */
export const HEALTH: EventType = eventType("health", {
  node: NAME,
  role: NAME,
  version: NAME,
  uptimeS: NUMBER,
  controlOffset: OFFSET,
  ready: BOOLEAN,
  degraded: BOOLEAN,
  inFlight: INTEGER,
  rssBytes: INTEGER,
  spillBytes: INTEGER,
  dropped: INTEGER,
  diskFreeBytes: INTEGER,
});
