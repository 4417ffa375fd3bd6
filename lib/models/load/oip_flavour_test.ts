import { expect, test } from "vitest";
import type { FeatureRow } from "./feeds.ts";
import { type Bench, setup } from "../_test_models.ts";
import type { ModelSignature } from "../signature.ts";

interface AskedInput {
  name: string;
  shape: number[];
  datatype: string;
  data: unknown[];
}

interface Asked {
  inputs: [AskedInput, ...AskedInput[]];
  outputs: { name: string }[];
  parameters?: Record<string, unknown>;
}

const SIGNATURE: ModelSignature = {
  inputs: [{ name: "km", type: "double" }, { name: "hour", type: "long" }],
  outputs: [{ name: "minutes", type: "double" }],
};
const METADATA = {
  name: "delay",
  versions: ["3"],
  inputs: [{ name: "km", datatype: "FP64", shape: [-1] }, { name: "hour", datatype: "INT64", shape: [-1, 1] }],
  outputs: [{ name: "minutes", datatype: "FP64", shape: [-1] }],
};
const EXAMPLE = { km: 1, hour: 2 };

const output = (data: unknown[], changes: Record<string, unknown> = {}) => ({
  name: "minutes",
  datatype: "FP64",
  shape: [data.length],
  data,
  ...changes,
});
const good = ({ inputs: [km, hour] }: Asked) => ({
  model_name: "delay",
  model_version: "3",
  outputs: [output(km.data.map((value, row) => (value as number) * 2 + (hour!.data[row] as number)))],
});

type Answer = (asked: Asked, request: Request) => unknown;

/** A server of the protocol whose answers a test may change. */
class Server implements AsyncDisposable {
  metadata: unknown = METADATA;
  answer: Answer = good;
  asked: Asked[] = [];
  paths: string[] = [];
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    this.paths.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.method === "GET") return this.#respond(this.metadata);
    const asked: Asked = await request.json();
    this.asked.push(asked);
    return this.#respond(await this.answer(asked, request));
  });
  url = `http://127.0.0.1:${this.#server.addr.port}`;
  #respond = (value: unknown) => value instanceof Response ? value.clone() : Response.json(value);
  [Symbol.asyncDispose] = () => this.#server.shutdown();
}

async function logged(server: Server, bench: Bench, options: Record<string, unknown> = {}): Promise<void> {
  await bench.models.log("late", {
    oip: { url: server.url, model: "delay", ...options.oip as Record<string, unknown> },
    example: EXAMPLE,
    ...options.signature ? { signature: options.signature as ModelSignature } : {},
  });
}

test("a model of a server answers rows, its signature and version read from the server", async () => {
  await using server = new Server();
  await using bench = await setup();
  await logged(server, bench);
  const model = await bench.models.load("late@1");
  expect(model.signature).toEqual(SIGNATURE);
  expect(await model.predict([{ km: 1.5, hour: 7 }, { km: 2, hour: 8n, other: 1 }])).toEqual([10, 12]);
  expect(await model.predict({ km: [0.25], hour: BigInt64Array.of(2n ** 53n) })).toEqual([2 ** 53]);
  expect(await model.predict([])).toEqual([]);
  expect(server.asked[1]).toEqual({
    inputs: [
      { name: "km", shape: [2], datatype: "FP64", data: [1.5, 2] },
      { name: "hour", shape: [2, 1], datatype: "INT64", data: [7, 8] },
    ],
    outputs: [{ name: "minutes" }],
  });
  expect(server.paths[0]).toBe("GET /v2/models/delay");
  expect(server.paths.at(-1)).toBe("POST /v2/models/delay/versions/3/infer");
});

