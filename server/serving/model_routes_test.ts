import { afterEach, beforeEach, expect, test } from "vitest";
import { compileSchema, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { KEY, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";
import { startServing } from "./start_serving.ts";

let workbench: TestWorkbench, url: string, said: string[];
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  workbench = stack.use(await openTestWorkbench());
  await workbench.log("delay", 1, 0.5);
  await workbench.log("delay", 2, 0.5);
  await workbench.log("secret", 0, 1);
  await workbench.promoteModel("delay@1");
});
afterEach(() => stack.disposeAsync());

async function serve(): Promise<{ stop(): Promise<void> }> {
  const stop = new AbortController();
  said = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { settings } = workbench;
  const ended = startServing({
    settings,
    key: KEY,
    signal: stop.signal,
    onReady: resolve,
    report: (l) => said.push(l),
  });
  ended.catch(reject);
  url = await promise;
  const end = async () => {
    stop.abort();
    await ended;
  };
  stack.defer(end);
  return { stop: end };
}

async function get(path: string) {
  const response = await fetch(url + path);
  return { status: response.status, body: await response.json() };
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: "POST", body: text, headers });
  return { status: response.status, body: await response.json() };
}

const JSON_TYPE = { "content-type": "application/json" };
const hours = (...data: unknown[]) => ({ inputs: [{ name: "hour", shape: [data.length], datatype: "FP64", data }] });
const infer = (body: unknown, path = "/v2/models/delay/infer") => post(path, body, JSON_TYPE);

/** Waits for a node to have taken over what was promoted. */
async function until(offset: number): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  for await (const batch of workbench.bus.read("health", 0, 0, { follow: true, signal })) {
    const last = batch.records().at(-1)!.value as { data: { controlOffset: number } };
    if (last.data.controlOffset > offset) return;
  }
}

