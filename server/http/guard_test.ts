import { expect, test } from "vitest";
import { listenError, refuseForeign } from "./guard.ts";
import { Problem } from "./problem.ts";

test("listenError() names a taken port and the way out", () => {
  const address = { hostname: "127.0.0.1", port: 8401 };
  const message = "Cannot listen on 127.0.0.1:8401 as the port is taken by another process: end that process, or set " +
    "listen.serving in boathouse.yaml or BOATHOUSE_LISTEN_SERVING";
  expect(listenError("serving", address, new Deno.errors.AddrInUse("x")).message).toBe(message);
  expect(listenError("serving", address, Object.assign(new Error("x"), { code: "EADDRINUSE" })).message).toBe(message);
  expect(listenError("serving", address, new Error("no such device")).message).toContain("as no such device: ");
});

test.each([
  ["http://evil.example/v1/events", null, false],
  ["http://127.0.0.1.evil.example/", null, false],
  ["http://localhost@evil.example/", null, false],
  ["http://127.0.0.1:8401/", "https://evil.example", false],
  ["http://127.0.0.1:8401/", "null", false],
  ["http://127.0.0.1:8401/", null, true],
  ["http://localhost:9/x", "http://127.0.0.1:8400", true],
  ["http://[::1]:9/x", null, true],
])("refuseForeign(%j, %j)", (url, origin, fine) => {
  if (fine) return refuseForeign(url, origin);
  expect(() => refuseForeign(url, origin)).toThrow(Problem);
  expect(() => refuseForeign(url, origin)).toThrow(/^The request must/);
});
