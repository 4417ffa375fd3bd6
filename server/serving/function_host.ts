import { type FunctionSchemas, type PinnedCall, type PinnedModel, StepFailure } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { hostSecret } from "../../lib/config/mod.ts";
import {
  askHost,
  type HostSpec,
  loadBundle,
  readManifest,
  readSourceMap,
  stackMapper,
} from "../../lib/functions/mod.ts";
import type { Models, ModelSignature } from "../../lib/models/mod.ts";
import {
  type HostCalls,
  type HostRequest,
  openSandbox,
  type RecordedCall,
  type Sandbox,
  SandboxError,
} from "../../lib/sandbox/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import type { FunctionCall } from "./answer.ts";
import type { ModelCall } from "./answer_model.ts";
import { type Faults, InjectedFault, NO_FAULTS, suffer } from "./faults.ts";
import { holdModels } from "./held_models.ts";
import { predictSlices } from "./predict_slices.ts";
import type { PreparedModel } from "./served_models.ts";

/** What a call meets in place of the world outside. */
export interface Past {
  /** Answers a question to a host, by its number within the call; undefined = the host is asked. May throw its refusal. */
  replyOf(host: string, index: number): Json | undefined;
  /** Tells whether a call of this model is to fail. */
  fails?(model: string): boolean;
}

/** Runs promoted functions in sandboxes and does their model calls. */
export interface FunctionHost extends AsyncDisposable {
  /** Loads a function into its product's sandbox and its models into this process, and warms both up. */
  prepare(product: string, call: PinnedCall): Promise<FunctionSchemas>;
  /** Calls a function that was prepared; where there is a past, its answers stand in for hosts. */
  callFunction(call: FunctionCall, past?: Past): Promise<{ output: Json; calls: Json[] }>;
  /** Loads a model into this process, where functions that call it find it too, and warms it up. */
  prepareModel(model: PinnedModel): Promise<PreparedModel>;
  /** Answers rows by a model that was prepared. */
  callModel(call: ModelCall): Promise<Json[]>;
  /** Lets models leave memory but those of these digests; what else is asked for is loaded when it is. */
  keepModels(digests: ReadonlySet<string>): Promise<void>;
}

/** What a function host needs of its node. */
export interface FunctionHostOptions {
  /** Where bundles are stored. */
  store: Store;
  /** The model registry. */
  models: Pick<Models, "hold">;
  /** Faults in force. */
  faults: () => Faults;
}

/** A first call compiles, and loads pages: it may take longer than any later one. */
const WARM_UP_MS = 10_000;
const WARM_UPS = 3;

/** A call under way: which models its aliases mean, which hosts it may ask, and whether faults apply. */
interface Running {
  models: Record<string, PinnedModel>;
  hosts: Record<string, HostSpec>;
  faults: Faults;
  /** Answers of the past, in place of hosts. */
  past: Past | undefined;
  /** Ends with the call; null while it has asked no host. */
  ended: AbortController | null;
  /** When it must be answered, on the clock of `performance.now()`. */
  deadlineMs: number;
}

/** Each call brings its own. */
const NO_HOST: HostCalls = { call: () => Promise.reject(new Error("Cannot ask a host outside a call")) };

/** What calls need of a version beside its bundle. */
interface Known {
  hosts: Record<string, HostSpec>;
  /** From places in the bundle to cells of the notebook. */
  mapStack: (stack: string) => string;
}

/**
 * Opens a function host: one sandbox per product, opened when a function of it is prepared.
 *
 * @param options store, registry, faults
 * @returns the host; closing it ends the sandboxes
 */
