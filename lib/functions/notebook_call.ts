import {
  type AskKind,
  contextOf,
  type Declared,
  type FetchReply,
  type FetchRequest,
  type FunctionContext,
  type HostSpec,
} from "./context.ts";

/** A model or lookup of the registry, loaded. */
export interface LoadedModel {
  /** Its name. */
  name: string;
  /** Its version. */
  version: string;
  /** SHA-256 of its content. */
  digest: string;
  /** Answers rows. */
  predict(rows: readonly Record<string, unknown>[]): Promise<unknown[]>;
}

/** Who does what functions ask for when they are called in a notebook. */
export interface FunctionHost {
  /** The registry. */
  models: { load(ref: string): Promise<LoadedModel> };
  /** Asks a declared host. */
  fetch?(host: HostSpec, request: FetchRequest): Promise<FetchReply>;
  /** Makes the randomness of one call. */
  random?(seed: string): () => number;
}

/** What a function asked and got, as an example keeps it. */
export interface RecordedAsk {
  /** What kind of help it was. */
  kind: AskKind;
  /** The function's own name of it. */
  name: string;
  /** Of models and lookups: SHA-256 of the content of the version that answered. */
  digest?: string;
  /** The answer. */
  reply: unknown;
}

/** What is kept of one call beside input and output. */
export interface CallRecord {
  /** Versions of models and lookups that answered, by name. */
  models: Record<string, string>;
  /** What was asked, in the order of asking; null where no answer came. */
  calls: (RecordedAsk | null)[];
  /** What it saw as now, epoch milliseconds, where it looked. */
  now?: number;
  /** Seed of its randomness, where it drew from it. */
  seed?: string;
}

/**
 * Makes the context of one call in a notebook, by the same rules as when the function is served.
 *
 * @param declared what the function declares
 * @param host who answers; none where no workbench is open
 * @returns the context, and the record that is filled while the function runs
 */
export function recordCall(
  declared: Declared,
  host: FunctionHost | undefined,
): { context: FunctionContext; record: CallRecord } {
  const record: CallRecord = { models: {}, calls: [] };
  const open = (what: string): FunctionHost => {
    if (host) return host;
    throw new Error(`Cannot ask ${what} as no workbench is open: call open() first`);
  };
  const askModel = async (kind: "model" | "lookup", name: string, payload: unknown) => {
    const place = record.calls.push(null) - 1;
    const ref = (kind === "model" ? declared.models : declared.lookups)![name]!;
    const model = await open(`${kind} "${ref}"`).models.load(ref);
    const rows = (kind === "model" ? payload : [payload]) as Record<string, unknown>[];
    const answers = await model.predict(rows);
    const reply = kind === "model" ? answers : answers[0];
    record.models[model.name] = model.version;
    record.calls[place] = { kind, name, digest: model.digest, reply };
    return reply;
  };
  const askHost = async (name: string, request: FetchRequest) => {
    const place = record.calls.push(null) - 1;
    const { fetch } = open(`host "${name}"`);
    if (!fetch) throw new Error(`Cannot ask host "${name}" as this process asks none`);
    const reply = await fetch(declared.hosts![name]!, request);
    record.calls[place] = { kind: "fetch", name, reply };
    return reply;
  };
  let random: (() => number) | undefined;
  const context = contextOf(declared, {
    ask: (kind, name, payload) =>
      kind === "fetch" ? askHost(name, payload as FetchRequest) : askModel(kind, name, payload),
    now: () => record.now ??= Date.now(),
    random() {
      if (!random) {
        const { random: make } = open("for randomness");
        record.seed = crypto.randomUUID();
        random = make ? make(record.seed) : Math.random;
      }
      return random();
    },
  });
  return { context, record };
}
