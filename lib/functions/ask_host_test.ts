import { afterAll, beforeAll, expect, test } from "vitest";
import { isPrivate } from "./_private_address.ts";
import { askHost, type AskHostOptions } from "./ask_host.ts";
import type { HostSpec } from "./context.ts";

const SECRET = "Bearer s3cr3t-value";
const closing = new AbortController();
let base: string, seen: Request[];

beforeAll(() => {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: closing.signal };
  const server = Deno.serve(options, async (request) => {
    seen.push(request);
    const { pathname, searchParams } = new URL(request.url);
    const to = searchParams.get("to");
    if (to !== null) return new Response(null, { status: 302, headers: { location: to } });
    if (pathname === "/v1/slow") return await new Promise<Response>(() => {});
    if (pathname === "/v1/big") return new Response("x".repeat(1_000_001));
    const echo = {
      path: pathname,
      method: request.method,
      body: await request.text(),
      headers: Object.fromEntries(request.headers),
    };
    return Response.json(echo, {
      headers: { etag: `"${request.headers.get("authorization")}"`, "set-cookie": "a=b", "x-other": "1" },
    });
  });
  base = `http://127.0.0.1:${server.addr.port}/v1/`;
});
afterAll(() => closing.abort());

function ask(request: unknown, { host = {}, ...options }: { host?: Partial<HostSpec> } & Partial<AskHostOptions> = {}) {
  seen = [];
  const secret = (name: string) => name === "BOATHOUSE_SECRET_WEATHER" ? SECRET : null;
  return askHost("weather", { url: base, private: true, ...host }, request, { secret, timeoutMs: 20_000, ...options });
}

const AUTH = { auth: { header: "authorization", secret: "BOATHOUSE_SECRET_WEATHER" } };

test("askHost() asks within the host's address, and keeps the headers of the content only", async () => {
  const reply = await ask({
    path: "now?city=Z%C3%BCrich",
    method: "POST",
    headers: { accept: "application/json" },
    body: "é",
  });
  expect(reply).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
  expect(Object.keys(reply.headers).sort()).toEqual(["content-type", "date", "etag"]);
  expect(JSON.parse(reply.body)).toMatchObject({
    path: "/v1/now",
    method: "POST",
    body: "é",
    headers: { accept: "application/json" },
  });
});

test("askHost() adds the secret outside of the function, and hides it where it is echoed", async () => {
  const reply = await ask({ path: "now", headers: { Authorization: "mine", Host: "evil", Cookie: "c" } }, {
    host: AUTH,
  });
  const [request] = seen;
  expect(request!.headers.get("authorization")).toBe(SECRET);
  expect(request!.headers.get("cookie")).toBe(null);
  expect(JSON.stringify(reply)).not.toContain("s3cr3t");
  expect(JSON.parse(reply.body).headers.authorization).toBe("[secret]");
  expect(reply.headers.etag).toBe('"[secret]"');
  const missing = ask({ path: "now" }, { host: AUTH, secret: () => null });
  await expect(missing).rejects.toThrow(
    'Cannot ask host "weather" as the environment variable BOATHOUSE_SECRET_WEATHER must hold its secret: it is not set',
  );
});

test.each([
  "/v2/x",
  "../x",
  "//evil.example/x",
  "https://evil.example/",
  "http://u:p@127.0.0.1/v1/",
  "\\\\evil\\x",
  "a%2f..%2fb",
  "a/../../x",
])(
  "askHost() refuses to leave the host by %j",
  async (path) => {
    await expect(ask({ path })).rejects.toThrow(RangeError);
    await expect(ask({ path })).rejects.toThrow(
      /^Cannot ask host "weather" as requests must stay within http:\/\/127\.0\.0\.1:\d+\/v1\/: got /,
    );
    expect(seen).toEqual([]);
  },
);

test("askHost() follows redirects within the host, and none out of it", async () => {
  expect(JSON.parse((await ask({ path: "a?to=/v1/b" })).body).path).toBe("/v1/b");
  for (const to of ["/other", "http://169.254.169.254/latest/meta-data", "https://evil.example/"]) {
    await expect(ask({ path: `a?to=${encodeURIComponent(to)}` }, { host: AUTH })).rejects.toThrow(
      "as requests must stay within",
    );
    expect(seen).toHaveLength(1);
  }
  await expect(ask({ path: `a?to=${encodeURIComponent("/v1/a?to=/v1/a%3Fto=/v1/a%253Fto=/v1/a%25253Fto=/v1/b")}` }))
    .rejects.toThrow(
      "as it redirects more than 3 times",
    );
  expect((await ask({ path: "a?to=/v1/b", method: "POST" })).status).toBe(302);
});

test("askHost() refuses private addresses that are not declared, by the very address that it connects to", async () => {
  const url = base.replace("127.0.0.1", "weather.example");
  let asked = 0;
  const resolve = (address: string) => (hostname: string) => {
    expect(hostname).toBe("weather.example");
    return Promise.resolve([{ address: asked++ === 0 ? address : "127.0.0.1", family: 4 }]);
  };
  const private_ = { host: { url, private: false }, resolve: resolve("127.0.0.1") };
  await expect(ask({ path: "x" }, private_)).rejects.toThrow(
    'Cannot ask host "weather" as weather.example must not be a private address: got 127.0.0.1; declare it with private: true',
  );
  expect(seen).toEqual([]);
  asked = 0;
  expect((await ask({ path: "x" }, { host: { url }, resolve: resolve("127.0.0.1") })).status).toBe(200);
  expect(asked).toBe(1);
  for (const literal of [base, base.replace("127.0.0.1", "[::1]"), "http://2130706433/", "http://0x7f.1/"]) {
    await expect(ask({ path: "x" }, { host: { url: literal, private: false } })).rejects.toThrow(
      "must not be a private address",
    );
  }
});

test("askHost() bounds time and size, and refuses other forms", async () => {
  await expect(ask({ path: "slow" }, { timeoutMs: 50 })).rejects.toThrow(
    'Cannot ask host "weather" as it must answer within 50 ms',
  );
  const ended = new AbortController();
  const waiting = ask({ path: "slow" }, { signal: ended.signal });
  ended.abort();
  await expect(waiting).rejects.toThrow('Cannot ask host "weather" as ');
  await expect(ask({ path: "big" })).rejects.toThrow("as it must answer with at most 1000000 bytes: it sends more");
  for (
    const request of [null, {}, { path: 1 }, { path: "x", method: "TRACE" }, { path: "x", headers: { "a b": "c" } }, {
      path: "x",
      headers: { a: "b\r\nc: d" },
    }, { path: "x", redirect: "follow" }]
  ) {
    await expect(ask(request)).rejects.toThrow(TypeError);
  }
});

test("isPrivate() knows the networks that are not public", () => {
  const closed = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "x",
    "",
  ];
  const open = [
    "8.8.8.8",
    "172.32.0.1",
    "172.15.0.1",
    "100.128.0.1",
    "192.169.0.1",
    "::ffff:8.8.8.8",
    "2606:4700::1111",
    "2a00:1450:4001::1",
  ];
  expect(closed.filter((address) => !isPrivate(address))).toEqual([]);
  expect(open.filter(isPrivate)).toEqual([]);
});
