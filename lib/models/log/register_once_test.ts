import { expect, test } from "vitest";
import { openStore } from "../../store/mod.ts";
import { registryClient, type RegistryFetch } from "../client/registry_client.ts";
import { registryHandler } from "../registry/registry_handler.ts";
import { expectOneVersionEach } from "./_test_two_processes.ts";
import { registerOnce } from "./register_once.ts";

const SOURCE = "mlflow-artifacts:/0/r/artifacts/model";

async function setup(change: (send: RegistryFetch) => RegistryFetch = (send) => send) {
  const dir = Deno.makeTempDirSync();
  const handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir: `${dir}/registry` });
  const client = registryClient(change(handler));
  const newRun = async () => (await client.createRun("0", { name: "r", startMs: 0 })).info.run_id;
  await client.createModel("delay");
  return { dir, client, newRun, [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose]() };
}

test("log() from two processes, four at once each, makes one version of each content", async () => {
  await using bench = await setup();
  await expectOneVersionEach([bench.dir], bench.client);
}, 120_000);

test("registerOnce() knows its version where the answer to the call was lost", async () => {
  const isCreate = ({ url }: Request) => url.endsWith("/model-versions/create");
  await using bench = await setup((send) => async (request) => {
    const answer = await send(request);
    if (isCreate(request)) throw new TypeError("connection reset");
    return answer;
  });
  const { client, newRun } = bench;
  const runId = await newRun();
  expect(await registerOnce(client, { name: "delay", digest: "d", source: SOURCE, runId }))
    .toMatchObject({ version: "1", run_id: runId });
});

test("registerOnce() says why the registry refused, where nobody registered the content", async () => {
  await using bench = await setup();
  const { client, newRun } = bench;
  const version = { name: "none", digest: "d", source: SOURCE, runId: await newRun() };
  await expect(registerOnce(client, version)).rejects.toThrow("Registered Model with name=none not found");
});

test("registerOnce() takes a version back where another one was first, with its run", async () => {
  await using bench = await setup((send) => async (request) => {
    // MLflow has no index of contents: this one is made to forget its own.
    const body = await request.text();
    const init = { method: request.method, ...(body && { body: body.replace("boathouse.digest", "unindexed") }) };
    return await send(new Request(request.url.replace("boathouse.digest", "unindexed"), init));
  });
  const { client, newRun } = bench;
  const [first, second] = [await newRun(), await newRun()];
  const register = (runId: string) => registerOnce(client, { name: "delay", digest: "d", source: SOURCE, runId });
  expect((await register(first)).version).toBe("1");
  expect((await register(second)).version).toBe("1");
  expect((await Array.fromAsync(client.searchVersions("name = 'delay'"))).map(({ version }) => version)).toEqual(["1"]);
  expect((await Array.fromAsync(client.searchRuns(["0"]))).map(({ info }) => info.run_id)).toEqual([first]);
});