export function openFunctionHost({ store, models, faults }: FunctionHostOptions): FunctionHost {
  const sandboxes = new Map<string, Promise<Sandbox>>();
  const loaded = new Map<string, Promise<FunctionSchemas>>();
  const known = new Map<string, Known>();
  const held = holdModels(models);
  const answer = async (call: Running, { kind, name, payload, index }: HostRequest): Promise<Json> => {
    if (!Object.hasOwn(kind === "fetch" ? call.hosts : call.models, name)) {
      throw new RangeError(`Cannot call ${kind} "${name}" as the function does not declare it`);
    }
    if (kind === "fetch") {
      const known = call.past?.replyOf(name, index);
      if (known !== undefined) return known;
      // To abort a signal takes as long as all else of a call.
      call.ended ??= new AbortController();
      const options = {
        secret: hostSecret,
        timeoutMs: call.deadlineMs - performance.now(),
        signal: call.ended.signal,
      };
      return { ...await askHost(name, call.hosts[name]!, payload, options) };
    }
    const model = call.models[name]!;
    if (call.past?.fails?.(model.name)) throw new InjectedFault(model.name);
    await suffer(call.faults, model.name, Math.random());
    const rows = (kind === "lookup" ? [payload] : payload) as Record<string, Json>[];
    const answers: Json[] = await (await held.get(model)).predict(rows);
    return kind === "lookup" ? answers[0]! : answers;
  };
  const sandboxOf = (product: string) => once(sandboxes, product, () => openSandbox({ product, host: NO_HOST }));
  const call = async (call: FunctionCall, faults: Faults, past?: Past) => {
    const sandbox = await sandboxOf(call.product);
    const { decision, nowMs, seed, budgetMs } = call;
    const { hosts, mapStack } = known.get(call.call.hash) ?? { hosts: {}, mapStack: (stack: string) => stack };
    const deadlineMs = performance.now() + budgetMs;
    const mine: Running = { models: call.call.models, hosts, faults, past, ended: null, deadlineMs };
    const host: HostCalls = { call: (request) => answer(mine, request) };
    try {
      const { output, calls } = await sandbox.call(call.call.hash, call.input, {
        decision,
        nowMs,
        seed,
        budgetMs,
        host,
      });
      return { output, calls: calls.map(shown) };
    } catch (error) {
      throw error instanceof SandboxError ? stepFailure(error, mapStack) : error;
    } finally {
      mine.ended?.abort();
    }
  };
  const load = async (product: string, hash: string): Promise<FunctionSchemas> => {
    const manifest = await readManifest(store, hash);
    const { budgetMs, memoryBytes, input, output } = manifest;
    const bundle = await loadBundle(store, manifest);
    known.set(hash, { hosts: manifest.hosts, mapStack: await readStackMapper(store, hash) });
    // The plan sets each call's budget; the function's own would end its warm-up.
    const longestMs = Math.max(budgetMs, WARM_UP_MS);
    await (await sandboxOf(product)).load({ hash, bundle, budgetMs: longestMs, memoryBytes });
    return { input, output };
  };
  const warmUp = async (product: string, pinned: PinnedCall) => {
    for (const { input, calls = [] } of (await readExamples(store, pinned.hash)).slice(0, WARM_UPS)) {
      const id = crypto.randomUUID();
      const context = { decision: `warm-up ${id}`, nowMs: Date.now(), seed: id, budgetMs: WARM_UP_MS };
      await call({ product, call: pinned, input, ...context }, NO_FAULTS, pastOf(calls)).catch((cause) => {
        throw new Error(
          `Cannot serve function "${pinned.call}" as its own example must be answered: ${(cause as Error).message}`,
          { cause },
        );
      });
    }
  };
  return {
    async prepare(product, pinned) {
      const schemas = await once(loaded, `${product} ${pinned.hash}`, () => load(product, pinned.hash));
      await Promise.all(Object.values(pinned.models).map(held.get));
      await warmUp(product, pinned);
      return schemas;
    },
    callFunction: (asked, past) => call(asked, faults(), past),
    async prepareModel(pinned) {
      const model = await held.get(pinned);
      const [sample = null] = await model.predict([zeroRow(model.signature)]).catch(() => []); // it may refuse such a row
      return { signature: model.signature, sample };
    },
    async callModel({ model, columns, count, budgetMs }) {
      await suffer(faults(), model.name, Math.random());
      return await predictSlices(await held.get(model), columns, count, budgetMs);
    },
    keepModels: held.keep,
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(sandboxes.values());
      for (const sandbox of opened) if (sandbox.status === "fulfilled") await sandbox.value[Symbol.asyncDispose]();
      await held[Symbol.asyncDispose]();
    },
  };
}

/** Replies that an example keeps stand in while a function is warmed up. */
function pastOf(calls: readonly Json[]): Past {
  return {
    replyOf(host, index) {
      const known = calls[index] as { kind: string; name: string; reply: Json } | undefined;
      return known?.kind === "fetch" && known.name === host ? known.reply : undefined;
    },
  };
}

// A payload follows from the input, so that a replay needs the reply only.
function shown({ kind, name, index, ms, reply, error }: RecordedCall): Json {
  return {
    kind,
    name,
    index,
    ms,
    ...(reply === undefined ? {} : { reply }),
    ...(error === undefined ? {} : { error }),
  };
}

function stepFailure(error: SandboxError, mapStack: Known["mapStack"]): StepFailure {
  const calls = (error.detail.calls ?? []).map(shown);
  const [, place] = /^ {4}at (?:.*\()?([^()]+?)\)?$/m.exec(mapStack(error.detail.stack ?? "")) ?? [];
  const message = place === undefined ? error.message : `${error.message} (at ${place})`;
  return new StepFailure(error.kind === "timeout" ? "timeout" : "error", message, calls, { cause: error });
}

// A version of an earlier Boathouse has a map of its bundle's own parts.
async function readStackMapper(store: Store, hash: string): Promise<Known["mapStack"]> {
  try {
    return stackMapper(await readSourceMap(store, hash));
  } catch (error) {
    if (error instanceof RangeError) return () => "";
    throw error;
  }
}

function zeroRow({ inputs }: ModelSignature): Record<string, number | string | boolean> {
  return Object.fromEntries(inputs.map(({ name, type }) => [name, type === "string" ? "" : type !== "boolean" && 0]));
}

async function readExamples(store: Store, hash: string): Promise<{ input: Json; calls?: Json[] }[]> {
  const path = `objects/functions/${hash}/examples.json`;
  if (!await store.exists(path)) return [];
  const text = new TextDecoder().decode(await store.get(path));
  return JSON.parse(text);
}

// What failed may be tried again; what succeeded, or is under way, is shared.
function once<T>(known: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> {
  const found = known.get(key);
  if (found) return found;
  const opened = open();
  known.set(key, opened);
  opened.catch(() => known.delete(key));
  return opened;
}
