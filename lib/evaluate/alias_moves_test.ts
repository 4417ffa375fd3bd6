import { afterEach, beforeEach, expect, test } from "vitest";
import type { Control } from "../control/mod.ts";
import { activateEndpoint, applyEndpoint, type PinSource } from "../endpoints/mod.ts";
import { compileSchema, sha256, STANDARD_EVENTS } from "../events/mod.ts";
import type { Models } from "../models/mod.ts";
import { KEY, type TestBench, testBench } from "./_test_bench.ts";
import { tellMovedAliases } from "./alias_moves.ts";
import { type ModelWatch, watchModels } from "./model_events.ts";
import { promoteModel } from "./promote_model.ts";

const REASON = { by: "ann", why: "test" };
const PRODUCT = { name: "flights", owner: "crew", businessCase: "fewer waits", tasks: ["T-1"], metrics: {} };

let bench: TestBench, control: Control, models: Models, watch: ModelWatch, told: Set<string>;

beforeEach(async () => {
  bench = await testBench();
  control = await bench.control();
  models = bench.models;
  watch = watchModels({ ...bench, key: KEY });
  told = new Set();
  for (const name of ["delay", "gate"]) {
    for (const intercept of [1, 2, 3]) await bench.log(name, intercept);
  }
  await activate("flight-delay", "1");
  await promoteModel("gate@1", { control, pins: PINS }, REASON);
  for (const name of ["delay", "gate"]) await models.setAlias(name, "champion", "1");
});
afterEach(() => bench[Symbol.asyncDispose]());

const PINS: PinSource = {
  findFunction: (name) =>
    Promise.resolve({ name, hash: sha256(name), output: {}, models: { delay: "delay@champion" }, budgetMs: 9 }),
  findModel: (ref) => models.get(ref),
  readDigest: (ref) => models.readDigest(ref),
  findVerdict: () => Promise.resolve({ verdict: "pass", failed: [] }),
};

async function activate(endpoint: string, version: string): Promise<void> {
  const call = `{ call: f, models: { delay: delay@${version} } }`;
  const text = `endpoint: ${endpoint}
contract: 1
budgetMs: 50
variants: [{ name: all, weight: 1, plan: { fallback: [${call}] } }]`;
  await applyEndpoint({ text, name: "e.yaml" }, PRODUCT, { ...bench, control, pins: PINS }, REASON);
  const readSchemas = () => Promise.resolve({ input: {}, output: {} });
  await activateEndpoint({ endpoint, ...REASON }, { ...bench, control, readSchemas });
}

async function round() {
  await watch.reconcile();
  return await tellMovedAliases(watch.known(), { ...bench, control, key: KEY, ownerOf: () => null, told });
}

const alerts = async () => (await bench.events("alert")).map(({ data }) => data);

test("an alias that moves away from what is in use is one alert and a proposed revision, and changes no traffic", async () => {
  expect(await round()).toEqual([]);
  const before = await control.state();
  for (const name of ["delay", "gate"]) await models.setAlias(name, "champion", "2");
  expect(await round()).toEqual([
    { alias: "delay@champion", version: "2", user: "endpoint flight-delay", changes: ["all/f: delay 1 → 2"] },
    { alias: "gate@champion", version: "2", user: "model gate", changes: [] },
  ]);
  const { endpoints, models: promoted } = await control.state();
  expect([endpoints["flight-delay"]!.active, promoted]).toEqual([
    before.endpoints["flight-delay"]!.active,
    before.models,
  ]);
  expect(Object.values(endpoints["flight-delay"]!.proposals)).toMatchObject([
    { by: "registry", why: "alias delay@champion names version 2 now" },
  ]);
  const found = await alerts();
  expect(found.map(compileSchema(STANDARD_EVENTS.alert!.schema))).toEqual([null, null]);
  expect(found).toMatchObject([
    {
      alert: "alias-moved",
      endpoint: "flight-delay",
      revision: endpoints["flight-delay"]!.active!.revision,
      owner: "crew",
      tasks: ["T-1"],
      runbook: expect.stringContaining('see "boathouse endpoint show flight-delay"'),
    },
    { alert: "alias-moved", owner: "ann", runbook: expect.stringContaining('run "boathouse promote model:gate@2"') },
  ]);
});

test("another process, or one that crashed before it told, adds nothing twice and leaves nothing out", async () => {
  await round();
  await models.setAlias("delay", "champion", "2");
  await watch.reconcile(); // and crashes: the event is there, the alert is not
  watch = watchModels({ ...bench, key: KEY });
  expect((await round()).map(({ user }) => user)).toEqual(["endpoint flight-delay"]);
  expect(await round()).toEqual([]);
  told = new Set();
  await Promise.all([round(), round()]);
  expect(await alerts()).toHaveLength(1);
  expect((await control.state()).offset).toBe(4);
});

test("an alias that comes back is no matter, one that moves on is told again", async () => {
  await round();
  await models.setAlias("delay", "champion", "2");
  await round();
  await models.setAlias("delay", "champion", "3");
  expect(await round()).toMatchObject([{ version: "3", changes: ["all/f: delay 1 → 3"] }]);
  await models.setAlias("delay", "champion", "1");
  expect(await round()).toEqual([]);
  await models.setAlias("delay", "champion", "2");
  expect(await round()).toMatchObject([{ version: "2" }]);
  expect(await alerts()).toHaveLength(3);
  await activate("flight-delay", "2");
  expect((await control.state()).endpoints["flight-delay"]!.proposals).toEqual({});
  expect(await round()).toEqual([]);
});
