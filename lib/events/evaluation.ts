import { ANY, DIGEST, type EventType, eventType, list, NAME, oneOf, OPEN, SIGNATURE } from "./event_type.ts";

/** The verdict on one model version, by the thresholds of its product. */
export const EVALUATION: EventType = eventType("evaluation", {
  model: NAME,
  version: NAME,
  digest: DIGEST,
  notebook: NAME,
  run: NAME,
  inputs: list(ANY),
  metrics: OPEN,
  thresholds: OPEN,
  verdict: oneOf("pass", "fail"),
  failed: list(NAME),
  signature: SIGNATURE,
}, { champion: NAME });