test("a promoted model answers the Open Inference Protocol, and each answer is a decision on the bus", async () => {
  const node = await serve();
  expect(await get("/v2")).toEqual({
    status: 200,
    body: { name: "boathouse", version: expect.any(String), extensions: [] },
  });
  expect(await get("/v2/health/live")).toEqual({ status: 200, body: { live: true } });
  expect(await get("/v2/health/ready")).toEqual({ status: 200, body: { ready: true, live: true } });
  const { digest } = await workbench.models.get("delay@1");
  const metadata = {
    name: "delay",
    versions: ["1"],
    platform: "boathouse",
    inputs: [{ name: "hour", datatype: "FP64", shape: [-1] }],
    outputs: [{ name: expect.any(String), datatype: "FP64", shape: [-1] }],
    parameters: { digest },
  };
  expect(await get("/v2/models/delay")).toEqual({ status: 200, body: metadata });
  expect(await get("/v2/models/delay/versions/1")).toEqual({ status: 200, body: metadata });
  expect((await get("/v2/models/delay/ready")).body).toEqual({ name: "delay", ready: true });
  expect((await get("/v2/models/delay/versions/1/ready")).status).toBe(200);
  const flat = await infer({ id: "mine", parameters: { any: 1 }, ...hours(4, 6) });
  expect(flat).toEqual({
    status: 200,
    body: {
      model_name: "delay",
      model_version: "1",
      id: "mine",
      parameters: { decision: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      outputs: [{ name: expect.any(String), shape: [2], datatype: "FP64", data: [3, 4] }],
    },
  });
  const name = flat.body.outputs[0].name;
  const nested = { inputs: [{ name: "hour", shape: [2, 1], datatype: "FP64", data: [[4], [6]] }], outputs: [{ name }] };
  const again = await infer(nested, "/v2/models/delay/versions/1/infer");
  expect(again.body).toMatchObject({ id: again.body.parameters.decision, outputs: [{ data: [3, 4] }] });
  expect((await infer(hours())).body.outputs).toMatchObject([{ shape: [0], data: [] }]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('boathouse_requests_total{endpoint="model:delay",variant="1",status="ok"} 3');
  await node.stop();
  const decisions = await workbench.events("inference");
  expect(decisions).toHaveLength(3);
  expect(decisions[0]).toMatchObject({
    decision: flat.body.parameters.decision,
    configOffset: 0,
    input: { hour: [4, 6] },
    output: { [name]: [3, 4] },
    status: "ok",
    path: [{ step: "delay", outcome: "ok" }],
    models: { delay: `1#${digest}` },
  });
  const fits = compileSchema(STANDARD_EVENTS.inference!.schema);
  expect(decisions.map(fits)).toEqual([null, null, null]);
  expect(said).toEqual([]);
});

test("a value that may be missing may be left out or null in a request, and is null in an answer", async () => {
  const column = (name: string, nullable?: true) => ({ name, type: "double" as const, ...(nullable && { nullable }) });
  await workbench.models.log("gaps", {
    typescript: { source: "export const predict = (rows) => rows.map(({ a, b }) => a === null ? null : a + b)" },
    example: { a: 1, b: 2 },
    signature: { inputs: [column("a", true), column("b")], outputs: [column("sum", true)] },
  });
  await workbench.promoteModel("gaps@1");
  const node = await serve();
  const ask = (inputs: Record<string, unknown[]>) =>
    infer({
      inputs: Object.entries(inputs).map(([name, data]) => ({ name, shape: [data.length], datatype: "FP64", data })),
    }, "/v2/models/gaps/infer");
  const sums = (data: unknown[]) => [{ name: "sum", shape: [data.length], datatype: "FP64", data }];
  expect((await ask({ a: [null, 1], b: [2, 3] })).body.outputs).toEqual(sums([null, 4]));
  expect((await ask({ b: [2] })).body.outputs).toEqual(sums([null]));
  expect((await ask({ a: [1] })).body.error).toBe(
    'Input "b" is missing: model "gaps@1" takes a (FP64, optional), b (FP64)',
  );
  await node.stop();
  const decisions = await workbench.events("inference");
  expect(decisions.map(({ input, output }) => [input, output])).toEqual([
    [{ a: [null, 1], b: [2, 3] }, { sum: [null, 4] }],
    [{ b: [2] }, { sum: [null] }],
  ]);
  const fits = compileSchema(STANDARD_EVENTS.inference!.schema);
  expect(decisions.map(fits)).toEqual([null, null]);
});

test("what is wrong with a request comes as an error object of the protocol", async () => {
  await serve();
  const nan = '{"inputs":[{"name":"hour","shape":[1],"datatype":"FP64","data":[NaN]}]}';
  const cases: [unknown, number, string][] = [
    ["{", 400, "The body must be JSON"],
    [nan, 400, "The body must be JSON"],
    [hours(1, null), 400, 'Input "hour" must hold finite numbers (FP64): got null at row 1'],
    [hours(...new Array(10_001).fill(1)), 413, "at most 10000 rows: got 10001"],
    [{ ...hours(1), id: "x".repeat(300_000) }, 413, "The body must be at most 262144 bytes"],
  ];
  for (const [body, status, message] of cases) {
    const answer = await infer(body);
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, ["error"]]);
    expect(answer.body.error).toContain(message);
  }
  const binary = await post("/v2/models/delay/infer", hours(1), { "inference-header-content-length": "10" });
  expect([binary.status, binary.body.error]).toEqual([
    400,
    expect.stringContaining("binary ones are not in this version"),
  ]);
  expect(said).toEqual([]);
});

test("a classifier of scikit-learn answers with labels and probabilities by class", async () => {
  const file = new URL("../../lib/models/load/testdata/sklearn_classes.onnx", import.meta.url);
  const onnx = await Deno.readFile(file);
  await workbench.models.log("classes", { onnx, example: { km: 3, hour: 0, load: 0 } });
  await workbench.promoteModel("classes@1");
  await serve();
  const { body: { inputs, outputs } } = await get("/v2/models/classes");
  expect(outputs).toEqual([
    { name: "output_label", datatype: "BYTES", shape: [-1] },
    { name: "output_probability", datatype: "FP32", shape: [-1, 3], parameters: { classes: expect.any(String) } },
  ]);
  const asked = inputs.map((input: object) => ({ ...input, shape: [2], data: [1, 0] }));
  const { status, body } = await infer({ inputs: asked }, "/v2/models/classes/infer");
  expect([status, body.outputs[0].shape, body.outputs[1].shape]).toEqual([200, [2], [2, 3]]);
  const [labels, { data, parameters }] = body.outputs;
  const classes = JSON.parse(parameters.classes);
  expect(classes.toSorted()).toEqual(["early", "late", "on time"]);
  for (const row of [0, 1]) {
    const chances = data.slice(3 * row, 3 * row + 3);
    expect(labels.data[row]).toBe(classes[chances.indexOf(Math.max(...chances))]);
  }
});

