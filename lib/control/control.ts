import type { Bus } from "../bus/mod.ts";
import type { Store } from "../store/mod.ts";
import { createEvent, messageOf, signEvent, STANDARD_EVENTS } from "../events/mod.ts";
import { checkSame, historyInLake, historyOf } from "./_history.ts";
import { type ControlRecord, type ControlRequest, KNOWN_OPS, recordReader, requestCheck } from "./request.ts";
import type { ControlSnapshot } from "./snapshot.ts";
import { type Activation, type ControlState, decide, EMPTY_STATE, type Outcome } from "./state.ts";

const TOPIC = "control";

/** What became of a request that was appended. */
export type ControlAppended =
  | { offset: number; applied: true }
  | { offset: number; applied: false; reason: string; winner: Activation | null };

/** A record of the control topic that nobody follows. */
export interface ControlAlert {
  /** Offset on the topic. */
  offset: number;
  /** Why it is ignored. */
  reason: string;
}

/** The control topic, folded. */
export interface Control extends AsyncDisposable {
  /** Identity of the topic; another one has another history. */
  readonly incarnation: string;
  /**
   * Puts a request on the topic, folds up to it, and says what became of it there. Rejects with TypeError when the
   * request is malformed, RangeError when this version does not know its operation, Error when the state stands still.
   */
  append(request: ControlRequest): Promise<ControlAppended>;
  /** Folds up to the high watermark of now, and answers the state there. */
  state(): Promise<ControlState>;
  /** The state as folded so far, to be kept in a file for the next start. */
  snapshot(): ControlSnapshot;
  /** Calls back with the state of now and after each change, until the signal aborts. */
  follow(options: { signal: AbortSignal; onChange: (state: ControlState) => void }): Promise<void>;
}

/** What openControl is given. */
export interface ControlOptions {
  /** The bus. */
  bus: Bus;
  /** The workbench's signing key. */
  key: string;
  /** The store of the lake: where it holds a history of the topic, the bus must have it too. */
  store?: Store;
  /** The state of an earlier run, from loadState; offset 0 unless given. */
  snapshot?: ControlSnapshot | null;
  /** Is told of each unsigned, forged or malformed record; a line on standard error unless given. */
  onAlert?: (alert: ControlAlert) => void;
}

/**
 * Opens the control topic, and makes it, with one partition, where it is not there.
 *
 * @param options Bus, signing key, and where there is one the snapshot of an earlier run.
 * @returns The topic, folded from the snapshot on.
 * @throws {RangeError} When the snapshot, or the lake, knows another history than the bus has.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "./control.ts";
 *
 * await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
 * await using control = await openControl({ bus, key: "secret" });
 * const spec = "a".repeat(64);
 * await control.append({ op: "topic", target: "flights", expected: null, rule: 1, spec, by: "ann", why: "new" });
 * console.assert((await control.state()).topics.flights?.spec === spec);
 * ```
 */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { bus, key, store, snapshot, onAlert = report } = options;
  const { incarnation } = await bus.createTopic(TOPIC, { partitions: 1 });
  if (snapshot) checkSame("this node followed", historyOf(snapshot), { incarnation, end: await highOf(bus) });
  if (store) {
    const known = await historyInLake(store);
    if (known) checkSame("the lake holds", known, { incarnation, end: await highOf(bus) });
  }
  const read = recordReader(key);
  const problemOf = requestCheck();
  const exclusive = mutex();
  let state: ControlState = snapshot ? { ...snapshot.state, unready: null } : EMPTY_STATE;

  function take(record: ControlRecord): Outcome {
    const isNew = record.offset >= state.offset && state.unready === null;
    if (isNew && record.kind === "ignored") onAlert({ offset: record.offset, reason: record.reason });
    const decided = decide(state, record);
    state = decided.state;
    return decided.outcome;
  }

  async function advance(to: number): Promise<Outcome | undefined> {
    let last: Outcome | undefined;
    if (state.unready !== null || state.offset >= to) return last;
    for await (const batch of bus.read(TOPIC, 0, state.offset, { to })) {
      for (const record of batch.records()) last = take(read(record));
    }
    // Offsets may be sparse: what was read to its end is folded.
    if (state.unready === null && state.offset < to) state = { ...state, offset: to };
    return last;
  }

  async function append(request: ControlRequest): Promise<ControlAppended> {
    const event = sign(request, key, problemOf);
    await advance(await highOf(bus));
    if (state.unready !== null) {
      throw new Error(
        `Cannot append to topic "${TOPIC}" as its state stands still: ${state.unready}; start a newer version`,
      );
    }
    const { baseOffset: offset } = await bus.append(TOPIC, 0, [messageOf(event)]);
    const outcome = await advance(offset + 1);
    if (!outcome) {
      throw new Error(`Cannot append to topic "${TOPIC}" as the bus must give back offset ${offset}: got nothing`);
    }
    return { offset, ...outcome };
  }

  async function follow({ signal, onChange }: Parameters<Control["follow"]>[0]): Promise<void> {
    let shown: ControlState | undefined;
    const show = () => {
      if (shown !== state) onChange(shown = state);
    };
    await exclusive(async () => await advance(await highOf(bus)));
    show();
    try {
      for await (const batch of bus.read(TOPIC, 0, state.offset, { follow: true, signal })) {
        await exclusive(() => Promise.resolve(batch.records().forEach((record) => take(read(record)))));
        show();
      }
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }

  return {
    incarnation,
    append: (request) => exclusive(() => append(request)),
    state: () => exclusive(async () => (await advance(await highOf(bus)), state)),
    snapshot: () => ({ incarnation, state }),
    follow,
    [Symbol.asyncDispose]: () => exclusive(() => Promise.resolve()),
  };
}

function sign(request: ControlRequest, key: string, problemOf: (data: unknown) => string | null) {
  const problem = problemOf({ ...request, signature: "0".repeat(64) });
  if (problem !== null) throw new TypeError(`Cannot append control request as ${problem}`);
  if (request.rule !== 1) throw new RangeError(`Cannot append control request as /rule must be 1: got ${request.rule}`);
  if (!KNOWN_OPS.includes(request.op)) {
    const known = KNOWN_OPS.join(", ");
    throw new RangeError(
      `Cannot append control request as "${request.op}" is not in this version: use one of ${known}`,
    );
  }
  const { type } = STANDARD_EVENTS.control!;
  return signEvent(createEvent({ type, source: "/control", subject: request.target, data: request }), key);
}

async function highOf(bus: Bus): Promise<number> {
  return (await bus.positions(TOPIC))[0]?.high ?? 0;
}

function mutex(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

function report({ offset, reason }: ControlAlert): void {
  console.error(`Ignored the record at offset ${offset} of topic "${TOPIC}" as ${reason}`);
}
