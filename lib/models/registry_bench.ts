/** The embedded registry over HTTP beside a real MLflow server, and artifacts beside a bare copy over HTTP. */
import { startMlflow } from "../../_tools/peers/mlflow.ts";
import { openStore } from "../store/mod.ts";
import { type RegistryClient, registryClient } from "./client/registry_client.ts";
import { remoteFetch } from "./client/remote_fetch.ts";
import { takeInventory } from "./find_version.ts";
import { registryHandler } from "./registry/registry_handler.ts";

const ROUNDS = 9;
const AT_ONCE = 4;
const BYTES = 200 * 1024 * 1024;
const MANY = 10_000;
const MODELS = 100;
const EACH = 10;

const dir = Deno.makeTempDirSync();
const store = await openStore({ kind: "directory", dir });
await using handler = registryHandler({ store, dir: `${dir}/registry` });
await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
await using mlflow = await startMlflow({ workers: 2 });

const clientOf = (url: string) => registryClient(remoteFetch(url, null), url);
const ours = clientOf(`http://127.0.0.1:${server.addr.port}`), theirs = clientOf(mlflow.url);
for (const client of [ours, theirs]) await prepare(client);

async function prepare(client: RegistryClient): Promise<void> {
  const { info } = await client.createRun(await client.createExperiment("e"), { name: "r", startMs: 0 });
  await client.createModel("delay");
  const source = `${info.artifact_uri}/model`;
  await client.createVersion({ name: "delay", source, runId: info.run_id, tags: { a: "b" } });
  await client.setAlias("delay", "champion", "1");
}

async function rateOf(client: RegistryClient, calls: number): Promise<number> {
  const start = performance.now();
  const worker = async () => {
    for (let i = 0; i < calls / AT_ONCE; i++) await client.getVersionByAlias("delay", "champion");
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return calls * 1000 / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function compare(
  { name, unit, peer }: { name: string; unit: string; peer: string },
  measure: () => Promise<number>,
  measurePeer: () => Promise<number>,
): Promise<void> {
  const rounds: [number, number][] = [];
  await measure(); // the first download hashes on the way
  for (let i = 0; i < ROUNDS; i++) rounds.push([await measure(), await measurePeer()]);
  const value = median(rounds.map(([one]) => one));
  console.log(JSON.stringify({ name, value, unit, ratio: value / median(rounds.map(([, one]) => one)), peer }));
}

await compare(
  { name: `get by alias, ${AT_ONCE} at once`, unit: "calls/s", peer: "MLflow 3.17, 2 workers" },
  () => rateOf(ours, 4000),
  () => rateOf(theirs, 200),
);

const payload = new Uint8Array(BYTES).map((_, i) => i * 31);
const uri = "mlflow-artifacts:/0/r/artifacts/model.bin";
await ours.putArtifact(uri, payload);
await Deno.writeFile(`${dir}/bare.bin`, payload);
await using bare = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
  return new Response((await Deno.open(`${dir}/bare.bin`)).readable);
});

async function mibPerSecond(read: () => Promise<{ byteLength: number }>): Promise<number> {
  const start = performance.now();
  const { byteLength } = await read();
  if (byteLength !== BYTES) throw new Error(`expected ${BYTES} bytes: got ${byteLength}`);
  return BYTES / 1024 ** 2 * 1000 / (performance.now() - start);
}

const bareUrl = `http://127.0.0.1:${bare.addr.port}/`;
await compare(
  { name: "artifact of 200 MiB into memory", unit: "MiB/s", peer: "bare HTTP copy" },
  () => mibPerSecond(() => ours.getArtifact(uri)),
  () => mibPerSecond(async () => await (await fetch(bareUrl)).arrayBuffer()),
);

async function toFile(stream: ReadableStream<Uint8Array>): Promise<{ byteLength: number }> {
  await Deno.writeFile(`${dir}/copy.bin`, stream);
  return { byteLength: (await Deno.stat(`${dir}/copy.bin`)).size };
}

const onProgress = () => {};
await compare(
  { name: "artifact of 200 MiB into a file, with progress", unit: "MiB/s", peer: "bare HTTP copy" },
  () => mibPerSecond(async () => await toFile(await ours.downloadArtifact(uri, { onProgress }))),
  () => mibPerSecond(async () => await toFile((await fetch(bareUrl)).body!)),
);

await fill(ours, "many", MANY);
const start = performance.now();
const found = (await takeInventory(ours)).get("many")!.versions.size;
const value = performance.now() - start;
if (found !== MANY) throw new Error(`expected ${MANY} versions: got ${found}`);
console.log(JSON.stringify({ name: "one look at 10,000 versions", value, unit: "ms" }));
await ours.deleteModel("many");
for (const client of [ours, theirs]) {
  for (let i = 0; i < MODELS; i++) await fill(client, `m${i}`, EACH);
}
await compare(
  { name: `looks at ${MODELS} models of ${EACH} versions`, unit: "looks/s", peer: "the same client on MLflow 3.17" },
  () => looksPerSecond(ours),
  () => looksPerSecond(theirs),
);
await Deno.remove(dir, { recursive: true });

async function fill(client: RegistryClient, name: string, versions: number): Promise<void> {
  const { info } = await client.createRun("0", { name: "r", startMs: 0 });
  const version = { name, source: `${info.artifact_uri}/model`, runId: info.run_id };
  await client.createModel(name);
  for (let i = 0; i < versions; i++) await client.createVersion({ ...version, tags: { n: `${i}` } });
}

async function looksPerSecond(client: RegistryClient): Promise<number> {
  const start = performance.now();
  const { size } = await takeInventory(client);
  if (size <= MODELS) throw new Error(`expected more than ${MODELS} models: got ${size}`);
  return 1000 / (performance.now() - start);
}
