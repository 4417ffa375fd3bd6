import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { freePorts } from "../../_tools/peers/free_ports.ts";
import { useS3 } from "../../_tools/peers/use_s3.ts";
import { sha256 } from "../events/mod.ts";
import { openStore, type S3Location, type Store, type StoreOptions } from "./mod.ts";
import { type Fault, type Passing, type S3Proxy, startProxy } from "../../_tools/peers/s3_proxy.ts";

const server = useS3(), dir = Deno.makeTempDirSync();
let bucket: string, proxy: S3Proxy;

beforeAll(async () => bucket = await server()?.bucket());
beforeEach(async () => proxy = await startProxy(server()));
afterEach(() => proxy?.[Symbol.asyncDispose]());
afterAll(() => Deno.remove(dir, { recursive: true }));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = async (store: Store, path: string): Promise<string> => new TextDecoder().decode(await store.get(path));
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(() => Promise.reject(new Error("it succeeded")), (error) => error);

function location(more: Partial<S3Location> = {}): S3Location {
  const { region, credentials } = server();
  return { kind: "s3", endpoint: proxy.endpoint, region, credentials, bucket, prefix: "lake", dir, ...more };
}

function open(more: Partial<S3Location> = {}, options: StoreOptions = {}): Promise<Store> {
  return openStore(location(more), { attempts: 3, timeoutMs: 2000, onRetry: () => {}, ...options });
}

/** Meets the requests that a test is about by faults, in order; afterwards all pass. */
function faults(isMeant: (request: Passing) => boolean, ...list: (Fault | (() => Promise<Fault>))[]): void {
  proxy.fault = (request) => {
    const fault = isMeant(request) ? list.shift() ?? "pass" : "pass";
    return typeof fault === "function" ? fault() : fault;
  };
}

const isPut = ({ method }: Passing): boolean => method === "PUT";
const isGet = ({ method, url }: Passing): boolean => method === "GET" && !url.includes("list-type");

test("a bucket without conditional PUT is read-only, and says so", async () => {
  await (await open()).put("a", text("kept"));
  proxy.fault = (request) => "if-none-match" in request.headers ? "unconditional" : "pass";
  const store = await open();
  const reason = "a second put with If-None-Match of the same object was not refused";
  expect([store.writable, store.readOnlyReason]).toEqual([false, reason]);
  expect((await store.guarantees())[0]).toEqual({
    name: "put-if-absent",
    state: "broken",
    detail: `${reason}; the lake is read-only`,
  });
  expect(await read(store, "a")).toBe("kept");
  for (
    const write of [() => store.put("a", text("x")), () => store.putIfAbsent("b", text("x")), () => store.delete("a")]
  ) {
    expect((await failure(write())).message).toMatch(
      /^Cannot (put|delete) ".": ?|as the store "s3:.*" is read-only: a second/,
    );
  }
  expect((await Array.fromAsync(store.list(""))).map(({ path }) => path)).toContain("a");
});

test("an endpoint that does not know conditions, or lets nobody write, gives a read-only store", async () => {
  for (
    const [fault, reason] of [
      [{ status: 501, code: "NotImplemented" }, "the endpoint does not know If-None-Match"],
      [{ status: 403, code: "AccessDenied" }, "AccessDenied (HTTP 403)"],
    ] as const
  ) {
    proxy.fault = (request) => isPut(request) ? fault : "pass";
    const store = await open();
    expect(store.writable).toBe(false);
    expect(store.readOnlyReason).toContain(reason);
  }
});

test("the proof leaves nothing in the bucket", async () => {
  await open({ prefix: "empty" });
  const raw = await open({ prefix: "" });
  expect((await Array.fromAsync(raw.list("empty"))).map(({ path }) => path)).toEqual([]);
  expect(proxy.seen.filter(({ method }) => method === "DELETE")).toHaveLength(2);
});

test("putIfAbsent() knows its own object after a lost answer", async () => {
  const store = await open(), path = `${crypto.randomUUID()}/0.json`;
  faults(isPut, "lost");
  expect(await store.putIfAbsent(path, text("mine"))).toBe(true);
  expect(proxy.seen.filter(({ method, url }) => method === "PUT" && url.includes(path))).toHaveLength(2);
  expect(await read(store, path)).toBe("mine");
});

test("putIfAbsent() that was never served loses to whoever came in between", async () => {
  const store = await open(), path = `${crypto.randomUUID()}/0.json`;
  const other = await openStore(location({ endpoint: server().endpoint }));
  faults(isPut, async () => {
    await other.putIfAbsent(path, text("theirs"));
    return "unserved";
  });
  expect(await store.putIfAbsent(path, text("mine"))).toBe(false);
  expect(await read(store, path)).toBe("theirs");
});

