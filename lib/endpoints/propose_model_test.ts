import { afterEach, beforeEach, expect, test } from "vitest";
import type { Control } from "../control/mod.ts";
import { sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import { controlBench, KEY } from "./_test_control.ts";
import { activateEndpoint } from "./activate_endpoint.ts";
import { applyEndpoint } from "./apply_endpoint.ts";
import { endpointHistory } from "./endpoint_history.ts";
import type { PinSource } from "./plan_revision.ts";
import { proposeModel, showProposals } from "./propose_model.ts";
import { loadRevision } from "./revision_store.ts";

const REASON = { by: "ann", why: "champion moved" };
const PRODUCT = { name: "flights", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
const pin = (ref: string) => {
  const [name, version] = ref.split("@") as [string, string];
  return { name, version, digest: sha256(ref) };
};
const PINS: PinSource = {
  findFunction: (name) =>
    Promise.resolve({
      name,
      hash: sha256(name),
      output: {},
      models: { delay: "delay@1", gate: "gate@1" },
      budgetMs: 9,
    }),
  findModel: (ref) => Promise.resolve(pin(ref)),
  readDigest: (ref) => Promise.resolve(sha256(ref)),
  findVerdict: () => Promise.resolve({ verdict: "pass", failed: [] }),
};
const fileOf = (endpoint: string, a: string, b: string) =>
  `endpoint: ${endpoint}
contract: 1
unit: /route
budgetMs: 50
variants:
  - { name: a, weight: 0.5, plan: { fallback: [{ call: f, models: { delay: delay@${a} } }, { value: 0 }] } }
  - { name: b, weight: 0.5, plan: { fallback: [{ call: f, models: { delay: delay@${b} } }, { value: 0 }] } }
shadow: [{ call: f, models: { delay: delay@${a} }, sample: 0.1 }]
`;

let bench: Awaited<ReturnType<typeof controlBench>>, control: Control, store: Store;

beforeEach(async () => {
  bench = await controlBench();
  ({ control, store } = bench);
});
afterEach(() => bench[Symbol.asyncDispose]());

const apply = (endpoint: string, a: string, b: string) =>
  applyEndpoint({ text: fileOf(endpoint, a, b), name: "e.yaml" }, PRODUCT, { store, control, pins: PINS }, REASON);
const activate = (endpoint: string, revision?: string) => {
  const readSchemas = () => Promise.resolve({ input: {}, output: {} });
  return activateEndpoint({ endpoint, ...REASON, ...(revision && { revision }) }, { store, control, readSchemas });
};
const propose = (ref: string, ...replaces: string[]) =>
  proposeModel({ model: pin(ref), replaces }, { store, control }, REASON);

test("proposeModel() proposes a revision of each active endpoint that calls a replaced version, once", async () => {
  for (const [name, b] of [["both", "1"], ["one", "3"], ["other", "1"]] as const) await apply(name, "1", b);
  await apply("none", "3", "2");
  for (const name of ["both", "one", "none"]) await activate(name);
  const found = await propose("delay@2", "1");
  expect(found.map(({ endpoint, changes, isNew }) => ({ endpoint, changes, isNew }))).toEqual([
    { endpoint: "both", changes: ["a/f: delay 1 → 2", "b/f: delay 1 → 2", "shadow/f: delay 1 → 2"], isNew: true },
    { endpoint: "one", changes: ["a/f: delay 1 → 2", "shadow/f: delay 1 → 2"], isNew: true },
  ]);
  const again = await propose("delay@2", "1");
  expect(again.map(({ revision, isNew }) => [revision, isNew])).toEqual(found.map(({ revision }) => [revision, false]));
  const { endpoints } = await control.state();
  expect(endpoints.other!.proposals).toEqual({});
  expect(await showProposals(store, endpoints.one!)).toEqual([
    { revision: found[1]!.revision, why: "champion moved", changes: ["a/f: delay 1 → 2", "shadow/f: delay 1 → 2"] },
  ]);
  const { spec } = await loadRevision(store, found[1]!.revision);
  expect(spec.variants.map(({ steps }) => (steps[0] as { models: unknown }).models)).toEqual([
    { delay: pin("delay@2"), gate: pin("gate@1") },
    { delay: pin("delay@3"), gate: pin("gate@1") },
  ]);
});

test("a proposed revision changes no traffic, and is the one that a file of the same content applies", async () => {
  const first = await apply("one", "1", "3");
  await activate("one");
  const { revision } = (await propose("delay@2", "1"))[0]!;
  expect((await control.state()).endpoints.one!.active!.revision).toBe(first.revision);
  await expect(activate("one", revision)).rejects.toThrow(
    `Cannot activate revision "${revision}" of endpoint "one" as it is only proposed: apply a file that says so`,
  );
  expect((await apply("one", "2", "3")).revision).toBe(revision);
  expect((await control.state()).endpoints.one!.proposals).toEqual({});
  expect(await activate("one", revision)).toMatchObject({ applied: true, revision });
  expect((await endpointHistory(bench.bus, KEY, "one")).map(({ op }) => op)).toEqual([
    "apply",
    "activate",
    "propose",
    "apply",
    "activate",
  ]);
});
