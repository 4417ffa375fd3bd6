import { expect, test } from "vitest";
import { loadSettings, type Settings, signingKey } from "../../lib/config/mod.ts";
import { startControl } from "./start_control.ts";

function newWorkbench(): Settings {
  const root = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:0' }\n");
  return loadSettings(root, {});
}

async function run<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = startControl({ settings, key: signingKey(settings, {}), signal: stop.signal, onReady: resolve });
  ended.catch(reject);
  try {
    return await work(await promise);
  } finally {
    stop.abort();
    await ended;
  }
}

test("startControl() serves an empty workbench until it is told to end", async () => {
  const settings = newWorkbench();
  const url = await run(settings, async (url) => {
    const json = async (path: string) => await (await fetch(url + path)).json();
    expect(await json("/health/ready")).toMatchObject({ ready: true });
    expect(await json("/api/endpoints")).toEqual({ endpoints: [], offset: -1 });
    expect(await json("/api/functions")).toEqual({ functions: [] });
    expect((await json("/api/lake/tables")).tables).toBeInstanceOf(Array);
    expect(await json("/api/2.0/mlflow/registered-models/search")).toMatchObject({});
    return url;
  });
  await expect(fetch(url)).rejects.toThrow(TypeError);
});

test("startControl() of a registry elsewhere names its address, and takes no webhook without a secret", async () => {
  const settings = newWorkbench();
  const registry = { kind: "mlflow" as const, url: "http://127.0.0.1:9", login: null };
  await run({ ...settings, registry }, async (url) => {
    for (const path of ["mlflow/registered-models/search", "mlflow-artifacts/artifacts/a"]) {
      const answer = await fetch(`${url}/api/2.0/${path}`);
      expect([answer.status, await answer.json()]).toEqual([404, {
        error_code: "ENDPOINT_NOT_FOUND",
        message: "Cannot answer as this workbench's registry is at http://127.0.0.1:9: ask there",
      }]);
    }
    const delivery = await fetch(`${url}/api/webhooks/mlflow`, { method: "POST", body: "{}" });
    expect([delivery.status, (await delivery.json()).detail]).toEqual([
      403,
      "No webhooks are taken: start the control plane with BOATHOUSE_WEBHOOK_SECRET set",
    ]);
  });
});

test("startControl() refuses an endpoint's file of an unknown function", async () => {
  const settings = newWorkbench();
  Deno.mkdirSync(`${settings.root}/notebooks/trains`, { recursive: true });
  Deno.writeTextFileSync(
    `${settings.root}/notebooks/trains/product.yaml`,
    "product: trains\nowner: rail\nbusinessCase: fewer waits\ntasks: [T-1]\nrepositories: [.]\n",
  );
  await run(settings, async (url) => {
    const text = "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, " +
      "plan: { fallback: [{ call: nope }] } }] }";
    const body = JSON.stringify({ product: "trains", text, why: "test" });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/api/endpoints`, { method: "POST", body, headers });
    expect(response.status).toBe(422);
    expect((await response.json()).detail).toBe(
      'Cannot apply endpoint "e" as function "nope" is not promoted: run boathouse promote NOTEBOOK#nope',
    );
  });
});

test("startControl() refuses a taken port and an open address, in one line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const settings = newWorkbench();
  const at = (hostname: string, port: number) =>
    startControl({
      settings: { ...settings, listen: { ...settings.listen, control: { hostname, port } } },
      key: "k".repeat(32),
      signal: AbortSignal.timeout(1),
    });
  await expect(at("127.0.0.1", port)).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port} as the port is taken by another process`,
  );
  await expect(at("0.0.0.0", 0)).rejects.toThrow(
    'Cannot listen on "0.0.0.0:0" as no access token was created: run boathouse token create',
  );
});
