import { DIGEST, type EventType, eventType, NAME, oneOf, SIGNATURE } from "./event_type.ts";

/** A model version came, went or changed its alias. */
export const MODEL: EventType = eventType("model", {
  model: NAME,
  version: NAME,
  digest: DIGEST,
  action: oneOf("created", "alias", "deleted"),
  by: NAME,
  signature: SIGNATURE,
}, { alias: NAME, previous: NAME });
