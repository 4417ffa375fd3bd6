import {
  ANY,
  BOOLEAN,
  type EventType,
  eventType,
  INTEGER,
  list,
  NAME,
  NUMBER,
  object,
  oneOf,
  OPEN,
  TEXT,
} from "./event_type.ts";

const CALL = object({ kind: oneOf("model", "lookup", "fetch"), name: NAME, ms: NUMBER }, {
  index: INTEGER,
  reply: ANY,
  error: TEXT,
});
const STEP = object(
  { step: NAME, outcome: oneOf("ok", "error", "timeout", "schema", "open", "condition"), ms: NUMBER },
  { function: NAME, calls: list(CALL), input: ANY, output: ANY },
);

/** An answer that an endpoint or a function gave: a decision with all that is needed to replay it. */
export const INFERENCE: EventType = eventType("inference", {
  decision: NAME,
  configOffset: INTEGER,
  input: ANY,
  status: oneOf("ok", "fallback", "error"),
  path: list(STEP),
  models: OPEN,
  now: INTEGER,
  seed: TEXT,
  latencyMs: NUMBER,
  queueMs: NUMBER,
  shadow: BOOLEAN,
}, {
  endpoint: NAME,
  function: NAME,
  revision: NAME,
  variant: NAME,
  unit: TEXT,
  output: ANY,
  error: object({ type: TEXT, detail: TEXT }),
  traceparent: TEXT,
});
