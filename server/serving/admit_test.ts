import { afterEach, beforeEach, expect, test } from "vitest";
import { createToken, revokeToken, type Role, ROLES } from "../auth/mod.ts";
import { serve, until } from "./_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

const REASON = { by: "test", why: "test" };
const create = async (role: Role, product: string | null = null) =>
  (await createToken(workbench, { role, product, name: product === null ? role : `${role}-${product}`, ...REASON }))
    .token;

async function ask(url: string, token: string | null, init: RequestInit = {}) {
  const headers = {
    "content-type": "application/json",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(url, { headers, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, detail: text };
}

const CALL = { method: "POST", body: '{"route":"R1","hour":4}' };
/** What each role may ask of a node. */
const PLACES: [path: string, init: RequestInit, roles: readonly Role[]][] = [
  ["/v1/endpoints/flight-delay", CALL, ["service", "author", "operator"]],
  ["/v1/endpoints/flight-delay/batch", { method: "POST", body: "[]" }, ["service", "author", "operator"]],
  ["/v1/functions/averageDelay", CALL, ["author", "operator"]],
  ["/v1/labels", { method: "POST", body: '{"decision":"d","value":1}' }, ["service", "author", "operator"]],
  ["/v2/models/flight-delay/infer", { method: "POST", body: "{}" }, ["service", "author", "operator"]],
  ["/v1/decisions/x", {}, ["viewer", "author", "operator"]],
  ["/metrics", {}, ["viewer", "author", "operator"]],
  ["/openapi.json", {}, ROLES],
  ["/v1/endpoints", {}, ROLES],
  ["/v1/endpoints/flight-delay", {}, ROLES],
  ["/v1/endpoints/flight-delay/client.ts", {}, ROLES],
  ["/v2", {}, ROLES],
  ["/nowhere", {}, ROLES],
];

test("a node of a workbench with tokens answers each role what it may ask, and nobody else", async () => {
  await fillFlights(workbench);
  const tokens = new Map(await Promise.all(ROLES.map(async (role) => [role, await create(role)] as const)));
  await using node = await serve(workbench);
  for (const [path, init, roles] of PLACES) {
    const nobody = await ask(node.url + path, null, init);
    expect([path, nobody.status, nobody.headers.get("www-authenticate")]).toEqual([
      path,
      401,
      'Bearer realm="boathouse"',
    ]);
    for (const role of ROLES) {
      const { status, detail } = await ask(node.url + path, tokens.get(role)!, init);
      expect([path, role, status === 403]).toEqual([path, role, !roles.includes(role)]);
      expect([path, role, status]).not.toEqual([path, role, 401]);
      if (status === 403) expect(detail).toContain(`must have the role ${roles.join(" or ")} to `);
    }
  }
  for (const path of ["/health/live", "/health/ready", "/v2/health/live"]) {
    expect((await ask(node.url + path, null)).status).toBe(200);
  }
  expect(JSON.parse((await ask(`${node.url}/openapi.json`, tokens.get("service")!)).detail).security).toEqual([{
    token: [],
  }]);
  expect(node.said).toEqual([]);
});

test("a token of one product asks its endpoints and their decisions only", async () => {
  await fillFlights(workbench);
  const [mine, other] = [await create("operator", "flights"), await create("operator", "trains")];
  await using node = await serve(workbench);
  const at = `${node.url}/v1/endpoints/flight-delay`;
  const answered = await ask(at, mine, CALL);
  expect(answered.status).toBe(200);
  const decision = `${node.url}/v1/decisions/${JSON.parse(answered.detail).decision.id}`;
  await until(async () => (await ask(decision, mine)).status === 200);
  for (const [url, init] of [[at, CALL], [at, {}], [`${at}/client.ts`, {}], [decision, {}]] as const) {
    const { status, detail } = await ask(url, other, init);
    expect([status, detail]).toEqual([403, expect.stringContaining('is for product \\"trains\\"')]);
  }
});

test("all nodes follow a token's creation and revocation, and start with what was revoked refused", async () => {
  await fillFlights(workbench);
  const first = await create("viewer");
  {
    await using one = await serve(workbench);
    await using two = await serve(workbench);
    const token = await create("service");
    const isStatus = (status: number) =>
      until(async () => {
        const all = await Promise.all([one, two].map(({ url }) => ask(`${url}/v1/endpoints`, token)));
        return all.every((answer) => answer.status === status);
      });
    await isStatus(200);
    await revokeToken(workbench, "service", REASON);
    await isStatus(401);
  }
  await revokeToken(workbench, "viewer", REASON);
  await create("author");
  await using node = await serve(workbench);
  expect((await ask(`${node.url}/v1/endpoints`, first)).status).toBe(401);
});

test("off loopback a node answers with tokens, by whatever name it is asked, and stays shut when all are revoked", async () => {
  await fillFlights(workbench);
  const token = await create("service");
  const listen = { ...workbench.settings.listen, serving: { hostname: "0.0.0.0", port: 0 } };
  await using node = await serve({ settings: { ...workbench.settings, listen } });
  const { port } = new URL(node.url);
  const raw = async (authorization: string) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    const head = `GET /v1/endpoints HTTP/1.1\r\nHost: boats.example\r\nConnection: close\r\n${authorization}\r\n`;
    await connection.write(new TextEncoder().encode(head));
    return (await new Response(connection.readable).text()).split("\r\n")[0];
  };
  expect(await raw(`Authorization: Bearer ${token}\r\n`)).toBe("HTTP/1.1 200 OK");
  expect(await raw("")).toBe("HTTP/1.1 401 Unauthorized");
  await revokeToken(workbench, "service", REASON);
  await until(async () => await raw(`Authorization: Bearer ${token}\r\n`) === "HTTP/1.1 401 Unauthorized");
  expect(await raw("")).toBe("HTTP/1.1 401 Unauthorized");
});

test("a token that asks too often is told when to come back, and others are not held up", async () => {
  await fillFlights(workbench);
  const { token } = await createToken(workbench, {
    role: "service",
    product: null,
    name: "eager",
    perSecond: 3,
    ...REASON,
  });
  const calm = await create("service");
  await using node = await serve(workbench);
  const at = `${node.url}/v1/endpoints`;
  const eager = await Promise.all(Array.from({ length: 30 }, () => ask(at, token)));
  const late = eager.filter(({ status }) => status === 429);
  expect(late.length).toBeGreaterThan(0);
  expect(late[0]!.headers.get("retry-after")).toBe("1");
  expect((await ask(at, calm)).status).toBe(200);
  await until(async () => (await ask(at, token)).status === 200);
});
