import { type Bus, openBus } from "../bus/mod.ts";
import { type Control, openControl } from "../control/mod.ts";
import type { CloudEvent, Json } from "../events/mod.ts";
import { buildOnnx, type Models, openModels } from "../models/mod.ts";
import { openStore, type Store } from "../store/mod.ts";

/** Key that signs what the tests put on the bus. */
export const KEY = "k".repeat(32);

/** Bus, store, control topic and registry of a test. */
export interface TestBench extends AsyncDisposable {
  dir: string;
  store: Store;
  bus: Bus;
  models: Models;
  /** The control topic, made when it is first asked for. */
  control(): Promise<Control>;
  /** Logs a version of a model, of other content for another intercept, and gives its reference. */
  log(name: string, intercept: number, metrics?: Record<string, number>): Promise<string>;
  /** The events of a topic; none where it is not there. */
  events(topic: string): Promise<CloudEvent<Record<string, Json>>[]>;
}

/**
 * Opens them, as another process would where a folder is given.
 *
 * @param given the folder; by default a new one, which goes along when it is disposed of
 * @returns the bench
 */
export async function testBench(given?: string): Promise<TestBench> {
  await using stack = new AsyncDisposableStack();
  const dir = given ?? await Deno.makeTempDir();
  if (given === undefined) stack.defer(() => Deno.remove(dir, { recursive: true }));
  const store = await openStore({ kind: "directory", dir });
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  const models = stack.use(await openModels({ store, dir: `${dir}/registry` }));
  let control: Promise<Control> | undefined;
  const kept = stack.move();
  return {
    dir,
    store,
    bus,
    models,
    control: () => control ??= openControl({ bus, key: KEY }).then((opened) => kept.use(opened)),
    async log(name, intercept, metrics = {}) {
      const onnx = buildOnnx({ intercept, slopes: { km: 1 } });
      const { version } = await models.log(name, { onnx, example: { km: 1 }, metrics });
      return `${name}@${version}`;
    },
    async events(topic) {
      const found: CloudEvent<Record<string, Json>>[] = [];
      if ((await bus.topics()).every((known) => known.topic !== topic)) return found;
      for await (const batch of bus.read(topic, 0, 0)) {
        found.push(...batch.records().map(({ value }) => value as unknown as CloudEvent<Record<string, Json>>));
      }
      return found;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
