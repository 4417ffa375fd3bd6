import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, type TestNode } from "./_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench, node: TestNode;
beforeAll(async () => {
  workbench = await openTestWorkbench();
  await fillFlights(workbench);
  await workbench.promoteModel("flight-delay@1");
  node = await serve(workbench);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await workbench[Symbol.asyncDispose]();
});

const JSON_TYPE = "application/json";
/** Paths that take a body, its media type, and a body that is fine but for what the test does to it. */
const ROUTES: [path: string, type: string, limit: number][] = [
  ["/v1/endpoints/flight-delay", JSON_TYPE, 256 * 1024],
  ["/v1/endpoints/flight-delay/batch", JSON_TYPE, 16 * 1024 * 1024],
  ["/v1/functions/averageDelay", JSON_TYPE, 256 * 1024],
  ["/v2/models/flight-delay/infer", JSON_TYPE, 256 * 1024],
  ["/v1/labels", JSON_TYPE, 16 * 1024 * 1024],
  ["/v1/events", "application/cloudevents+json", 16 * 1024 * 1024],
  ["/v1/events", "application/cloudevents-batch+json", 16 * 1024 * 1024],
];

const BODIES: [what: string, body: (limit: number) => BodyInit, status: number[]][] = [
  ["nothing", () => "", [400]],
  ["half a document", () => '{"route": "R1", "hou', [400]],
  ["two documents", () => "{}{}", [400]],
  ["no UTF-8", () => new Uint8Array([0x22, 0xff, 0xfe, 0x22]), [400]],
  ["half a pair of surrogates", () => new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), [400]],
  ["NaN", () => '{"route": "R1", "hour": NaN}', [400]],
  ["65 arrays in each other", () => "[".repeat(65) + "]".repeat(65), [400]],
  ["a million open brackets", (limit) => "[".repeat(Math.min(limit, 1_000_000)), [400]],
  ["too much", (limit) => `"${"x".repeat(limit)}"`, [413]],
  ["null", () => "null", [400, 422]],
  ["a number past all bounds", () => "1e999", [400, 422]],
  ["keys of the prototype", () => '{"__proto__": {"route": "R1", "hour": 4}}', [400, 422]],
  ["wrong types", () => '{"route": 7, "hour": "4", "decision": {}, "inputs": 3}', [400, 422]],
];

const CASES = ROUTES.flatMap(([path, type, limit]) =>
  BODIES.map(([what, body, status]) => ({ path, type, limit, what, body, status }))
);

test.each(CASES)("$path ($type) refuses $what", async ({ path, type, limit, body, status }) => {
  const response = await fetch(node.url + path, {
    method: "POST",
    headers: { "content-type": type },
    body: body(limit),
  });
  const problem = await response.json();
  expect(status).toContain(response.status);
  expect((problem.detail ?? problem.error).length).toBeGreaterThan(10);
  expect(node.said).toEqual([]);
});

test.each(ROUTES)(
  "%s (%s) refuses another media type, another method and a body that is cut off",
  async (path, type) => {
    const status = async (init: RequestInit) => {
      const response = await fetch(node.url + path, init);
      await response.body?.cancel();
      return response.status;
    };
    expect(await status({ method: "POST", body: "x", headers: { "content-type": "text/csv" } })).toBe(415);
    expect(await status({ method: "PUT", body: "{}", headers: { "content-type": type } })).toBe(405);
    const { hostname, port } = new URL(node.url);
    const cut = await Deno.connect({ hostname, port: Number(port) });
    const head =
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await cut.write(new TextEncoder().encode(`${head}zz\r\nnot a chunk`));
    const answer = new Uint8Array(12);
    const read = await cut.read(answer);
    cut.close();
    if (read !== null) expect(new TextDecoder().decode(answer)).toMatch(/^HTTP\/1.1 4/);
    expect(node.said).toEqual([]);
  },
);

test("unknown fields are judged by the schema, and a schema that allows none refuses them by name", async () => {
  const input = { type: "object", properties: { a: { type: "integer" } }, additionalProperties: false };
  await workbench.promote("strict", { body: "return { minutes: input.a };", input });
  const ask = async (name: string, body: unknown) => {
    const response = await fetch(`${node.url}/v1/functions/${name}`, {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: JSON.stringify(body),
    });
    const { errors } = await response.json();
    return [response.status, errors?.[0]];
  };
  expect(await ask("strict", { a: 1 })).toEqual([200, undefined]);
  expect(await ask("strict", { a: 1, b: 2 })).toEqual([422, { pointer: "#/b", detail: "/b must not be there" }]);
  expect(await ask("averageDelay", { route: "R1", hour: 4, b: 2 })).toEqual([200, undefined]);
});

test("a function of the wrong shape, and one that throws, answer 503 with the decision kept", async () => {
  await workbench.promote("shapeless", { body: "return { minutes: 'three' };" });
  await workbench.promote("thrower", { body: "throw new Error('out of order');" });
  for (const [name, why] of [["shapeless", "/minutes must be number"], ["thrower", "out of order"]]) {
    const response = await fetch(`${node.url}/v1/functions/${name}`, {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: JSON.stringify({ route: "R1", hour: 4 }),
    });
    const { detail, decision } = await response.json();
    expect([response.status, detail]).toEqual([503, expect.stringContaining(why!)]);
    expect(decision).toMatch(/^[\da-f-]{36}$/);
  }
});