test("what a server takes and gives comes as it is logged: texts, booleans, a matrix, classes, several outputs", async () => {
  await using server = new Server();
  await using bench = await setup();
  server.metadata = { name: "delay" };
  server.answer = ({ inputs: [{ shape }] }: Asked) => ({
    outputs: [
      { name: "label", datatype: "BYTES", shape: [shape[0], 1], data: ["late", "early"].slice(0, shape[0]) },
      {
        name: "chances",
        datatype: "FP32",
        shape: [shape[0], 2],
        data: [[0.25, 0.75], [0.5, 0.5]].slice(0, shape[0]),
        parameters: { classes: '["early","late"]' },
      },
      { name: "pair", datatype: "INT32", shape: [shape[0], 2], data: [1, 2, 3, 4].slice(0, 2 * shape[0]!) },
      { name: "sure", datatype: "BOOL", shape: [shape[0]], data: [true, false].slice(0, shape[0]) },
      { name: "gap", datatype: "FP64", shape: [shape[0]], data: [null, 1].slice(0, shape[0]) },
      { name: "not asked for", datatype: "?", shape: [7], data: [] },
    ],
  });
  const signature: ModelSignature = {
    inputs: [{ name: "route", type: "string" }, { name: "late", type: "boolean" }],
    outputs: [
      { name: "label", type: "string" },
      { name: "chances", type: "float" },
      { name: "pair", type: "integer" },
      { name: "sure", type: "boolean" },
      { name: "gap", type: "double", nullable: true },
    ],
  };
  const example: FeatureRow = { route: "a", late: true };
  const oip = { url: `${server.url}/`, model: "delay", parameters: { content_type: "pd" } };
  await bench.models.log("late", { oip, example, signature });
  const model = await bench.models.load<Record<string, unknown>>("late@1");
  expect(await model.predict([example, { route: "東京", late: false }])).toEqual([
    { label: "late", chances: { early: 0.25, late: 0.75 }, pair: [1, 2], sure: true, gap: null },
    { label: "early", chances: { early: 0.5, late: 0.5 }, pair: [3, 4], sure: false, gap: 1 },
  ]);
  expect(server.asked.at(-1)!.parameters).toEqual({ content_type: "pd" });
  expect(server.asked.at(-1)!.inputs).toEqual([
    { name: "route", shape: [2, 1], datatype: "BYTES", data: ["a", "東京"] },
    { name: "late", shape: [2, 1], datatype: "BOOL", data: [true, false] },
  ]);
});

test("log() refuses a column of a server's signature that is written as MLmodel has it", async () => {
  await using server = new Server();
  await using bench = await setup();
  const inputs = SIGNATURE.inputs.map((column) => ({ ...column, required: false }));
  await expect(logged(server, bench, { signature: { ...SIGNATURE, inputs } })).rejects.toThrow(
    'Cannot log "late" as a column of its signature takes name, type and nullable: got required of "km"; ' +
      "write nullable: true where a value may be missing",
  );
  expect(await bench.models.list()).toEqual([]);
});

test("an input that takes all columns is one matrix, row by row", async () => {
  await using server = new Server();
  await using bench = await setup();
  server.metadata = { ...METADATA, inputs: [{ name: "X", datatype: "FP64", shape: [-1, 2] }] };
  server.answer = ({ inputs: [X] }: Asked) => ({ outputs: [output(Array(X.shape[0]).fill(X.data.length))] });
  const inputs: ModelSignature["inputs"] = [{ name: "km", type: "double" }, { name: "load", type: "double" }];
  const oip = { url: server.url, model: "delay", matrix: "X" };
  await bench.models.log("late", { oip, example: { km: 1, load: 2 }, signature: { ...SIGNATURE, inputs } });
  await (await bench.models.load("late@1")).predict({ km: [1, 2], load: [3, 4] });
  expect(server.asked.at(-1)!.inputs).toEqual([{ name: "X", shape: [2, 2], datatype: "FP64", data: [1, 3, 2, 4] }]);
});

test("many rows are asked a thousand at a time, in order", async () => {
  await using server = new Server();
  await using bench = await setup();
  await logged(server, bench);
  const km = Float64Array.from({ length: 2500 }, (_, i) => i);
  const answers = await (await bench.models.load("late@1")).predict({ km, hour: km });
  expect(answers).toEqual(Array.from(km, (value) => value * 3));
  expect(server.asked.slice(1).map(({ inputs: [first] }) => first.shape[0])).toEqual([1000, 1000, 500]);
});

const html = (status: number) =>
  new Response("<html>\n  <h1>Bad</h1>", { status, headers: { "content-type": "text/html" } });
