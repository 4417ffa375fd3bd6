import type { BusRecord } from "../bus/mod.ts";
import { type CloudEvent, compileSchema, type Json, parseEvent, STANDARD_EVENTS, verifyEvent } from "../events/mod.ts";

/** What may be asked of the control topic. */
export type ControlOp =
  | "topic"
  | "promote"
  | "apply"
  | "propose"
  | "approve"
  | "activate"
  | "rollback"
  | "rollout"
  | "retire"
  | "force"
  | "token"
  | "revoke";

/** A request to change what is served. */
export interface ControlRequest {
  /** What is to be done. */
  op: ControlOp;
  /** Name of the topic, function, endpoint or access token, or `model:` and the name of a model. */
  target: string;
  /** The endpoint's revision, or the model's version. */
  revision?: string;
  /** Offset of the activation that this one replaces; null for the first, and where nothing is activated. */
  expected: number | null;
  /** Version of the rules of the fold. */
  rule: 1;
  /** SHA-256 of the object that says what is asked for; it is in the store before the request is on the bus. */
  spec: string;
  /** The simulation that speaks for it. */
  simulation?: Json;
  /** Who asks. */
  by: string;
  /** Why. */
  why: string;
}

/** A record of the control topic as the fold sees it. */
export type ControlRecord =
  & {
    /** Offset on the topic. */
    offset: number;
    /** When the bus took it, microseconds since 1970. */
    atMicros: number;
  }
  & (
    | { kind: "request"; request: ControlRequest }
    | { kind: "unknown"; found: string }
    | { kind: "ignored"; reason: string }
  );

/** The operations of rule 1 that this version folds. */
export const KNOWN_OPS: readonly ControlOp[] = [
  "topic",
  "promote",
  "apply",
  "force",
  "propose",
  "activate",
  "rollback",
  "token",
  "revoke",
  "retire",
];

const TARGET = /^(?:model:)?[A-Za-z0-9][A-Za-z0-9_.-]{0,247}$/;

/**
 * Makes the reader of control records, which tells signed requests from everything else.
 *
 * @param key The workbench's signing key.
 * @returns A function from a record of the bus to what the fold takes; it never throws.
 *
 * @example
 * ```ts
 * import { recordReader } from "./request.ts";
 *
 * const read = recordReader("key");
 * const record = { topic: "control", partition: 0, offset: 0, key: null, busTimeMicros: 0, eventTimeMicros: null };
 * const read0 = read({ ...record, headers: [], value: { op: "activate" }, json: null, producerId: null, sequence: null });
 * console.assert(read0.kind === "ignored");
 * ```
 */
export function recordReader(key: string): (record: BusRecord) => ControlRecord {
  const problemOf = requestCheck();
  return (record) => {
    const place = { offset: record.offset, atMicros: record.busTimeMicros };
    const ignored = (reason: string): ControlRecord => ({ ...place, kind: "ignored", reason });
    const event = tryEvent(record.value);
    if (typeof event === "string") return ignored(event);
    if (event.type !== STANDARD_EVENTS.control!.type) return ignored(`its type is ${JSON.stringify(event.type)}`);
    if (!verifyEvent(event, key)) return ignored("it is unsigned or forged");
    const { signature: _, ...data } = event.data as Record<string, unknown>;
    if (data.rule !== 1) return { ...place, kind: "unknown", found: `rule ${JSON.stringify(data.rule)}` };
    if (!KNOWN_OPS.includes(data.op as ControlOp)) {
      return { ...place, kind: "unknown", found: `operation ${JSON.stringify(data.op)}` };
    }
    const problem = problemOf(event.data);
    return problem === null
      ? { ...place, kind: "request", request: data as unknown as ControlRequest }
      : ignored(problem);
  };
}

/**
 * Makes the check of signed requests.
 *
 * @returns A function that answers null for the signed data of a request, or the first reason why it is none.
 */
export function requestCheck(): (data: unknown) => string | null {
  const check = compileSchema(STANDARD_EVENTS.control!.schema);
  return (data) => {
    const problem = check(data);
    if (problem !== null) return problem;
    const { target, op, revision } = data as ControlRequest;
    const isModel = target.startsWith("model:");
    if (!TARGET.test(target) || (isModel && op !== "promote")) {
      return `/target must be a name: got ${JSON.stringify(target)}`;
    }
    const named = ["apply", "force", "propose", "activate"].includes(op) || isModel;
    return named && revision === undefined ? "/revision must be there: got nothing" : null;
  };
}

function tryEvent(value: unknown): CloudEvent | string {
  try {
    return parseEvent(value);
  } catch (cause) {
    if (cause instanceof TypeError) return cause.message;
    throw cause;
  }
}