test("nothing but promoted versions is served", async () => {
  await serve();
  for (
    const path of ["/v2/models/secret", "/v2/models/secret/ready", "/v2/models/..%2F..%2Fetc", "/v2/models/toString"]
  ) {
    expect((await get(path)).status).toBe(404);
  }
  expect((await infer(hours(1), "/v2/models/secret/infer")).body).toEqual({
    error: 'Model "secret" is not promoted, promoted are delay: boathouse promote model:secret@1',
  });
  expect(await infer(hours(1), "/v2/models/delay/versions/2/infer")).toEqual({
    status: 404,
    body: {
      error: 'Model "delay@2" is not served, as version 1 is promoted: boathouse promote model:delay@2',
    },
  });
  expect((await get("/v2/nope")).body.error).toContain("There is nothing at /v2/nope");
  expect((await get("/v2/models/delay/infer")).status).toBe(405);
  expect((await post("/v2/models/delay/infer", hours(1), { ...JSON_TYPE, origin: "http://evil.example" })).status).toBe(
    403,
  );
  expect((await post("/v2/models/delay/infer", hours(1), { "content-type": "text/html" })).status).toBe(415);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('boathouse_refused_total{endpoint="model:delay",status="415"} 1');
  expect(metrics).toContain('boathouse_refused_total{endpoint="",status="404"} 1');
});

test("while a version changes every answer is of one version and none fails", async () => {
  await serve();
  const answers: { status: number; body: { model_version: string; outputs: { data: number[] }[] } }[] = [];
  let asking = true;
  const askers = Array.from({ length: 20 }, async () => {
    while (asking) answers.push(await infer(hours(...new Array(200).fill(4))));
  });
  const { offset, previous } = await workbench.promoteModel("delay@2");
  await until(offset);
  expect((await infer(hours(4))).body.model_version).toBe("2");
  asking = false;
  await Promise.all(askers);
  expect(previous).toBe("1");
  const odd = answers.filter(({ status, body }) =>
    status !== 200 || body.outputs[0]!.data.some((value) => value !== 2 + Number(body.model_version))
  );
  expect(odd).toEqual([]);
  expect(new Set(answers.map(({ body }) => body.model_version))).toEqual(new Set(["1", "2"]));
});

test("a version whose content is another than the promoted one is not served, and the one before goes on", async () => {
  await serve();
  const promote = (version: string, spec: string) =>
    workbench.control.append({
      op: "promote",
      target: "model:delay",
      revision: version,
      expected: null,
      rule: 1,
      spec,
      by: "eve",
      why: "forged",
    });
  await promote("2", "0".repeat(64));
  const signal = AbortSignal.timeout(10_000);
  for await (const batch of workbench.bus.read("health", 0, 0, { follow: true, signal })) {
    if ((batch.records().at(-1)!.value as { data: { degraded: boolean } }).data.degraded) break;
  }
  expect((await infer(hours(4))).body).toMatchObject({ model_version: "1", outputs: [{ data: [3] }] });
  const refused = await infer(hours(4), "/v2/models/delay/versions/2/infer");
  expect(refused.status).toBe(503);
  expect(refused.body.error).toContain(`its content must have the digest ${"0".repeat(64)}: got `);
  const why = 'model "delay" is not served as promoted: Cannot serve model "delay@2"';
  expect((await get("/health/ready")).body.degraded).toEqual([expect.stringContaining(why)]);
  expect(said).toEqual([expect.stringContaining('Model "delay" is not served as promoted')]);
  const { offset } = await workbench.promoteModel("delay@2");
  await until(offset);
  expect((await infer(hours(4))).body.model_version).toBe("2");
  expect((await get("/health/ready")).body.degraded).toEqual([]);
});