const hostile: [string, Answer, string][] = [
  ["no output", () => ({ outputs: [] }), 'its answer must have output "minutes" once: got 0'],
  ["an output twice", () => ({ outputs: [output([1]), output([2])] }), 'must have output "minutes" once: got 2'],
  ["fewer rows", () => ({ outputs: [output([])] }), "a value or a row of values for each of 1 rows: got shape [0]"],
  ["more rows", () => ({ outputs: [output([1, 2])] }), "for each of 1 rows: got shape [2]"],
  ["more values than its shape", () => ({ outputs: [output([1, 2], { shape: [1] })] }), "must have 1 values: got 2"],
  ["three axes", () => ({ outputs: [output([1], { shape: [1, 1, 1] })] }), "got shape [1, 1, 1]"],
  ["another datatype", () => ({ outputs: [output(["1"], { datatype: "BYTES" })] }), "must be FP64 (double): got BYTES"],
  ["a text as number", () => ({ outputs: [output(["1"])] }), 'must hold finite numbers: got "1" at value 0'],
  ["null", () => ({ outputs: [output([null])] }), "must hold finite numbers: got null at value 0"],
  [
    "too few classes",
    () => ({ outputs: [output([1, 2], { shape: [1, 2], parameters: { classes: '["a"]' } })] }),
    "1 values, one per class: got 2",
  ],
  [
    "the answer of another model",
    () => ({ model_name: "other", outputs: [output([1])] }),
    'model "delay" must answer: got "other"',
  ],
  ["another version", () => ({ model_version: "4", outputs: [output([1])] }), 'version "3" must answer: got "4"'],
  ["no outputs", () => ({}), "must have outputs of name, datatype, shape and data: got outputs"],
  ["a list", () => [1], "must have outputs of name, datatype, shape and data"],
  ["a refusal", () => Response.json({ error: "row 0 is odd" }, { status: 400 }), "got 400: row 0 is odd"],
  ["404", () => Response.json({ error: "Model delay not found" }, { status: 404 }), "got 404: Model delay not found"],
  ["an error as HTML", () => html(502), "got 502: <html> <h1>Bad</h1>"],
  ["HTML", () => html(200), "got <html> <h1>Bad</h1>; check the url"],
  ["nothing", () => new Response(""), "got nothing; check the url that it was logged with"],
  ["an error without words", () => new Response(null, { status: 500 }), "got 500: nothing"],
];
for (const [name, answer, message] of hostile) {
  test(`predict() refuses ${name}, and names the server`, async () => {
    await using server = new Server();
    await using bench = await setup();
    await logged(server, bench);
    const model = await bench.models.load("late@1");
    server.answer = answer;
    const error = await model.predict([EXAMPLE]).then(() => new Error("answered"), (cause) => cause as Error);
    expect(error).not.toBeInstanceOf(TypeError); // those blame the rows
    expect(error.message).toMatch(/^Cannot predict with "late@1" as /);
    expect(error.message).toContain(message);
    expect(error.message).toContain(`${server.url}/v2/models/delay/versions/3/infer`);
    server.answer = good;
    expect(await model.predict([EXAMPLE])).toEqual([4]);
  });
}

test("predict() follows no redirect", async () => {
  await using server = new Server();
  await using other = new Server();
  await using bench = await setup();
  await logged(server, bench);
  const model = await bench.models.load("late@1");
  server.answer = (_, { url }) => Response.redirect(url.replace(server.url, other.url), 307);
  await expect(model.predict([EXAMPLE])).rejects.toThrow(`got 307, a redirect to "${other.url}/v2/models/delay`);
  expect(other.paths).toEqual([]);
});

test("predict() ends an answer that has no end, by its size", async () => {
  await using server = new Server();
  await using bench = await setup();
  await logged(server, bench);
  const model = await bench.models.load("late@1");
  const chunk = new Uint8Array(2 ** 20).fill(32);
  server.answer = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  await expect(model.predict([EXAMPLE])).rejects.toThrow(`got more than ${64 * 2 ** 20} bytes; ask for fewer rows`);
});

test("predict() waits as long as timeoutMs, and ends with its signal", async () => {
  await using server = new Server();
  await using bench = await setup();
  await logged(server, bench, { oip: { timeoutMs: 300 } });
  const model = await bench.models.load("late@1");
  const { promise, resolve } = Promise.withResolvers<unknown>();
  server.answer = () => promise;
  await expect(model.predict([EXAMPLE])).rejects.toThrow("got nothing within 300 ms; check that it runs");
  const abort = new AbortController();
  const asked = model.predict([EXAMPLE], { signal: abort.signal });
  abort.abort(new RangeError("enough"));
  await expect(asked).rejects.toThrow("enough");
  await expect(model.predict([EXAMPLE], { signal: abort.signal })).rejects.toThrow(RangeError);
  resolve({ outputs: [] });
});

