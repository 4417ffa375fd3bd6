import type { Bus } from "../bus/mod.ts";
import { loadSettings, type Settings, signingKey } from "../config/mod.ts";
import type { Control } from "../control/mod.ts";
import type { Ingest } from "../ingest/mod.ts";
import type { InputRead, Lake, Pin, Recorder } from "../lake/mod.ts";
import type { Models } from "../models/mod.ts";
import type { Store } from "../store/mod.ts";
import { registryOptions } from "./registry_options.ts";

/** The parts of one workbench, each opened when it is first asked for and closed with the workbench. */
export interface Workbench extends AsyncDisposable {
  /** Settings the workbench was opened with. */
  readonly settings: Settings;
  /** Key that signs events of reserved topics. */
  readonly key: string;
  /** The message bus. */
  bus(): Promise<Bus>;
  /** The object store under the lake. */
  store(): Promise<Store>;
  /** The control topic. */
  control(): Promise<Control>;
  /** The model registry. */
  models(): Promise<Models>;
  /** The lake, pinned at its first use. */
  lake(): Promise<Lake>;
  /** Bus to lake. */
  ingest(): Promise<Ingest>;
}

/** What a caller may pass in. */
export interface WorkbenchOptions {
  /** Is told of everything that is read from lake and registry. */
  recorder?: Recorder;
  /** Snapshot that the lake is read at. */
  pin?: Pin;
  /** Reads every table of the lake at the newest version until then; text such as `2001-05-31` is UTC. */
  asOf?: Date | string;
  /** Milliseconds after which a store or a bus that does not answer is given up without a word; longer, with notes, by default. */
  waitMs?: number;
}

/**
 * Opens a workbench; nothing is touched until a part is asked for.
 *
 * @param root folder that holds boathouse.yaml
 * @param options recorder of reads, pinned snapshot
 * @returns the workbench
 * @throws {SyntaxError | TypeError | RangeError} when boathouse.yaml is wrong
 * @example
 * ```ts
 * import { openWorkbench } from "./workbench.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * await using workbench = openWorkbench(dir);
 * const bus = await workbench.bus();
 * await bus.createTopic("rides");
 * ```
 */
export function openWorkbench(root: string, options: WorkbenchOptions = {}): Workbench {
  const reads: InputRead[] = [];
  const recorder: Recorder = {
    read(input) {
      reads.push(input);
      options.recorder?.read(input);
    },
    wrote: (output) => options.recorder?.wrote?.(output),
    unproven: (kind) => options.recorder?.unproven?.(kind),
  };
  const settings = loadSettings(root);
  const key = signingKey(settings);
  const { busWait, storeWait } = waits(options.waitMs);
  const stack = new AsyncDisposableStack();
  const part = <T extends AsyncDisposable | object>(open: () => Promise<T>): () => Promise<T> => {
    let opened: Promise<T> | undefined;
    return () => opened ??= open().then((value) => keep(stack, value));
  };
  const bus = part(async () => (await import("../bus/mod.ts")).openBus(settings.bus, busWait));
  const store = part(async () => (await import("../store/mod.ts")).openStore(settings.lake, storeWait));
  const control = part(async () => (await import("../control/mod.ts")).openControl({ bus: await bus(), key }));
  const schemas = async () => {
    const { topicSchemas } = await import("../control/mod.ts");
    return topicSchemas(await control(), await store());
  };
  const models = part(async () =>
    (await import("../models/mod.ts")).openModels({
      store: await store(),
      ...registryOptions(settings),
      recorder,
      recorded: () => reads.filter((input) => "table" in input),
    })
  );
  const lake = part(async () => {
    const [{ openLake }, { openTail }] = await Promise.all([import("../lake/mod.ts"), import("../ingest/mod.ts")]);
    const tail = openTail({ bus: await bus(), store: await store(), schemas: await schemas() });
    return openLake({
      store: await store(),
      tail,
      recorder,
      ...given("pin", options.pin),
      ...given("asOf", options.asOf),
    });
  });
  const ingest = part(async () =>
    (await import("../ingest/mod.ts")).openIngest({
      bus: await bus(),
      store: await store(),
      schemas: await schemas(),
      key,
    })
  );
  return {
    settings,
    key,
    bus,
    store,
    control,
    models,
    lake,
    ingest,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function waits(waitMs: number | undefined) {
  if (waitMs === undefined) return { busWait: {}, storeWait: {} };
  const onRetry = () => {};
  return {
    busWait: { brokerWaitMs: waitMs, lockWaitMs: waitMs, onRetry },
    storeWait: { timeoutMs: waitMs, limitMs: waitMs, attempts: 3, onRetry },
  };
}

function keep<T extends object>(stack: AsyncDisposableStack, value: T): T {
  if (Symbol.asyncDispose in value) stack.use(value as T & AsyncDisposable);
  return value;
}

function given<K extends string, V>(name: K, value: V | undefined): { [P in K]: V } | Record<never, never> {
  return value === undefined ? {} : { [name]: value } as { [P in K]: V };
}
