import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bus, openBus } from "../../lib/bus/mod.ts";
import type { Product } from "../../lib/config/mod.ts";
import { type Control, openControl } from "../../lib/control/mod.ts";
import { sha256 } from "../../lib/events/mod.ts";
import { registryHandler } from "../../lib/models/mod.ts";
import { openStore, type Store } from "../../lib/store/mod.ts";
import { createToken, openAccess, revokeToken, type Role } from "../auth/mod.ts";
import { createControlApp } from "./create_app.ts";

const KEY = "k".repeat(32), REASON = { by: "test", why: "test" };
const SCHEMA = { input: { type: "object" }, output: { type: "object" } };
const products = ["flights", "trains"].map((name) =>
  ({ name, owner: "o", businessCase: "b", tasks: ["t"], metrics: {} }) as unknown as Product
);

let bus: Bus, control: Control, store: Store, server: Server, url: string;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  const dir = Deno.makeTempDirSync();
  stack = new AsyncDisposableStack();
  bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  control = stack.use(await openControl({ bus, key: KEY, onAlert: () => {} }));
  store = await openStore({ kind: "directory", dir });
  const facts = (ref: string) => ({ name: ref, hash: sha256(ref), output: SCHEMA.output, models: {}, budgetMs: 10 });
  const app = createControlApp({
    bus,
    store,
    control,
    access: openAccess({ open: true }),
    key: KEY,
    pins: {
      findFunction: (ref) => Promise.resolve(facts(ref)),
      findModel: () => Promise.resolve(null),
      findVerdict: () => Promise.resolve(null),
      readDigest: () => Promise.reject(new Error("no model is read")),
    },
    registry: stack.use(registryHandler({ store, dir: `${dir}/registry` })),
    webhooks: { secret: null, watch: () => Promise.reject(new Error("no webhook is taken")) },
    products: () => products,
    tables: () => Promise.resolve([]),
    readManifest: (hash) => Promise.resolve({ hash, ...SCHEMA }),
    promote: () => Promise.reject(new Error("nothing is promoted")),
    servingUrl: "http://127.0.0.1:8401",
  }, (error) => console.error(error));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await stack.disposeAsync();
});

const create = async (role: Role, product: string | null = null) => {
  const name = product === null ? role : `${role}-${product}`;
  return (await createToken({ control, store }, { role, product, name, ...REASON })).token;
};

async function ask(path: string, token: string | null, body?: unknown) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

const FILE = {
  product: "flights",
  text:
    "endpoint: delay\ncontract: 1\nbudgetMs: 50\nvariants: [{ name: a, weight: 1, plan: { fallback: [{ call: f }] } }]\n",
  why: "test",
};

test("the control plane of a workbench with tokens lets roles read, write and operate", async () => {
  const tokens = {
    viewer: await create("viewer"),
    author: await create("author"),
    operator: await create("operator"),
    service: await create("service"),
  };
  const statuses = async (path: string, body?: unknown) => {
    const all = [null, tokens.service, tokens.viewer, tokens.author, tokens.operator];
    return await Promise.all(all.map(async (token) => (await ask(path, token, body)).status));
  };
  expect(await statuses("/health/ready")).toEqual([200, 200, 200, 200, 200]);
  expect(await statuses("/api/endpoints")).toEqual([401, 403, 200, 200, 200]);
  expect(await statuses("/metrics")).toEqual([401, 403, 200, 200, 200]);
  expect(await statuses("/api/endpoints", FILE)).toEqual([401, 403, 403, 200, 200]);
  expect(await statuses("/api/endpoints/delay/activate", { why: "x" })).toEqual([401, 403, 403, 403, 200]);
  expect(await statuses("/api/models/m/promote", { why: "x", version: "1" })).toEqual([401, 403, 403, 403, 422]);
  expect(await statuses("/api/2.0/mlflow/runs/search", { experiment_ids: ["0"] })).toEqual([401, 403, 200, 200, 200]);
  expect((await statuses("/api/2.0/mlflow/registered-models/create", { name: "m" })).slice(0, 3)).toEqual([
    401,
    403,
    403,
  ]);
  expect((await ask("/api/2.0/mlflow/registered-models/create", tokens.author, { name: "n" })).status).toBe(200);
  expect((await ask("/api/webhooks/mlflow", null, {})).body.detail).toContain("No webhooks are taken");
  await revokeToken({ control }, "operator", REASON);
  expect((await ask("/api/endpoints", tokens.operator)).status).toBe(401);
});

test("topic control tells the token's name as who did it, whatever the body says, and never the token", async () => {
  const token = await create("operator");
  await ask("/api/endpoints", token, { ...FILE, by: "somebody else" });
  expect((await ask("/api/endpoints/delay/activate", token, { why: "go", by: "somebody else" })).status).toBe(200);
  const records: string[] = [];
  for await (const batch of bus.read("control", 0, 0)) records.push(...batch.records().map(({ json }) => json!));
  const said = records.map((json) => JSON.parse(json).data).map(({ op, by, why }) => [op, by, why]);
  expect(said).toEqual([["token", "test", "test"], ["apply", "operator", "test"], ["activate", "operator", "go"]]);
  expect(records.join()).not.toContain(token.split(".")[1]);
});

test("a token of one product changes its endpoints only", async () => {
  const [flights, trains] = [await create("operator", "flights"), await create("operator", "trains")];
  expect((await ask("/api/endpoints", trains, FILE)).body.detail).toContain('is of product "flights"');
  expect((await ask("/api/endpoints", flights, FILE)).status).toBe(200);
  for (const verb of ["activate", "rollback"]) {
    const { status, body } = await ask(`/api/endpoints/delay/${verb}`, trains, { why: "x" });
    expect([status, body.detail]).toEqual([
      403,
      'Token "operator-trains" is for product "trains": endpoint "delay" is of product "flights"',
    ]);
  }
  expect((await ask("/api/endpoints/delay/activate", flights, { why: "x" })).status).toBe(200);
  expect((await ask("/api/endpoints/nope/activate", trains, { why: "x" })).status).toBe(403);
});

test("without tokens only pages of this machine may ask, with tokens pages have none to send", async () => {
  const from = async (origin: string) => {
    const response = await fetch(`${url}/api/endpoints`, { headers: { origin } });
    await response.body?.cancel();
    return response.status;
  };
  expect([await from("http://evil.example"), await from("http://127.0.0.1:1")]).toEqual([403, 200]);
  await create("viewer");
  expect([await from("http://evil.example"), await from("http://127.0.0.1:1")]).toEqual([401, 401]);
});
