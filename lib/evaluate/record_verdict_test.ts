import { expect, test } from "vitest";
import { openBus } from "../bus/mod.ts";
import { type CloudEvent, compileSchema, STANDARD_EVENTS, verifyEvent } from "../events/mod.ts";
import { type Evaluation, readVerdict, verdictPath } from "../models/mod.ts";
import { KEY, testBench } from "./_test_bench.ts";
import { type RecordOptions, recordVerdict } from "./record_verdict.ts";

async function setup(dir?: string) {
  const bench = await testBench(dir);
  const run = { thresholds: { rmse: { atMost: 28 } }, notebook: "n.ipynb", run: "r1", inputs: [] };
  const record = (model: string, options: Partial<RecordOptions> = {}) =>
    recordVerdict({ ...bench, key: KEY, ...run, model, ...options });
  const log = async (intercept: number, rmse?: number) => {
    const ref = await bench.log("delay", intercept, { rmse: 1, mae: 1 });
    if (rmse !== undefined) {
      await bench.models.logMetrics(ref, { rmse: { value: rmse, low: rmse - 1, high: rmse + 1, n: 9 } });
    }
    return ref;
  };
  return { ...bench, record, log, published: () => bench.events("evaluation") };
}

test("recordVerdict() signs an evaluation event that names the digest, stores it, publishes it and tags the version", async () => {
  await using bench = await setup();
  const ref = await bench.log(1, 27);
  const { digest } = await bench.models.get(ref);
  const inputs = [{ name: "flights", table: "flights", version: 3, digest: "d" }];
  const found = await bench.record(ref, { inputs });
  expect(found).toMatchObject({ verdict: "pass", failed: [], isNew: true });
  expect(found.checks.map(({ reason }) => reason)).toEqual(["27 is at most 28"]);
  const { event } = found;
  expect(event).toMatchObject({ type: "boathouse.evaluation.v1", source: "/evaluate", subject: "delay" });
  expect(event.data).toEqual({
    model: "delay",
    version: "1",
    digest,
    notebook: "n.ipynb",
    run: "r1",
    inputs,
    metrics: { rmse: { value: 27, low: 26, high: 28, n: 9 } },
    thresholds: { rmse: { atMost: 28 } },
    verdict: "pass",
    failed: [],
    signature: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(verifyEvent(event, KEY)).toBe(true);
  expect(compileSchema(STANDARD_EVENTS.evaluation!.schema)(event.data)).toBe(null);
  expect(await readVerdict({ store: bench.store, key: KEY }, { name: "delay", version: "1", digest })).toEqual(event);
  expect(await bench.published()).toEqual([event]);
  for await (const batch of bench.bus.read("evaluation", 0, 0)) expect(batch.records()[0]!.key).toBe("delay");
  expect((await bench.models.get(ref)).tags["boathouse.verdict"]).toBe("pass");
});

test("recordVerdict() lets one verdict stand, however often it is asked and whatever was logged since", async () => {
  await using bench = await setup();
  const ref = await bench.log(1, 30);
  const first = await bench.record(ref);
  expect(first).toMatchObject({ verdict: "fail", failed: ["rmse"], isNew: true });
  await bench.models.logMetrics(ref, { rmse: 1 });
  expect(await bench.record(ref, { thresholds: { rmse: { atMost: 99 } } }))
    .toEqual({ ...first, checks: [], isNew: false });
  expect(await bench.published()).toHaveLength(1);
  expect((await bench.models.get(ref)).tags["boathouse.verdict"]).toBe("fail");
});

test("recordVerdict() by many at once gives one verdict and one event", async () => {
  await using one = await setup();
  await using two = await setup(one.dir);
  const ref = await one.log(1, 27);
  const found = await Promise.all([one, two, one, two].map((bench) => bench.record(ref)));
  expect(new Set(found.map(({ event }) => event.id)).size).toBe(1);
  expect(found.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await one.published()).toHaveLength(1);
});

test("recordVerdict() finishes what was cut short before it was published", async () => {
  await using bench = await setup();
  const ref = await bench.log(1, 27);
  const closed = await openBus({ kind: "sqlite", dir: `${bench.dir}/other` });
  await closed[Symbol.asyncDispose]();
  await expect(bench.record(ref, { bus: closed })).rejects.toThrow();
  expect((await bench.models.get(ref)).tags["boathouse.verdict"]).toBe(undefined);
  expect(await bench.record(ref)).toMatchObject({ verdict: "pass", isNew: false });
  expect(await bench.published()).toHaveLength(1);
  expect((await bench.models.get(ref)).tags["boathouse.verdict"]).toBe("pass");
});

test("recordVerdict() takes no metric that training logged, or an earlier evaluation", async () => {
  await using bench = await setup();
  const ref = await bench.log(1);
  expect(await bench.record(ref, { thresholds: { mae: { atMost: 9 } } })).toMatchObject({
    verdict: "fail",
    failed: ["mae"],
  });
  const other = await bench.log(2, 27);
  expect(await bench.record(other, { sinceMs: Date.now() + 1000 })).toMatchObject({
    verdict: "fail",
    failed: ["rmse"],
  });
});

test("recordVerdict() compares with the version that alias champion names, and with none where there is none", async () => {
  await using bench = await setup();
  const thresholds = { rmse_vs_champion: { atMost: 1 } };
  const one = await bench.log(1, 20);
  const two = await bench.log(2, 25);
  await bench.models.setAlias("delay", "champion", "1");
  const alone = await bench.record(one, { thresholds });
  expect(alone).toMatchObject({ verdict: "pass", failed: [] });
  expect(alone.event.data.champion).toBe(undefined);
  const worse = await bench.record(two, { thresholds });
  expect(worse).toMatchObject({ verdict: "fail", failed: ["rmse_vs_champion"] });
  expect(worse.event.data).toMatchObject({ champion: "1", metrics: { rmse_vs_champion: { value: 1.25, n: 9 } } });
});

test("recordVerdict() refuses an unknown version, no threshold, and a model that was altered", async () => {
  await using bench = await setup();
  await expect(bench.record("delay@1")).rejects.toThrow("no model of that name is registered");
  const ref = await bench.log(1, 27);
  await expect(bench.record(ref, { thresholds: {} })).rejects.toThrow("must have a threshold to meet: got none");
  await bench.models.setTag(ref, "boathouse.digest", "0".repeat(64));
  await using fresh = await setup(bench.dir);
  await expect(fresh.record(ref)).rejects.toThrow("its content must have the digest 000");
  expect((await bench.bus.topics()).map(({ topic }) => topic)).toEqual([]);
});

test("readVerdict() trusts no verdict that is forged, altered or about another model", async () => {
  await using bench = await setup();
  const ref = await bench.log(1, 30);
  const { event } = await bench.record(ref);
  const { store } = bench;
  const { name, version, digest } = await bench.models.get(ref);
  const model = { name, version, digest };
  const put = (value: unknown, at = model) =>
    store.put(verdictPath(at), new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));
  const read = (at = model, key = KEY) => readVerdict({ store, key }, at);
  await expect(read(model, "another key")).rejects.toThrow(
    "must be signed by this workbench's key: got another signature",
  );
  const forged: CloudEvent<Evaluation> = { ...event, data: { ...event.data, verdict: "pass", failed: [] } };
  await put(forged);
  await expect(read()).rejects.toThrow("must be signed by this workbench's key");
  await put("{");
  await expect(read()).rejects.toThrow("must be an evaluation event");
  await put({ ...event, data: {} });
  await expect(read()).rejects.toThrow("must be an evaluation event: got /model must be there");
  await put({ ...event, type: "boathouse.gap.v1" });
  await expect(read()).rejects.toThrow('must be an evaluation event: got type is "boathouse.gap.v1"');
  const other = { ...model, version: "2" };
  await put(event, other);
  await expect(read(other)).rejects.toThrow(
    "must be about delay@2: got delay@1; move it away and evaluate the model again",
  );
  expect(await read({ ...model, digest: "f".repeat(64) })).toBe(null);
});
