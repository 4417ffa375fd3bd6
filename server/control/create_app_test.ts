import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bus, openBus } from "../../lib/bus/mod.ts";
import type { Product } from "../../lib/config/mod.ts";
import { type Control, openControl } from "../../lib/control/mod.ts";
import { sha256 } from "../../lib/events/mod.ts";
import { registryHandler } from "../../lib/models/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { openAccess } from "../auth/mod.ts";
import type { ControlPlane } from "./control_plane.ts";
import { createControlApp } from "./create_app.ts";

const KEY = "k".repeat(32);
const PRODUCT = { name: "flights", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} } as unknown as Product;
const SCHEMA = { input: { type: "object" }, output: { type: "object" } };
const WHY = { by: "ann", why: "test" };

let bus: Bus, control: Control, server: Server, url: string;
let stack: AsyncDisposableStack;
let readDigest: ControlPlane["pins"]["readDigest"];
const faults: unknown[] = [];

beforeEach(async () => {
  const dir = Deno.makeTempDirSync();
  readDigest = () => Promise.resolve(sha256("delay"));
  stack = new AsyncDisposableStack();
  bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  control = stack.use(await openControl({ bus, key: KEY, onAlert: () => {} }));
  const store = await openStore({ kind: "directory", dir });
  const plane: ControlPlane = {
    bus,
    store,
    control,
    access: openAccess({ open: true }),
    key: KEY,
    pins: {
      findFunction: (ref) =>
        Promise.resolve({ name: ref, hash: sha256(ref), output: SCHEMA.output, models: {}, budgetMs: 10 }),
      findModel: (ref) =>
        Promise.resolve(ref === "delay@champion" ? { name: "delay", version: "2", digest: sha256("delay") } : null),
      findVerdict: () => Promise.resolve({ verdict: "pass", failed: [] }),
      readDigest: (ref) => readDigest(ref),
    },
    registry: stack.use(registryHandler({ store, dir: `${dir}/registry` })),
    webhooks: { secret: null, watch: () => Promise.reject(new Error("no webhook is taken")) },
    products: () => [PRODUCT],
    tables: () => Promise.resolve([{ table: "flights", rows: 3 }]),
    readManifest: (hash) => Promise.resolve({ hash, ...SCHEMA }),
    promote: (request) => Promise.reject(new RangeError(`Cannot promote ${JSON.stringify(request)}`)),
    servingUrl: "http://127.0.0.1:8401",
  };
  server = createServer(createControlApp(plane, (error) => faults.push(error)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await stack.disposeAsync();
});

async function get(path: string) {
  const response = await fetch(url + path);
  return { status: response.status, body: await response.json() };
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url + path, { method: "POST", body: JSON.stringify(body), headers: all });
  return { status: response.status, body: await response.json() };
}

const text = (call: string) =>
  `endpoint: delay\ncontract: 1\nbudgetMs: 50\nmonitor: {}\n` +
  `variants: [{ name: a, weight: 1, plan: { fallback: [{ call: ${call} }] } }]\n`;
const apply = (call: string) => post("/api/endpoints", { product: "flights", text: text(call), ...WHY });

test("the control plane applies, activates, lists, shows and rolls back endpoints", async () => {
  const first = await apply("f1");
  expect(first).toMatchObject({
    status: 200,
    body: { changed: true, active: null, notes: ["kept, not acted on in this version: monitor"] },
  });
  expect(await post("/api/endpoints/delay/activate", WHY)).toMatchObject({
    status: 200,
    body: { applied: true, revision: first.body.revision, nodes: { confirmed: [], missing: [] } },
  });
  const second = await apply("f2");
  expect((await post("/api/endpoints/delay/activate", { ...WHY, revision: second.body.revision })).status).toBe(200);
  expect((await get("/api/endpoints")).body.endpoints).toEqual([
    { endpoint: "delay", active: second.body.revision, previous: first.body.revision, revisions: 2, proposals: [] },
  ]);
  expect((await get("/api/endpoints/delay")).body.spec).toMatchObject({ endpoint: "delay", owner: "o" });
  expect((await post("/api/endpoints/delay/rollback", WHY)).body.revision).toBe(first.body.revision);
  const { history } = (await get("/api/endpoints/delay/history")).body;
  expect(history.map(({ op, applied }: { op: string; applied: boolean }) => [op, applied])).toEqual([
    ["apply", true],
    ["activate", true],
    ["apply", true],
    ["activate", true],
    ["rollback", true],
  ]);
  expect(history[0].at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
});

test("the control plane tells who came too late, who won and when", async () => {
  const { revision } = (await apply("f1")).body;
  await post("/api/endpoints/delay/activate", { by: "bob", why: "first" });
  const second = (await apply("f2")).body.revision;
  const late = await post("/api/endpoints/delay/activate", { ...WHY, revision: second, expected: null });
  expect([late.status, late.body.title]).toEqual([409, "Conflict"]);
  expect(late.body.winner).toMatchObject({ by: "bob", revision });
  expect(late.body.detail).toMatch(/came too late as .*; bob at \d{4}-.*Z with revision [0-9a-f]{12} won$/);
});

test.each<[string, string, unknown, number, string, string | undefined]>([
  ["no why", "/api/endpoints", { product: "flights", text: "" }, 422, "/why is wrong", "#/why"],
  ["a stray key", "/api/endpoints/delay/rollback", { ...WHY, force: true }, 422, 'Unrecognized key: "force"', "#"],
  ["an unknown product", "/api/endpoints", { product: "trains", text: "", ...WHY }, 404, 'Product "trains"', undefined],
  [
    "a wrong file",
    "/api/endpoints",
    { product: "flights", text: "endpoint: e\n", file: "e.yaml", ...WHY },
    422,
    'Cannot read e.yaml:1:1 as endpoint: "contract" is missing',
    undefined,
  ],
  ["an unknown endpoint", "/api/endpoints/nope/activate", WHY, 422, 'Cannot find endpoint "nope"', undefined],
])("the control plane refuses %s", async (_, path, body, status, detail, pointer) => {
  const answer = await post(path, body);
  expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([status, pointer]);
  expect(answer.body.detail).toContain(detail);
});

test("the control plane promotes as the command does, with who and why", async () => {
  const asked = { notebook: "notebooks/a.ipynb", name: "f", ...WHY };
  const answer = await post("/api/promotions", asked);
  expect([answer.status, answer.body.detail]).toEqual([
    422,
    'Cannot promote {"by":"ann","why":"test","notebook":"notebooks/a.ipynb","name":"f","allowDirty":false}',
  ]);
  for (
    const wrong of [{ ...asked, why: "" }, { ...asked, root: "/" }, { ...asked, allowDirty: "yes" }, {
      name: "f",
      ...WHY,
    }]
  ) {
    expect((await post("/api/promotions", wrong)).status).toBe(422);
  }
});

test("the control plane refuses bodies that are none", async () => {
  expect((await post("/api/endpoints", {}, { "content-type": "text/plain" })).status).toBe(415);
  const broken = await fetch(`${url}/api/endpoints`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  expect([broken.status, broken.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  expect((await broken.json()).detail).toContain("The body must be JSON: ");
  const large = await post("/api/endpoints", { product: "flights", text: "x".repeat(2_000_000), ...WHY });
  expect([large.status, large.body.detail]).toEqual([413, "The body must be at most 1 MB"]);
});

test("the control plane answers 404 for what is not there, without a fault", async () => {
  for (const path of ["/nope", "/api/endpoints/constructor", "/api/functions/toString", "/api/functions/%2e%2e"]) {
    expect((await get(path)).status).toBe(404);
  }
  expect(faults).toEqual([]);
});

test("the control plane shows functions with their manifests", async () => {
  const hash = sha256("f1");
  await control.append({ op: "promote", target: "f1", revision: hash, expected: null, rule: 1, spec: hash, ...WHY });
  expect((await get("/api/functions")).body.functions).toMatchObject([{ name: "f1", hash, by: "ann", versions: 1 }]);
  expect((await get("/api/functions/f1")).body).toMatchObject({ promoted: { by: "ann" }, manifest: { hash } });
  expect((await get(`/api/functions/f1@${hash}`)).status).toBe(200);
  expect((await get(`/api/functions/f1@${sha256("x")}`)).status).toBe(404);
});

test("the control plane promotes no model whose content was altered or is gone since its verdict", async () => {
  const promote = () => post("/api/models/delay/promote", { ...WHY, version: "champion" });
  const [judged, altered] = [sha256("delay"), sha256("altered")];
  readDigest = () => Promise.resolve(altered);
  expect(await promote()).toMatchObject({
    status: 422,
    body: {
      title: "Unprocessable Content",
      status: 422,
      detail: `Cannot promote model "delay@2" as its content must have the digest ${judged}, which was judged: got ` +
        `${altered}; log it again, and run boathouse evaluate PRODUCT`,
    },
  });
  readDigest = (ref) => Promise.reject(new Error(`Cannot load "${ref}" as model.onnx is gone`));
  const gone = await promote();
  expect([gone.status, gone.body.detail]).toEqual([
    422,
    'Cannot promote model "delay@2" as its content must be there as it was judged: Cannot load "delay@2" as ' +
    "model.onnx is gone; log it again, and run boathouse evaluate PRODUCT",
  ]);
  expect((await get("/api/models")).body.models).toEqual([]);
});

test("the control plane promotes a model, lists it, and says what is wrong with a request", async () => {
  const promote = (name: string, body: unknown) => post(`/api/models/${name}/promote`, body);
  const promoted = { model: "delay", version: "2", digest: sha256("delay"), offset: 0 };
  expect(await promote("delay", { ...WHY, version: "champion" })).toEqual({
    status: 200,
    body: { ...promoted, previous: null, changed: true, nodes: { confirmed: [], missing: [] } },
  });
  expect((await promote("delay", { ...WHY, version: "champion" })).body).toMatchObject({ changed: false, offset: 0 });
  expect((await get("/api/models")).body.models).toEqual([
    { ...promoted, by: "ann", at: expect.stringMatching(/^\d{4}-.*Z$/) },
  ]);
  const unknown = await promote("delay", { ...WHY, version: "9" });
  expect([unknown.status, unknown.body.detail]).toEqual([
    422,
    'Cannot promote model "delay@9" as it is not in the registry: boathouse model list',
  ]);
  expect((await promote("delay", { version: "2" })).body.errors[0].pointer).toBe("#/why");
  expect((await promote("delay", { ...WHY, version: "2 or 3" })).body.errors[0].pointer).toBe("#/version");
});

test("the control plane answers MLflow's client", async () => {
  const made = await post("/api/2.0/mlflow/registered-models/create", { name: "delay" });
  expect([made.status, made.body.registered_model.name]).toEqual([200, "delay"]);
  expect((await get("/api/2.0/mlflow/registered-models/get?name=delay")).body.registered_model.name).toBe("delay");
  const missing = await get("/api/2.0/mlflow/registered-models/get?name=nope");
  expect([missing.status, missing.body.error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const put = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/1/abc/model.bin`, { method: "PUT", body: bytes });
  expect([put.status, await put.text()]).toEqual([200, "{}"]);
  const back = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/1/abc/model.bin`);
  expect(new Uint8Array(await back.arrayBuffer())).toEqual(bytes);
});

test("the control plane refuses a body past its size before it reads it", async () => {
  const { port } = server.address() as AddressInfo;
  const answer = await raw(
    port,
    "POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n",
  );
  expect(answer).toContain("413");
  expect(answer).toContain("must be at most 16777216 bytes");
});

test("the control plane refuses foreign pages and other host names", async () => {
  expect((await post("/api/endpoints", {}, { origin: "https://evil.example" })).status).toBe(403);
  const { port } = server.address() as AddressInfo;
  expect(await raw(port, "GET /api/endpoints HTTP/1.1\r\nHost: evil.example\r\n\r\n")).toContain("HTTP/1.1 403");
});

test("the control plane says where things are, and how it does", async () => {
  const page = await (await fetch(`${url}/`)).text();
  expect(page).toContain('<a href="/api/endpoints">');
  expect(page).toContain("http://127.0.0.1:8401/v1/endpoints");
  expect(page).not.toContain("<script");
  expect((await get("/health/live")).body).toEqual({ live: true });
  expect((await get("/health/ready")).body).toEqual({ ready: true, unready: null, configOffset: -1 });
  expect((await get("/api/lake/tables")).body).toEqual({ tables: [{ table: "flights", rows: 3 }] });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('boathouse_control_requests_total{status="200"}');
  expect(metrics).toContain("boathouse_config_offset -1");
});

async function raw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes('"detail"')) {
    const bytes = await connection.read(buffer);
    if (bytes === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, bytes));
  }
  return text;
}
