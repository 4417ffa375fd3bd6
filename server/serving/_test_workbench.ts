import { openBus } from "../../lib/bus/mod.ts";
import { loadSettings, type Settings } from "../../lib/config/mod.ts";
import { openControl, registerTopic } from "../../lib/control/mod.ts";
import {
  type Activated,
  activateEndpoint,
  type Applied,
  applyEndpoint,
  type PinSource,
  rollbackEndpoint,
} from "../../lib/endpoints/mod.ts";
import { type PromotedModel, promoteModel } from "../../lib/evaluate/mod.ts";
import { canonicalJson, type Json, sha256 } from "../../lib/events/mod.ts";
import { type HostSpec, nameManifest, readManifest } from "../../lib/functions/mod.ts";
import { buildOnnx, openModels } from "../../lib/models/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { registryOptions } from "../../lib/workbench/mod.ts";

/** Signing key of workbenches in tests. */
export const KEY = "k".repeat(32);

const REASON = { by: "test", why: "test" };
const PRODUCT = { name: "flights", owner: "o", businessCase: "b", tasks: ["t"], metrics: { squared_error: {} } };
const INPUT = {
  type: "object",
  properties: { route: { type: "string" }, hour: { type: "integer", minimum: 0, maximum: 23 } },
  required: ["route", "hour"],
};
const OUTPUT = { type: "object", properties: { minutes: { type: "number" } }, required: ["minutes"] };

/** What a function of a test is made of. */
export interface TestFunction {
  /** Body of `handler(input, ctx)`. */
  body: string;
  /** Declared models by alias. */
  models?: Record<string, string>;
  /** Declared lookups by alias. */
  lookups?: Record<string, string>;
  /** Declared hosts by name. */
  hosts?: Record<string, HostSpec>;
  /** Source map of the bundle, JSON. */
  map?: string;
  /** Inputs that warm it up. */
  examples?: Json[];
  /** JSON Schema of its input; route and hour unless given. */
  input?: Record<string, unknown>;
  /** JSON Schema of its output; minutes unless given. */
  output?: Record<string, unknown>;
}

/** A workbench in a temporary folder, without notebooks. */
export type TestWorkbench = Awaited<ReturnType<typeof openTestWorkbench>>;

/**
 * Opens a workbench in a temporary folder, with the parts that a serving node needs.
 *
 * @returns the parts, and short ways to promote, apply and activate
 */
