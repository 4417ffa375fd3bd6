import { appendOnce, type Bus } from "../bus/mod.ts";
import { createEvent, isoMicros, nowMicros, signEvent, STANDARD_EVENTS, uuidOf } from "../events/mod.ts";

/** What a person should look at. */
export interface ModelAlert {
  /** Kind of the alert, such as `evaluation-failed`. */
  alert: string;
  /** What it is about, such as `flight-delay@3`; the same kind about the same thing is told once. */
  rule: string;
  /** What happened, for people. */
  runbook: string;
  /** What was found. */
  value: number;
  /** What it is compared with. */
  threshold: number;
  /** SQL over the lake that shows more. */
  query: string;
  /** Endpoint that it is about. */
  endpoint?: string;
  /** Revision of the endpoint that answers. */
  revision?: string;
  /** Whose it is. */
  product: { owner: string; businessCase: string; tasks: readonly string[] };
}

const TYPE = STANDARD_EVENTS.alert!;

/**
 * Puts an alert on the bus, once: the same alert about the same thing adds nothing.
 *
 * @param parts bus, and the key that signs reserved events
 * @param alert what a person should look at
 */
export async function alertOnce({ bus, key }: { bus: Bus; key: string }, alert: ModelAlert): Promise<void> {
  const { product, ...rest } = alert;
  const data = {
    ...rest,
    state: "firing",
    severity: "ticket",
    owner: product.owner,
    businessCase: product.businessCase,
    tasks: [...product.tasks],
    since: isoMicros(nowMicros()),
  };
  const event = createEvent({ type: TYPE.type, source: "/evaluate", subject: alert.rule, data });
  const id = uuidOf(JSON.stringify([TYPE.type, alert.alert, alert.rule]));
  await appendOnce(bus, TYPE.topic, signEvent({ ...event, id }, key));
}