test("putIfAbsent() that nobody answers says that the outcome is unknown", async () => {
  const store = await open(), path = `${crypto.randomUUID()}/0.json`;
  faults(isPut, "lost", "lost", "lost");
  const error = await failure(store.putIfAbsent(path, text("mine")));
  expect(error.message).toContain(
    `Cannot put "${path}" (whether it was stored is unknown) in "s3://${bucket}/lake" at`,
  );
  expect(await read(store, path)).toBe("mine");
});

test("putIfAbsent() tries again after 409 and 503, and does not after a plain refusal", async () => {
  const store = await open(), folder = crypto.randomUUID();
  faults(isPut, { status: 409, code: "ConditionalRequestConflict" }, { status: 503, code: "SlowDown" });
  expect(await store.putIfAbsent(`${folder}/0`, text("a"))).toBe(true);
  expect(await store.putIfAbsent(`${folder}/0`, text("a"))).toBe(false); // equal bytes, but the refusal is clear
});

test("reads and overwrites go on after answers that say nothing, and tell of each repetition", async () => {
  const lines: string[] = [], store = await open({}, { onRetry: (line) => lines.push(line) });
  const busy: Fault = { status: 503, code: "SlowDown" }, broken: Fault = { status: 500, code: "InternalError" };
  faults(() => true, "unserved", "unserved", broken); // Deno itself repeats the first
  await store.put("again", text("x"));
  faults(() => true, busy);
  expect(await read(store, "again")).toBe("x");
  faults(() => true, busy);
  expect((await Array.fromAsync(store.list("again"))).map(({ path }) => path)).toEqual(["again"]);
  faults(() => true, busy);
  await store.delete("again");
  expect(lines).toHaveLength(5);
  expect(lines[1]).toMatch(
    /^"s3:\/\/.*\/lake" at "http:.*" did not put "again" \(InternalError \(HTTP 500\): .*\): trying again in \d+ ms, 3 of 3$/,
  );
});

test("a server that hangs is given up after the time-out", async () => {
  const store = await open({}, { timeoutMs: 200, attempts: 2 });
  proxy.fault = () => "hang";
  const error = await failure(store.get("a"));
  expect(error.message).toBe(
    `Cannot get "a" in "s3://${bucket}/lake" at "${proxy.endpoint}" as the endpoint must answer: nothing moved for 200 ms; ` +
      `see that it runs and that the endpoint under "lake" is right, then try again`,
  );
});

test("a server that hangs is not asked again after the limit of all tries", async () => {
  const lines: string[] = [], onRetry = (line: string) => lines.push(line);
  const store = await open({}, { timeoutMs: 200, limitMs: 700, attempts: 6, onRetry });
  proxy.fault = () => "hang";
  const began = proxy.seen.length, error = await failure(store.get("a"));
  expect(error.message).toContain("as the endpoint must answer: nothing moved for 200 ms; ");
  expect([1, 2]).toContain(lines.length); // after 200 ms, and after 500 to 700 where the pause is short
  expect(proxy.seen.length - began).toBe(lines.length + 1);
});

test("time in which bytes come does not count against the limit of all tries", async () => {
  const store = await open({}, { timeoutMs: 1000, limitMs: 1400 }), path = "slow/a", bytes = text("x".repeat(100_000));
  await store.put(path, bytes);
  faults(isGet, "slow half");
  expect(await store.get(path)).toEqual(bytes);
});

