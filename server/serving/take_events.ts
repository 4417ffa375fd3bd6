import { type Bus, DiskReserveError, type Message } from "../../lib/bus/mod.ts";
import { type CloudEvent, createEvent, type Json, messageOf, parseEvent } from "../../lib/events/mod.ts";
import { readBinaryEvent } from "./binary_event.ts";
import type { AcceptedType } from "./event_types.ts";
import { isDecisionId, SKEW_MS, timeOfId } from "./find_decision.ts";
import { misfit, Problem } from "../http/mod.ts";
import { mediaType, readJson } from "../http/mod.ts";

const MAX_BYTES = 16 * 1024 * 1024;
/** A record of the bus has at most a million bytes. */
const MAX_EVENT_BYTES = 1_000_000;
const MAX_EVENTS = 10_000;
/** Where events go whose type nobody registered. */
const UNREGISTERED = "events";
const STRUCTURED = "application/cloudevents+json";
const BATCH = "application/cloudevents-batch+json";

/** What taking events needs of its node. */
export interface TakeEffects {
  /** The bus. */
  bus: Pick<Bus, "publish">;
  /** Accepted types by CloudEvents type. */
  types: ReadonlyMap<string, AcceptedType>;
  /** Source of labels, a URI reference. */
  source: string;
}

/**
 * Takes events over HTTP, one in structured or binary mode or a batch (CloudEvents 1.0.2, HTTP protocol binding,
 * section 3), all or none. A type that nobody registered goes to topic `events`, unchecked.
 *
 * @param request the request
 * @param effects bus and accepted types
 * @returns how many events are durable now
 * @throws {Problem} 400, 403 reserved type, 413, 415, 422 with JSON pointer, 503 when the bus did not take them,
 *   507 when its disk is at its reserve
 */
export async function takeEvents(request: Request, effects: TakeEffects): Promise<{ accepted: number }> {
  const type = mediaType(request), isBatch = type === BATCH;
  const isBinary = request.headers.has("ce-specversion") && !type.startsWith("application/cloudevents");
  const value = isBinary
    ? await readBinaryEvent(request, MAX_EVENT_BYTES)
    : (await readJson(request, { maxBytes: MAX_BYTES, types: [STRUCTURED, BATCH] })).value;
  const events = listOf(value, isBatch).map((raw, i) => checkEvent(raw, isBatch ? `/${i}` : "", effects.types));
  return await publish(events, effects.bus);
}

/**
 * Takes labels over HTTP: one object `{decision, value, name?, at?}` or a list of them, all or none. A label of an unknown
 * decision is kept, as the decision may lie on another bus; where no decision can have its id, it is counted.
 *
 * @param request the request
 * @param effects bus and accepted types
 * @returns how many labels are durable now, and of them how many name what can be no decision
 * @throws {Problem} 400, 413, 415, 422 with JSON pointer, 503 when the bus did not take them,
 *   507 when its disk is at its reserve
 */
export async function takeLabels(request: Request, effects: TakeEffects): Promise<TakenLabels> {
  const { value } = await readJson(request, { maxBytes: MAX_BYTES, types: ["application/json"] });
  const isBatch = Array.isArray(value);
  const { fits, topic } = effects.types.get("boathouse.label.v1")!;
  const events = listOf(value, isBatch).map((raw, i) => {
    const place = isBatch ? `/${i}` : "";
    const data = withDefaults(raw, place);
    const reason = fits(data);
    if (reason !== null) throw misfit(reason, place);
    const event = createEvent({ type: "boathouse.label.v1", source: effects.source, subject: data.decision, data });
    return { topic, message: messageOf(event) };
  });
  const unknown = events.filter(({ message }) => !canBeDecision(message.key!)).length;
  return { ...await publish(events, effects.bus), unknown };
}

/** Labels that are durable. */
export interface TakenLabels {
  /** How many. */
  accepted: number;
  /** How many of them name what can be no decision. */
  unknown: number;
}

function canBeDecision(id: string): boolean {
  return isDecisionId(id) && timeOfId(id) <= Date.now() + SKEW_MS;
}

interface Routed {
  topic: string;
  message: Message;
}

function listOf(value: Json, isBatch: boolean): Json[] {
  if (!isBatch) return [value];
  if (!Array.isArray(value)) throw misfit("the value must be an array of events");
  if (value.length <= MAX_EVENTS) return value;
  throw new Problem(413, `A batch must hold at most ${MAX_EVENTS} events: got ${value.length}`);
}

function checkEvent(raw: Json, place: string, types: TakeEffects["types"]): Routed {
  let event: CloudEvent;
  try {
    event = parseEvent(raw);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const attribute = /attribute "([^"]*)"/.exec(error.message)?.[1];
    throw new Problem(422, error.message, { pointer: attribute === undefined ? place : `${place}/${attribute}` });
  }
  const type = types.get(event.type);
  if (type === undefined && !event.type.startsWith("boathouse.")) {
    return { topic: UNREGISTERED, message: messageOf(event) };
  }
  if (type === undefined) {
    throw new Problem(403, `The type "${event.type}" is reserved: types of Boathouse itself begin with "boathouse."`);
  }
  if (type.reserved) throw new Problem(403, `Topic "${type.topic}" is reserved for events of Boathouse itself`);
  const reason = type.fits(event.data);
  if (reason !== null) throw misfit(reason, `${place}/data`);
  return { topic: type.topic, message: messageOf(event) };
}

interface LabelData {
  decision: string;
  value: Json;
  name: string;
  at: string;
}

function withDefaults(raw: Json, place: string): LabelData {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) {
    throw misfit("the value must be an object {decision, value, name?, at?}", place);
  }
  const stray = Object.keys(raw).find((key) => !["decision", "value", "name", "at"].includes(key));
  if (stray !== undefined) throw misfit(`/${stray} must not be there`, place);
  // The schema checks what is defaulted here, and that decision is a text.
  return { name: "value", at: new Date().toISOString(), ...raw } as unknown as LabelData;
}

async function publish(events: Routed[], bus: TakeEffects["bus"]): Promise<{ accepted: number }> {
  const byTopic = Map.groupBy(events, ({ topic }) => topic);
  let accepted = 0;
  for (const [topic, routed] of byTopic) {
    try {
      await bus.publish(topic, routed.map(({ message }) => message));
    } catch (cause) {
      if (cause instanceof Problem) throw cause;
      const found = (cause as Error).message;
      if (cause instanceof DiskReserveError) {
        throw new Problem(507, found, { retryAfterS: 60, members: { accepted }, cause });
      }
      if (cause instanceof RangeError) throw new Problem(422, found, { cause, members: { accepted } });
      throw new Problem(503, `The bus did not take the events: ${found}`, {
        retryAfterS: 1,
        members: { accepted },
        cause,
      });
    }
    accepted += routed.length;
  }
  return { accepted };
}
