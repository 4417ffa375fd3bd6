import { Buffer } from "node:buffer";
import { Client } from "minio";
import { startS3 } from "../../_tools/peers/seaweedfs.ts";
import { openStore, type Store } from "./mod.ts";

// The store on a real S3 server against the minio client driven directly, on the same server and in turns; best of the
// rounds. A copy in the cache is compared with the same object read from the server.

const ROUNDS = 5, SMALL = 2_000, LARGE = 8_000_000, LISTED = 2_000;

interface Peers {
  store: Store;
  client: Client;
  bucket: string;
}

async function run(): Promise<void> {
  await using server = await startS3();
  const { endpoint, region, credentials } = server,
    bucket = await server.bucket(),
    { hostname, port } = new URL(endpoint);
  const dir = await Deno.makeTempDir({ prefix: "boathouse-bench-" });
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region,
  });
  try {
    const store = await openStore({ kind: "s3", endpoint, region, credentials, bucket, prefix: "lake", dir });
    await measure({ store, client, bucket });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function measure({ store, client, bucket }: Peers): Promise<void> {
  const small = Buffer.alloc(SMALL, "commit"),
    large = Buffer.alloc(LARGE, "rows"),
    name = `${crypto.randomUUID()}.parquet`;
  await compare("put 2 kB", "1/s", 100, {
    ours: (i) => store.put(`ours/${i}`, small),
    theirs: (i) => client.putObject(bucket, `lake/theirs/${i}`, small),
  });
  await compare("put 2 kB if absent", "1/s", 100, {
    ours: () => store.putIfAbsent(`ours/${crypto.randomUUID()}`, small),
    theirs: () =>
      client.putObject(bucket, `lake/theirs/${crypto.randomUUID()}`, small, SMALL, { "if-none-match": "*" }),
  });
  await compare("get 2 kB", "1/s", 200, {
    ours: (i) => store.get(`ours/${i % 100}`),
    theirs: (i) => readAll(client, bucket, `lake/theirs/${i % 100}`),
  });
  await store.put(name, large);
  await compare("get 8 MB", "1/s", 5, {
    ours: () => store.get(name),
    theirs: () => readAll(client, bucket, `lake/${name}`),
  });
  await store.localPath(name);
  await compare("read 8 MB from the cache", "1/s", 20, {
    ours: async () => void await Deno.readFile(await store.localPath(name)),
    theirs: () => readAll(client, bucket, `lake/${name}`),
  });
  for (let i = 0; i < LISTED; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, j) => store.put(`log/${String(i + j).padStart(20, "0")}.json`, small)),
    );
  }
  await compare(`list ${LISTED} objects`, "1/s", 3, {
    ours: () => Array.fromAsync(store.list("log/")),
    theirs: () => Array.fromAsync(client.listObjectsV2(bucket, "lake/log/", true)),
  });
  const after = `log/${String(LISTED - 10).padStart(20, "0")}.json`;
  await compare(`list the last 9 of ${LISTED} objects`, "1/s", 20, {
    ours: () => Array.fromAsync(store.list("log/", { after })),
    theirs: () => Array.fromAsync(client.listObjectsV2(bucket, "lake/log/", true, `lake/${after}`)),
  });
}

async function readAll(client: Client, bucket: string, key: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await client.getObject(bucket, key)) parts.push(part);
  return Buffer.concat(parts);
}

interface Pair {
  ours(i: number): Promise<unknown>;
  theirs(i: number): Promise<unknown>;
}

async function compare(name: string, unit: string, times: number, { ours, theirs }: Pair): Promise<void> {
  let best = 0, peer = 0;
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.max(best, await rate(times, ours));
    peer = Math.max(peer, await rate(times, theirs));
  }
  const ratio = Number((best / peer).toFixed(2));
  console.log(
    JSON.stringify({ name: `S3 store: ${name}`, value: Math.round(best * 10) / 10, unit, ratio, peer: "minio" }),
  );
}

async function rate(times: number, action: (i: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < times; i++) await action(i);
  return times / ((performance.now() - start) / 1000);
}

await run();
Deno.exit(0); // the client of minio keeps its connections open
