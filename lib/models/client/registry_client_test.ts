import { expect, test } from "vitest";
import { openStore } from "../../store/mod.ts";
import { type RegistryClient, registryClient, type RegistryMetric } from "./registry_client.ts";
import { RegistryError } from "./registry_error.ts";
import { registryHandler } from "../registry/registry_handler.ts";

async function setup(): Promise<{ client: RegistryClient; calls: string[] } & AsyncDisposable> {
  const dir = Deno.makeTempDirSync();
  const handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir });
  const calls: string[] = [];
  const client = registryClient((request) => {
    calls.push(`${request.method} ${new URL(request.url).pathname.split("/mlflow/").at(-1)}`);
    return handler(request);
  });
  return { client, calls, [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose]() };
}

const metric = (key: string): RegistryMetric => ({ key, value: 1, timestamp: 1, step: 0 });

test("registryClient() keeps a run's metrics, parameters and tags", async () => {
  await using bench = await setup();
  const { client } = bench;
  const experiment = await client.ensureExperiment("e");
  expect(await client.ensureExperiment("e")).toBe(experiment);
  const { info } = await client.createRun(experiment, { name: "r", startMs: 5 });
  await client.logBatch(info.run_id, { metrics: [metric("m")], params: { p: "1" }, tags: { t: "ä" } });
  await client.endRun(info.run_id, "FINISHED", 6);
  const run = await client.getRun(info.run_id);
  expect(run.info).toEqual({ ...info, status: "FINISHED" });
  expect(run.data).toEqual({ metrics: [metric("m")], params: { p: "1" }, tags: { "mlflow.runName": "r", t: "ä" } });
});

test("registryClient() splits a batch by MLflow's limits", async () => {
  await using bench = await setup();
  const { client, calls } = bench;
  const { info } = await client.createRun("0", { name: "r", startMs: 5 });
  calls.length = 0;
  const many = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const named = (names: string[]) => Object.fromEntries(names.map((name) => [name, "v"]));
  await client.logBatch(info.run_id, {
    metrics: many(2001, "m").map(metric),
    params: named(many(101, "p")),
    tags: named(many(100, "t")),
  });
  expect(calls).toEqual(Array(4).fill("POST runs/log-batch"));
  const { data } = await client.getRun(info.run_id);
  expect([data.metrics.length, Object.keys(data.params).length, Object.keys(data.tags).length]).toEqual([
    2001,
    101,
    101,
  ]);
  calls.length = 0;
  await client.logBatch(info.run_id, {});
  expect(calls).toEqual([]);
});

test("registryClient() reads every page of a listing", async () => {
  await using bench = await setup();
  const { client, calls } = bench;
  for (let i = 0; i < 1001; i++) await client.ensureModel(`m${String(i).padStart(4, "0")}`);
  calls.length = 0;
  const models = await client.searchModels();
  expect(models.map(({ name }) => name)).toEqual(models.map(({ name }) => name).toSorted());
  expect([models.length, calls.length]).toEqual([1001, 2]);
});

test("registryClient() stores and reads artifacts under any name that is a path", async () => {
  await using bench = await setup();
  const bytes = new Uint8Array([0, 1, 255]);
  await bench.client.putArtifact("mlflow-artifacts:/0/r/artifacts/a b/ä%2f.bin", bytes);
  expect(await bench.client.getArtifact("mlflow-artifacts:/0/r/artifacts/a b/ä%2f.bin")).toEqual(bytes);
  await expect(bench.client.getArtifact("mlflow-artifacts:/0/r/artifacts/c")).rejects.toThrow("No such artifact");
  for (const uri of ["s3://bucket/x", "file:///x", "/x"]) {
    await expect(bench.client.getArtifact(uri)).rejects.toThrow(
      `Cannot reach artifact "${uri}" as the registry must serve it`,
    );
  }
});

test("registryClient() turns a refusal into a RegistryError with MLflow's code", async () => {
  await using bench = await setup();
  const error = await bench.client.getModel("nope").catch((cause) => cause);
  expect(error).toBeInstanceOf(RegistryError);
  expect([error.code, error.message]).toEqual(["RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nope not found"]);
});

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

const strange: [string, () => Response | Promise<Response>, string][] = [
  [
    "HTML",
    () => new Response("<html>Bad gateway</html>", { status: 502 }),
    "must answer in MLflow's form: got 502 <html>Bad gateway",
  ],
  ["nothing", () => new Response("", { status: 500 }), "must answer in MLflow's form: got 500"],
  ["JSON of another kind", () => Response.json([1], { status: 429 }), "must answer in MLflow's form: got 429 [1]"],
  [
    "another answer",
    () => Response.json({ model: 1 }),
    `Cannot read the registry's answer to "GET registered-models/get" as it must be MLflow's: registered_model`,
  ],
  ["an empty answer", () => new Response(""), "must be MLflow's: got nothing; check that the address"],
  ["truncated JSON", () => new Response('{"registered_model": {"name'), 'must be MLflow\'s: got {"registered_model"'],
  ["HTML and 200", () => new Response("<!doctype html>"), "must be MLflow's: got <!doctype html>"],
  ["a number as name", () => Response.json({ registered_model: { name: 5 } }), "registered_model.name"],
  ["401", () => new Response("who?", { status: 401 }), "must know who asks: got 401; set MLFLOW_TRACKING_TOKEN"],
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: "http://elsewhere/x?token=t" } }),
    'it redirects to "http://elsewhere/x"; set registry',
  ],
  ["without end", () => new Response(endless()), "it is longer than 67108864 bytes"],
  ["no connection", () => Promise.reject(new TypeError("connection refused")), "connection refused"],
];

for (const [name, answer, message] of strange) {
  test(`registryClient() says what it got from a registry that answers ${name}`, async () => {
    const clock = { now: () => 0, sleep: () => Promise.resolve(), random: () => 0 };
    await expect(registryClient(async () => await answer(), undefined, { clock }).getModel("m")).rejects.toThrow(
      message,
    );
  });
}