export async function openTestWorkbench() {
  const stack = new AsyncDisposableStack();
  const root = await Deno.makeTempDir({ prefix: "boathouse-serving-" });
  await Deno.writeTextFile(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:0', serving: '127.0.0.1:0' }\n");
  const settings: Settings = loadSettings(root, {});
  const bus = stack.use(await openBus(settings.bus));
  const store = await openStore(settings.lake);
  const control = stack.use(await openControl({ bus, key: KEY, onAlert: () => {} }));
  const models = stack.use(await openModels({ store, ...registryOptions(settings) }));
  const bytes = (text: string) => new TextEncoder().encode(text);
  const pins: PinSource = {
    async findFunction(name) {
      const hash = (await control.state()).functions[name]?.hash;
      if (hash === undefined) return null;
      const { models, lookups, ...facts } = await readManifest(store, hash);
      return { ...facts, models: { ...models, ...lookups } };
    },
    findModel: (ref) => models.get(ref),
    readDigest: (ref) => models.readDigest(ref),
    findVerdict: () => Promise.resolve({ verdict: "pass", failed: [] }),
  };
  return {
    root,
    settings,
    bus,
    store,
    control,
    models,
    /** Promotes a function without a notebook. */
    async promote(
      name: string,
      { body, models = {}, lookups = {}, hosts = {}, map, examples = [], input = INPUT, output = OUTPUT }: TestFunction,
    ): Promise<string> {
      const bundle = `export default async function handler(input, ctx) { ${body} }`;
      const { hash, ...facts } = nameManifest({
        schema: 1,
        name,
        bundle: sha256(bundle),
        input,
        output,
        models,
        lookups,
        hosts,
        permissions: [],
        budgetMs: 10_000,
        memoryBytes: 64 * 2 ** 20,
      });
      const put = (part: string, text: string) => store.put(`objects/functions/${hash}/${part}`, bytes(text));
      await put("bundle.js", bundle);
      if (map !== undefined) await put("bundle.js.map", map);
      await put("examples.json", canonicalJson(examples.map((input) => ({ input }))));
      await put("manifest.json", canonicalJson({ hash, ...facts }));
      await control.append({
        op: "promote",
        target: name,
        revision: hash,
        expected: null,
        rule: 1,
        spec: hash,
        ...REASON,
      });
      return hash;
    },
    /** Logs a model that answers intercept + slope * hour. */
    async log(name: string, intercept: number, slope: number): Promise<string> {
      const onnx = buildOnnx({ intercept, slopes: { hour: slope } });
      return (await models.log(name, { onnx, example: { hour: 3 } })).version;
    },
    /** Promotes a version of a model, `name@version` or `name@alias`. */
    promoteModel: (ref: string): Promise<PromotedModel> => promoteModel(ref, { control, pins }, REASON),
    /** Applies an endpoint's file. */
    apply: (text: string): Promise<Applied> =>
      applyEndpoint({ text, name: "test.endpoint.yaml" }, PRODUCT, { store, control, pins }, REASON),
    /** Activates the newest revision of an endpoint. */
    activate: (endpoint: string): Promise<Activated> =>
      activateEndpoint({ endpoint, ...REASON }, { store, control, readSchemas: (hash) => readManifest(store, hash) }),
    /** Rolls an endpoint back. */
    rollback: (endpoint: string): Promise<Activated> => rollbackEndpoint({ endpoint, ...REASON }, { control }),
    /** Registers a topic. */
    topic: (name: string, type: string, schema: Record<string, unknown>) =>
      registerTopic({ control, store, bus }, name, { type, schema, key: "/route", partitions: 1 }, REASON),
    /** Reads all events of a topic of one partition. */
    async events(topic: string): Promise<Record<string, Json>[]> {
      if ((await bus.positions(topic))[0]!.high === 0) return [];
      const events: Record<string, Json>[] = [];
      for await (const batch of bus.read(topic, 0, 0)) {
        for (const { value } of batch.records()) events.push((value as { data: Record<string, Json> }).data);
      }
      return events;
    },
    [Symbol.asyncDispose]: async () => {
      await stack.disposeAsync();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** The endpoint of the flights, with models 1 and 2, route average and constant; its budgets outlast a busy machine. */
export const FLIGHT_DELAY = `endpoint: flight-delay
contract: 1
unit: /route
budgetMs: 20000
variants:
  - { name: control, weight: 0.9, plan: { fallback: [ { call: predictDelay, models: { delay: flight-delay@1 }, budgetMs: 10000 },
                                                      { call: averageDelay }, { value: { minutes: 0 } } ] } }
  - { name: candidate, weight: 0.1, plan: { fallback: [ { call: predictDelay, models: { delay: flight-delay@2 }, budgetMs: 10000 },
                                                        { call: averageDelay }, { value: { minutes: 0 } } ] } }
experiment: { hypothesis: "Two is better", primary: squared_error, guardrails: [latency_ms] }
`;

/**
 * Fills a workbench with what FLIGHT_DELAY names, and activates it.
 *
 * @param workbench an empty workbench
 * @returns digest of the revision
 */
export async function fillFlights(workbench: TestWorkbench): Promise<string> {
  await workbench.log("flight-delay", 1, 0.5);
  await workbench.log("flight-delay", 2, 0.5);
  await workbench.promote("predictDelay", {
    body: `const [minutes] = await ctx.call("model", "delay", [input]); return { minutes };`,
    models: { delay: "flight-delay@1" },
    examples: [{ route: "ORD-LGA", hour: 7 }],
  });
  await workbench.promote("averageDelay", {
    body: "return { minutes: 42 };",
    examples: [{ route: "ORD-LGA", hour: 7 }],
  });
  const { revision } = await workbench.apply(FLIGHT_DELAY);
  await workbench.activate("flight-delay");
  return revision;
}
