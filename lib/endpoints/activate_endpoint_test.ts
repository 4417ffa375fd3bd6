import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bus } from "../bus/mod.ts";
import type { Control } from "../control/mod.ts";
import { sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import { controlBench, KEY } from "./_test_control.ts";
import { activateEndpoint, rollbackEndpoint } from "./activate_endpoint.ts";
import { applyEndpoint } from "./apply_endpoint.ts";
import { endpointHistory } from "./endpoint_history.ts";
import type { PinSource } from "./plan_revision.ts";
import { loadRevision } from "./revision_store.ts";

const PRODUCT = { name: "flights", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
const REASON = { by: "ann", why: "test" };
const number = { type: "number" }, text = { type: "string" };

// Function f1 answers minutes, f2 minutes and a reason, f3 minutes as text.
const SCHEMAS: Record<string, { input: Record<string, unknown>; output: Record<string, unknown> }> = {
  f1: { input: { type: "object" }, output: { type: "object", properties: { minutes: number } } },
  f2: { input: { type: "object" }, output: { type: "object", properties: { minutes: number, reason: text } } },
  f3: { input: { type: "object" }, output: { type: "object", properties: { minutes: text } } },
};
const pins: PinSource = {
  findFunction: (ref) =>
    Promise.resolve({ name: ref, hash: sha256(ref), output: SCHEMAS[ref]!.output, models: {}, budgetMs: 10 }),
  findModel: () => Promise.resolve(null),
  findVerdict: () => Promise.resolve(null),
  readDigest: () => Promise.reject(new Error("no model is read")),
};
const readSchemas = (hash: string) =>
  Promise.resolve(Object.entries(SCHEMAS).find(([name]) => sha256(name) === hash)![1]);

let bench: Awaited<ReturnType<typeof controlBench>>, bus: Bus, control: Control, store: Store;

beforeEach(async () => {
  bench = await controlBench();
  ({ bus, control, store } = bench);
});
afterEach(() => bench[Symbol.asyncDispose]());

function apply(call: string, contract = 1, more = "") {
  const text = `endpoint: delay\ncontract: ${contract}\nbudgetMs: 50\n${more}` +
    `variants: [{ name: a, weight: 1, plan: { fallback: [{ call: ${call} }] } }]\n`;
  return applyEndpoint({ text, name: "delay.endpoint.yaml" }, PRODUCT, { store, control, pins }, REASON);
}

const activate = (more: Partial<Parameters<typeof activateEndpoint>[0]> = {}) =>
  activateEndpoint({ endpoint: "delay", ...REASON, ...more }, { store, control, readSchemas });
const rollback = (more: { expected?: number } = {}) =>
  rollbackEndpoint({ endpoint: "delay", ...REASON, ...more }, { control });

test("applyEndpoint() stores the revision, names it on the bus, and changes no traffic", async () => {
  const applied = await apply("f1", 1, "monitor: { slo: {} }\nshadow: [{ call: f2, sample: 0.1 }]\n");
  expect(applied).toMatchObject({
    endpoint: "delay",
    offset: 0,
    changed: true,
    active: null,
    notes: ["kept, not acted on in this version: monitor"],
  });
  expect(await loadRevision(store, applied.revision)).toEqual({ revision: applied.revision, spec: applied.spec });
  expect((await control.state()).endpoints.delay).toMatchObject({
    active: null,
    revisions: { [applied.revision]: { spec: applied.revision, by: "ann" } },
  });
});

test("applyEndpoint() of the same content adds nothing", async () => {
  const first = await apply("f1");
  expect(await apply("f1")).toMatchObject({
    changed: false,
    offset: first.offset,
    revision: first.revision,
    notes: [],
  });
  expect((await bus.positions("control"))[0]!.high).toBe(1);
});

test("applyEndpoint() of a wrong file leaves nothing behind", async () => {
  await expect(apply("f1", 0)).rejects.toThrow('"contract" Too small');
  expect((await bus.positions("control"))[0]!.high).toBe(0);
  expect(await Array.fromAsync(store.list("objects/"))).toEqual([]);
});

test("activateEndpoint() lets the newest revision answer, or the one that is named", async () => {
  const first = await apply("f1"), second = await apply("f2");
  expect(await activate()).toEqual({
    applied: true,
    offset: 2,
    revision: second.revision,
    previous: null,
    changed: true,
  });
  expect(await activate()).toMatchObject({ applied: true, offset: 2, changed: false });
  expect((await control.state()).endpoints.delay!.active!.revision).toBe(second.revision);
  await expect(activate({ revision: first.revision.slice(0, 7) })).rejects.toThrow(
    'callers would notice: output "reason" is gone; raise contract to 2',
  );
});

test("activateEndpoint() lets one of two win, and tells the other who and when", async () => {
  const first = await apply("f1"), second = await apply("f2");
  const [one, two] = await Promise.all([
    activate({ revision: first.revision, expected: null, by: "ann" }),
    activate({ revision: second.revision, expected: null, by: "bob" }),
  ]);
  expect(one).toMatchObject({ applied: true, revision: first.revision });
  expect(two).toMatchObject({ applied: false, winner: { by: "ann", revision: first.revision, offset: one.offset } });
  expect(two.applied ? 0 : two.winner!.atMicros).toBeGreaterThan(1.6e15);
});

test("activateEndpoint() refuses what is unknown", async () => {
  await expect(activate()).rejects.toThrow(
    'Cannot find endpoint "delay" as it must be applied before: applied are none',
  );
  const { revision } = await apply("f1");
  await expect(activate({ revision: "abc" })).rejects.toThrow(RangeError);
  await expect(activate({ revision: revision.slice(0, 6) })).rejects.toThrow("7 digits or more: 0 fit");
  await expect(activate({ endpoint: "constructor" })).rejects.toThrow("applied are delay");
});

test("activateEndpoint() holds to the contract until it is raised, and never lowers it", async () => {
  await apply("f1");
  await activate();
  await apply("f3");
  await expect(activate()).rejects.toThrow('output "minutes" is of another type; raise contract to 2');
  const raised = await apply("f3", 2);
  expect(await activate()).toMatchObject({ applied: true, revision: raised.revision });
  await apply("f1", 1, "# again\n");
  const { revision } = await apply("f2", 1);
  await expect(activate({ revision })).rejects.toThrow(
    "its contract must be at least 2: got 1; roll back instead",
  );
});

test("rollbackEndpoint() goes back, whatever the contract, and tells who won", async () => {
  await apply("f1");
  const first = await activate();
  await expect(rollback()).rejects.toThrow('Cannot roll back endpoint "delay" as it has no earlier activation');
  await apply("f2");
  const second = await activate();
  const back = await rollback();
  expect(back).toMatchObject({ applied: true, changed: true });
  expect((await control.state()).endpoints.delay!.active).toMatchObject({
    revision: first.applied && first.revision,
    offset: back.offset,
  });
  expect(await rollback({ expected: second.offset })).toMatchObject({
    applied: false,
    winner: { offset: back.offset, by: "ann" },
  });
});

test("endpointHistory() lists requests with what became of them", async () => {
  await apply("f1");
  await activate();
  await apply("f2");
  await activate({ expected: 77, by: "bob", why: "late" });
  await bus.append("control", 0, [{ key: "delay", eventTimeMicros: null, value: { forged: true } }]);
  const history = await endpointHistory(bus, KEY, "delay");
  expect(history.map(({ offset, op, by, applied }) => [offset, op, by, applied])).toEqual([
    [0, "apply", "ann", true],
    [1, "activate", "ann", true],
    [2, "apply", "ann", true],
    [3, "activate", "bob", false],
  ]);
  expect(history[3]!.why).toBe("late");
  expect(await endpointHistory(bus, KEY, "other")).toEqual([]);
});

test("loadRevision() refuses a format of a later version", async () => {
  const bytes = new TextEncoder().encode('{"schema":2}');
  await store.put(`objects/${sha256(bytes)}`, bytes);
  await expect(loadRevision(store, sha256(bytes))).rejects.toThrow(RangeError);
  await expect(loadRevision(store, sha256(bytes))).rejects.toThrow("as its format must be 1: got 2");
});