test("predict() asks again after 429 alone, load() after 503 too", async () => {
  await using server = new Server();
  await using bench = await setup();
  await logged(server, bench);
  const busy = (status: number) => [() => new Response("busy", { status }), good] as Answer[];
  const model = await bench.models.load("late@1");
  const inOrder = (answers: Answer[]): Answer => (asked, request) =>
    (answers.length > 1 ? answers.shift() : answers[0])!(asked, request);
  server.answer = inOrder(busy(429));
  expect(await model.predict([EXAMPLE])).toEqual([4]);
  server.answer = inOrder(busy(503));
  await expect(model.predict([EXAMPLE])).rejects.toThrow("got 503: busy");
  await using again = await setup(bench.dir);
  let asks = 0;
  Object.defineProperty(server, "metadata", {
    get: () => asks++ === 0 ? new Response("busy", { status: 503 }) : METADATA,
  });
  expect(await (await again.models.load("late@1")).predict([EXAMPLE])).toEqual([4]);
  expect(asks).toBe(2);
});

test("load() and predict() say that the server is away", async () => {
  const server = new Server();
  await using bench = await setup();
  await logged(server, bench, { oip: { timeoutMs: 1000 } });
  const model = await bench.models.load("late@1");
  await server[Symbol.asyncDispose]();
  await expect(model.predict([EXAMPLE])).rejects.toThrow(
    "must answer in the Open Inference Protocol v2: got no connection",
  );
  await using again = await setup(bench.dir);
  await expect(again.models.load("late@1")).rejects.toThrow(/^Cannot load "late@1" as http.*; check that it runs/);
});

const tensors = (...of: [string, string, number[]][]) =>
  of.map(([name, datatype, shape]) => ({ name, datatype, shape }));
const changed: [string, unknown, string][] = [
  ["an input that is gone", { inputs: tensors(["km", "FP64", [-1]]) }, 'its input "hour" must be there: got "km"'],
  [
    "an input of another type",
    { inputs: tensors(["km", "FP32", [-1]], ["hour", "INT64", [-1]]) },
    "must be FP64 (double): got FP32",
  ],
  [
    "an input of another shape",
    { inputs: tensors(["km", "FP64", [-1, 4]], ["hour", "INT64", [-1]]) },
    "of shape [-1] or [-1, 1]: got [-1, 4]",
  ],
  [
    "one more input",
    { inputs: [...METADATA.inputs, ...tensors(["day", "BYTES", [-1]])] },
    'must be those of the signature: got "day" too',
  ],
  ["another output", { outputs: tensors(["y", "FP64", [-1]]) }, 'its output "minutes" must be there: got "y"'],
  ["an output of another type", { outputs: tensors(["minutes", "BYTES", [-1]]) }, "must be FP64 (double): got BYTES"],
  ["another model", { name: "other" }, 'it must describe model "delay": got "other"'],
  ["other versions", { versions: ["4", "5"] }, 'it must have version "3": got 4, 5'],
  ["no metadata", { name: 7 }, "must answer with the model's metadata: got name"],
];
for (const [name, changes, message] of changed) {
  test(`load() refuses a server with ${name}`, async () => {
    await using server = new Server();
    await using bench = await setup();
    await logged(server, bench);
    server.metadata = { ...METADATA, ...changes as object };
    const error = await bench.models.load("late@1").then(() => new Error("loaded"), (cause) => cause as Error);
    expect(error.message).toMatch(/^Cannot load "late@1" as /);
    expect(error.message).toContain(message);
  });
}

test("log() refuses what is no server, and asks for what it does not say", async () => {
  await using server = new Server();
  await using bench = await setup();
  const log = (oip: Record<string, unknown>) => logged(server, bench, { oip });
  await expect(log({ url: "ftp://x/y" })).rejects.toThrow("oip.url must be as documented: it must be http or https");
  await expect(log({ url: "http://me:secret@x" })).rejects.toThrow("without login, query and fragment");
  await expect(log({ model: "" })).rejects.toThrow(TypeError);
  await expect(log({ timeoutMs: 0 })).rejects.toThrow("oip.timeoutMs must be as documented");
  server.metadata = { ...METADATA, versions: ["1", "2"] };
  await expect(log({})).rejects.toThrow("oip.version must say which of the server's versions answers: it has 1, 2");
  server.metadata = { name: "delay", inputs: [] };
  await expect(log({})).rejects.toThrow("as its signature must be given where http");
  server.metadata = METADATA;
  server.answer = () => html(500);
  await expect(log({})).rejects.toThrow('Cannot predict with "late" as');
  expect(await bench.models.list()).toEqual([]);
});
