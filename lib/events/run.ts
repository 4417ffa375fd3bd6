import { ANY, type EventType, eventType, list, NAME, object, oneOf, OPEN, TEXT, TIME } from "./event_type.ts";

const DATASET = object({ namespace: TEXT, name: NAME }, { facets: OPEN, inputFacets: OPEN, outputFacets: OPEN });

/** A notebook or job ran: an OpenLineage RunEvent 2-0-2, unchanged. */
export const RUN: EventType = eventType("run", {
  eventTime: TIME,
  producer: NAME,
  schemaURL: NAME,
  run: object({ runId: NAME }, { facets: OPEN }),
  job: object({ namespace: NAME, name: NAME }, { facets: OPEN }),
}, {
  eventType: oneOf("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"),
  inputs: list(DATASET),
  outputs: list(DATASET),
  facets: ANY,
});
