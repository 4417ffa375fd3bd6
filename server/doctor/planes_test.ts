import { expect, test } from "vitest";
import { plane } from "./planes.ts";

async function answering(body: unknown, status = 200) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(text, { status }),
  );
  const address = { hostname: "127.0.0.1", port: server.addr.port };
  const { state, detail } = await plane("serving", { serving: address, control: address });
  return { state, detail: detail.replace(String(address.port), "PORT") };
}

test("plane() tells ready, degraded and not ready apart", async () => {
  expect(await answering({ ready: true, degraded: [] })).toEqual({
    state: "proved",
    detail: "http://127.0.0.1:PORT is ready",
  });
  expect(await answering({ ready: true, degraded: ["bus away"] })).toEqual({
    state: "broken",
    detail: "http://127.0.0.1:PORT answers, but is degraded: bus away",
  });
  expect(await answering({ ready: false, unready: "rule 9" }, 503)).toEqual({
    state: "broken",
    detail: "http://127.0.0.1:PORT is not ready: rule 9",
  });
});

test("plane() finds a stranger at its address", async () => {
  const found = {
    state: "broken",
    detail: "something else answers at http://127.0.0.1:PORT: set listen.serving in boathouse.yaml",
  };
  expect(await answering("<html>")).toEqual(found);
  expect(await answering([1])).toEqual(found);
});

test("plane() calls one that does not run off, which is no fault", async () => {
  const address = { hostname: "::1", port: 1 };
  expect(await plane("control", { serving: address, control: address })).toEqual({
    name: "control",
    state: "off",
    detail: "nothing answers at http://[::1]:1: boathouse start --role control",
  });
});
