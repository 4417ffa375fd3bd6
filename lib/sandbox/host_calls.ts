import type { Json } from "../events/mod.ts";

/** What a function asks its host for: the answer of a model, a lookup or a fetch. */
export type HostCallKind = "model" | "lookup" | "fetch";

/** One question of a function to its host. */
export interface HostRequest {
  /** What kind of help it wants. */
  kind: HostCallKind;
  /** Name as the function declares it, for a model its alias inside the function. */
  name: string;
  /** What it asks. */
  payload: Json;
  /** Decision that the call belongs to. */
  decision: string;
  /** Number of the question within its call, from 0. */
  index: number;
  /** Hash of the function that asks. */
  hash: string;
}

/** The host's side of a sandbox: it decides what a function may have. */
export interface HostCalls {
  /** Answers one question; a rejection reaches the function as an Error with the same message. */
  call(request: HostRequest): Promise<Json>;
}

/** A question as it was asked and answered, enough to answer it again. */
export interface RecordedCall {
  /** What kind of help it was. */
  kind: HostCallKind;
  /** Name as the function declares it. */
  name: string;
  /** Number of the question within its call, from 0. */
  index: number;
  /** What was asked. */
  payload: Json;
  /** The answer; absent when the host refused. */
  reply?: Json;
  /** The host's refusal. */
  error?: string;
  /** Milliseconds that the host took. */
  ms: number;
}

/** The reply as it travels into the worker. */
export type HostReply = { value: Json } | { error: string };

/** Host calls of one call into the sandbox, remembered so that a second run gets the same replies. */
export interface CallLedger {
  /** Answers a question: from memory when this index was asked the same before, else from the host. */
  ask(request: HostRequest): Promise<HostReply>;
  /** What was asked and answered, by index. */
  recorded(): RecordedCall[];
}

interface Entry {
  request: HostRequest;
  reply: Promise<HostReply>;
  record: RecordedCall | null;
}

/**
 * Opens the ledger of one call: every question goes to the host once, however often the call is sent.
 *
 * @param host Who answers.
 * @returns The ledger.
 */
export function openLedger(host: HostCalls): CallLedger {
  const entries = new Map<number, Entry>();
  return {
    ask(request) {
      const known = entries.get(request.index);
      if (known && isSame(known.request, request)) return known.reply;
      const entry: Entry = { request, record: null, reply: Promise.resolve({ error: "" }) };
      entry.reply = answer(host, request, (record) => entry.record = record);
      entries.set(request.index, entry);
      return entry.reply;
    },
    recorded: () =>
      [...entries.values()].flatMap((entry) => entry.record ? [entry.record] : []).sort((a, b) => a.index - b.index),
  };
}

function isSame(one: HostRequest, other: HostRequest): boolean {
  const question = ({ kind, name, payload }: HostRequest) => JSON.stringify([kind, name, payload]);
  return question(one) === question(other);
}

async function answer(
  host: HostCalls,
  request: HostRequest,
  record: (call: RecordedCall) => void,
): Promise<HostReply> {
  const { kind, name, index, payload } = request;
  const begun = performance.now();
  const ms = () => Math.round((performance.now() - begun) * 1000) / 1000;
  try {
    const reply = await host.call(request);
    record({ kind, name, index, payload, reply, ms: ms() });
    return { value: reply };
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    record({ kind, name, index, payload, error, ms: ms() });
    return { error };
  }
}