test("an object that is cut off or changed on its way is read again, and never kept", async () => {
  const store = await open(), path = `${crypto.randomUUID()}.parquet`, bytes = text("content ".repeat(10_000));
  await store.put(path, bytes);
  faults(isGet, "half", "changed");
  expect(await store.get(path)).toEqual(bytes);
  faults(isGet, "changed", "half");
  expect(await Deno.readFile(await store.localPath(path))).toEqual(bytes);
  await store.put(path, bytes); // drops the copy
  faults(isGet, "half", "half", "half");
  const cut = await failure(store.localPath(path));
  expect(cut.message).toMatch(/^Cannot get ".*" in "s3:.*" at ".*" as the endpoint must answer: /);
  faults(isGet, "changed", "changed", "changed");
  const changed = await failure(store.localPath(path));
  expect(changed.message).toMatch(/: the bytes that came have the MD5 [0-9a-f]{32}, not [0-9a-f]{32}; /);
  expect(await Deno.stat(join(store.localDir, path)).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
  const left = await Array.fromAsync(Deno.readDir(join(store.localDir, ".tmp-cache", "parts")));
  expect(left).toEqual([]);
});

test("a changed byte of a file over 16 MiB is found, and the store says which copies it checks", async () => {
  const store = await open({}, { timeoutMs: 30_000 }), local = join(dir, "parts");
  const bytes = new Uint8Array(17 * 1024 * 1024).map((_, i) => i * 31 >> 8);
  await Deno.writeFile(local, bytes);
  const path = `${crypto.randomUUID()}.parquet`;
  await store.adopt(local, path);
  await Deno.remove(join(store.localDir, path));
  faults(isGet, "changed");
  expect(sha256(await Deno.readFile(await store.localPath(path)))).toBe(sha256(bytes));
  await Deno.remove(join(store.localDir, path));
  faults(isGet, "changed", "changed", "changed");
  const error = await failure(store.localPath(path));
  expect(error.message).toMatch(/: the bytes that came have the MD5 [0-9a-f]{32}, not [0-9a-f]{32}; /);
  faults(isGet, "changed", "changed", "changed");
  expect((await failure(store.get(path))).message).toContain("the bytes that came have the MD5 ");
  expect((await store.guarantees()).slice(2)).toEqual([
    {
      name: "whole copies",
      state: "proved",
      detail: "files put whole or that Boathouse put in parts are checked by MD5",
    },
    { name: "whole copies", state: "promised", detail: "files in parts of other programs are checked by size alone" },
  ]);
});

test("wrong keys and a missing bucket end at once, with the way out and without the secret", async () => {
  const { accessKeyId } = server().credentials;
  const cases: [Partial<S3Location>, string, string][] = [
    [
      { credentials: { accessKeyId: "nobody", secretAccessKey: "hush-hush" } },
      "InvalidAccessKeyId",
      "AWS_ACCESS_KEY_ID",
    ],
    [{ credentials: { accessKeyId, secretAccessKey: "hush-hush" } }, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"],
    [{ bucket: "not-there" }, "NoSuchBucket", 'make the bucket "not-there", or name another one under "lake"'],
  ];
  for (const [more, code, wayOut] of cases) {
    const lines: string[] = [];
    const error = await failure(
      open({ endpoint: server().endpoint, ...more }, { onRetry: (line) => lines.push(line) }),
    );
    expect(error.message).toContain(
      `Cannot list "lake/." in "s3://${more.bucket ?? bucket}/lake" at "${server().endpoint}"`,
    );
    expect(error.message).toContain(`${code} (HTTP 40`);
    expect(error.message).toContain(wayOut);
    expect(Deno.inspect(error, { depth: 10 })).not.toContain("hush");
    expect(lines).toEqual([]);
  }
});

test("an endpoint that is away is tried again with a message, then refused by name", async () => {
  const lines: string[] = [], endpoint = `http://127.0.0.1:${freePorts(1)[0]}`; // nobody listens
  const error = await failure(open({ endpoint }, { onRetry: (line) => lines.push(line) }));
  expect(lines).toHaveLength(2);
  expect(error.message).toMatch(
    /^Cannot list "lake\/\." in "s3:\/\/.*\/lake" at "http:\/\/127.0.0.1:\d+" as the endpoint must answer: .*Connection refused/,
  );
});

test("adopt() sends a large file in parts, again where one fails, and is whole after a lost end", async () => {
  const store = await open({}, { timeoutMs: 30_000 }),
    path = `${crypto.randomUUID()}.parquet`,
    local = join(dir, "large");
  const bytes = new Uint8Array(40 * 1024 * 1024).map((_, i) => i * 31 >> 8);
  await Deno.writeFile(local, bytes);
  const once = new Map<string, Fault>([["partNumber=2", { status: 503, code: "SlowDown" }], ["?uploadId", "lost"]]);
  proxy.fault = ({ url }) => {
    const name = [...once.keys()].find((name) => url.includes(name)), fault = once.get(name ?? "");
    once.delete(name ?? "");
    return fault ?? "pass";
  };
  await store.adopt(local, path);
  expect(await Deno.stat(local).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
  expect(sha256(await store.get(path))).toBe(sha256(bytes)); // comparing 40 MB takes half a minute
  expect(proxy.seen.filter(({ url }) => url.includes("partNumber=")).length).toBe(4);
});

test("adopt() that fails keeps the local file and abandons its parts", async () => {
  const store = await open({}, { timeoutMs: 30_000 }),
    path = `${crypto.randomUUID()}.parquet`,
    local = join(dir, "failing");
  await Deno.writeFile(local, new Uint8Array(20 * 1024 * 1024));
  proxy.fault = ({ url }) => url.includes("partNumber=2") ? { status: 403, code: "AccessDenied" } : "pass";
  const error = await failure(store.adopt(local, path));
  expect(error.message).toContain(`Cannot put part 2 of "${path}" in "s3://${bucket}/lake"`);
  expect((await Deno.stat(local)).size).toBe(20 * 1024 * 1024);
  expect(proxy.seen.at(-1)).toMatchObject({ method: "DELETE", url: expect.stringContaining("uploadId=") });
  expect(await store.exists(path)).toBe(false);
});
