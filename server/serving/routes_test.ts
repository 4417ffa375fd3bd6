import { afterEach, beforeEach, expect, test } from "vitest";
import { post, serve, until } from "./_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "./_test_workbench.ts";

let workbench: TestWorkbench;
beforeEach(async () => void (workbench = await openTestWorkbench()));
afterEach(() => workbench[Symbol.asyncDispose]());

test("startServing() refuses requests with problem details", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const at = `${node.url}/v1/endpoints/flight-delay`;
  const misfit = await post(at, { route: "R1", hour: 24 });
  expect(misfit.status).toBe(422);
  expect(misfit.headers.get("content-type")).toBe("application/problem+json");
  expect(misfit.body.errors).toEqual([{ pointer: "#/hour", detail: "/hour must be <= 23: got 24" }]);
  expect((await post(at, { route: "", hour: 2 })).body.errors[0].pointer).toBe("#/route");
  const status = async (path: string, init: RequestInit) => {
    const response = await fetch(node.url + path, init);
    await response.body?.cancel();
    return response.status;
  };
  const json = { "content-type": "application/json" };
  const endpoint = "/v1/endpoints/flight-delay";
  expect(await status(endpoint, { method: "POST", body: "{", headers: json })).toBe(400);
  expect(await status(endpoint, { method: "POST", body: "1", headers: { "content-type": "text/csv" } })).toBe(415);
  expect(await status(endpoint, { method: "POST", body: `"${"x".repeat(300_000)}"`, headers: json })).toBe(413);
  expect(await status(endpoint, { method: "DELETE" })).toBe(405);
  expect(await status("/v1/endpoints/nope", { method: "POST", body: "1", headers: json })).toBe(404);
  expect(await status("/v1/endpoints/constructor", { method: "POST", body: "1", headers: json })).toBe(404);
  expect(await status("/constructor", {})).toBe(404);
  expect(await status("/v1/decisions/x", {})).toBe(404);
  expect(await status("/v1/functions/..%2f..%2fetc", { method: "POST", body: "1", headers: json })).toBe(404);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-budget-ms": "-1" })).status).toBe(400);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-min-config-offset": "99" })).status).toBe(503);
  expect((await post(at, { route: "R1", hour: 2 }, { "boathouse-min-config-offset": "3" })).status).toBe(200);
  expect((await post(at, { route: "R1", hour: 2 }, { origin: "https://evil.example" })).status).toBe(403);
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  expect(metrics).toContain('boathouse_refused_total{endpoint="flight-delay",status="422"} 2');
  expect(metrics).toContain('boathouse_refused_total{endpoint="",status="404"} 2');
  expect(metrics).toMatch(
    /boathouse_requests_total\{endpoint="flight-delay",variant="\w+",status="(?:ok|fallback)"\} 1/,
  );
  expect(metrics).toContain("boathouse_ready 1");
  expect(node.said).toEqual([]);
});

test("startServing() takes events and labels, and topics registered while it runs", async () => {
  await using node = await serve(workbench);
  const event = {
    specversion: "1.0",
    id: "1",
    source: "/t",
    type: "flights.flight.v1",
    subject: "R1",
    data: { delay: 3 },
  };
  const headers = { "content-type": "application/cloudevents+json" };
  expect((await post(`${node.url}/v1/events`, event, headers)).status).toBe(200);
  expect(await workbench.events("events")).toEqual([{ delay: 3 }]);
  await workbench.topic("flights", "flights.flight.v1", { type: "object", required: ["delay"] });
  await until(async () => (await post(`${node.url}/v1/events`, { ...event, data: {} }, headers)).status === 422);
  expect((await post(`${node.url}/v1/events`, event, headers)).status).toBe(200);
  expect(await workbench.events("flights")).toEqual([{ delay: 3 }]);
  const labelled = await post(`${node.url}/v1/labels`, [{ decision: "d1", value: 7 }]);
  expect(labelled.body).toEqual({ accepted: 1, unknown: 1 });
  expect(await workbench.events("label")).toMatchObject([{ decision: "d1", value: 7 }]);
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain("boathouse_labels_unknown_total 1\n");
});

test("startServing() gives up on clients that are slow or gone, and keeps nothing of them", async () => {
  await fillFlights(workbench);
  await using node = await serve(workbench);
  const { port } = new URL(node.url);
  const head = "POST /v1/endpoints/flight-delay HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  for (let i = 0; i < 20; i++) {
    const gone = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await gone.write(new TextEncoder().encode(`${head}Content-Length: 100\r\n\r\n{"route"`));
    gone.close();
  }
  await until(async () => (await (await fetch(`${node.url}/metrics`)).text()).includes("boathouse_in_flight 0"));
  expect((await post(`${node.url}/v1/endpoints/flight-delay`, { route: "R1", hour: 4 })).status).toBe(200);
  expect(node.said).toEqual([]);
});
