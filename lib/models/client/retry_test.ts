import { expect, test } from "vitest";
import { PartialBatchError } from "./log_batch.ts";
import { registryClient } from "./registry_client.ts";
import { remoteFetch } from "./remote_fetch.ts";

function clockOf(waits: number[]) {
  let now = 0;
  return {
    now: () => now,
    random: () => 0.5,
    sleep: (ms: number) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

/** A registry that gives one answer after the other, the last one for ever. */
function answering(...answers: (() => Response | Promise<Response>)[]) {
  const waits: number[] = [], calls: string[] = [];
  const client = registryClient(
    async (request) => {
      calls.push(`${request.method} ${new URL(request.url).pathname.split("/mlflow/").at(-1)}`);
      return await answers[Math.min(calls.length, answers.length) - 1]!();
    },
    undefined,
    { clock: clockOf(waits) },
  );
  return { client, waits, calls };
}

const status = (code: number, headers: Record<string, string> = {}) => () =>
  new Response("busy", { status: code, headers });
const ok = () => Response.json({});
const model = () => Response.json({ registered_model: { name: "m" } });

test("a GET is sent again after 503, with waits that grow, at most 5 times", async () => {
  const good = answering(status(503), status(502), model);
  expect((await good.client.getModel("m")).name).toBe("m");
  expect(good.waits).toEqual([200, 400]);
  const bad = answering(status(503));
  await expect(bad.client.getModel("m")).rejects.toThrow("got 503 busy");
  expect([bad.calls.length, bad.waits]).toEqual([5, [200, 400, 800, 1600]]);
});

test("Retry-After says how long to wait, up to 30 s", async () => {
  const { client, waits } = answering(
    status(429, { "retry-after": "3" }),
    status(429, { "retry-after": "Thu, 01 Jan 1970 00:00:10 GMT" }),
    status(429, { "retry-after": "86400" }),
    status(429, { "retry-after": "soon" }),
    model,
  );
  await client.getModel("m");
  expect(waits).toEqual([3000, 7000, 30000, 1600]);
});

test("what must not be done twice is sent again after 429 alone", async () => {
  const refused = answering(status(429), () => Response.json({ experiment_id: "1" }));
  expect(await refused.client.createExperiment("e")).toBe("1");
  for (const answer of [status(503), status(500), () => Promise.reject(new TypeError("connection reset"))]) {
    const lost = answering(answer);
    await expect(lost.client.createExperiment("e")).rejects.toThrow();
    await expect(lost.client.createRun("0", { name: "r", startMs: 0 })).rejects.toThrow();
    await expect(lost.client.deleteModel("m")).rejects.toThrow();
    expect(lost.calls).toHaveLength(3);
  }
});

test("aliases, tags and logged values are sent again after a broken connection", async () => {
  const broken = () => Promise.reject(new TypeError("connection reset"));
  for (
    const act of [
      (client: ReturnType<typeof answering>["client"]) => client.setAlias("m", "champion", "1"),
      (client: ReturnType<typeof answering>["client"]) => client.setVersionTag("m", "1", "k", "v"),
      (client: ReturnType<typeof answering>["client"]) => client.logBatch("r", { params: { a: "1" } }),
    ]
  ) {
    const { client, calls } = answering(broken, ok);
    await act(client);
    expect(calls).toHaveLength(2);
  }
});

test("logBatch() says which parts were written when a later one is refused", async () => {
  const refused = () => Response.json({ error_code: "INVALID_PARAMETER_VALUE", message: "no" }, { status: 400 });
  const { client } = answering(ok, refused);
  const metrics = Array.from({ length: 2500 }, (_, step) => ({ key: "m", value: 1, timestamp: 0, step }));
  const error = await client.logBatch("r", { metrics }).catch((cause) => cause);
  expect(error).toBeInstanceOf(PartialBatchError);
  expect(error.message).toBe(
    "Cannot log the batch whole as part 2 of 3 was refused, after 1000 metrics, 0 parameters and 0 tags had been written: no",
  );
  expect(error.unwritten.flatMap(({ metrics }: { metrics: unknown[] }) => metrics)).toEqual(metrics.slice(1000));
});

test("logBatch() keeps calls below 1 MB, and NaN a text", async () => {
  const bodies: string[] = [];
  const client = registryClient(async (request) => {
    bodies.push(await request.text());
    return ok();
  });
  const params = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, "ä".repeat(5000)]));
  await client.logBatch("r", { params, metrics: [{ key: "m", value: NaN, timestamp: 0, step: 0 }] });
  expect(bodies.every((body) => new TextEncoder().encode(body).length < 1_000_000)).toBe(true);
  expect(bodies.flatMap((body) => JSON.parse(body).params)).toHaveLength(300);
  expect(bodies.at(-1)).toContain('"value":"NaN"');
});

test("awaitVersion() waits for READY, tells why a registration failed, and gives up in time", async () => {
  const version = (state: string, more = {}) => () =>
    Response.json({ model_version: { name: "m", version: "1", status: state, ...more } });
  const pending = answering(version("PENDING_REGISTRATION"), version("PENDING_REGISTRATION"), version("READY"));
  expect((await pending.client.awaitVersion("m", "1")).status).toBe("READY");
  expect(pending.waits).toEqual([100, 200]);
  const failed = answering(version("FAILED_REGISTRATION", { status_message: "disk full" }));
  await expect(failed.client.awaitVersion("m", "1")).rejects.toThrow(
    'Cannot use "m@1" as it must be READY: it is FAILED_REGISTRATION, disk full',
  );
  const slow = answering(version("PENDING_REGISTRATION"));
  await expect(slow.client.awaitVersion("m", "1", { timeoutMs: 1000 })).rejects.toThrow("it still is after 1000 ms");
});

test("remoteFetch() sends the login to the registry alone, and follows no redirect", async () => {
  const seen: (string | null)[] = [];
  await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    seen.push(request.headers.get("authorization"));
    return new Response("bytes");
  });
  const besideUrl = `http://127.0.0.1:${elsewhere.addr.port}/x`;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (request.headers.get("authorization") !== "Basic w6Q6cDpx") return new Response("", { status: 401 });
    if (pathname.includes("/presigned/")) return Response.json({ url: besideUrl, headers: { "x-sign": "1" } });
    return Response.redirect(besideUrl);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const client = registryClient(remoteFetch(origin, { kind: "password", username: "ä", password: "p:q" }), origin);
  expect(new TextDecoder().decode(await client.getArtifact("mlflow-artifacts:/0/a"))).toBe("bytes");
  await expect(client.getModel("m")).rejects.toThrow(`it redirects to "${besideUrl}"`);
  expect(seen).toEqual([null]);
  const stranger = registryClient(remoteFetch(origin, { kind: "token", token: "t" }), origin);
  await expect(stranger.getModel("m")).rejects.toThrow("set MLFLOW_TRACKING_TOKEN");
});
