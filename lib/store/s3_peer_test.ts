import { Buffer } from "node:buffer";
import { join } from "node:path";
import { Client } from "minio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useS3 } from "../../_tools/peers/use_s3.ts";
import { storeConformance } from "./conformance.ts";
import { openStore, type S3Location, type Store } from "./mod.ts";

const server = useS3(), dir = Deno.makeTempDirSync();
let bucket: string;

beforeAll(async () => bucket = await server()?.bucket());
afterAll(() => Deno.remove(dir, { recursive: true }));

function location(more: Partial<S3Location> = {}): S3Location {
  const { endpoint, region, credentials } = server();
  return { kind: "s3", endpoint, region, credentials, bucket, prefix: "lake/one", dir, ...more };
}

const open = (more: Partial<S3Location> = {}): Promise<Store> => openStore(location(more));

storeConformance(() => open());

test("hold() makes copies of what other programs named, and of nothing outside the store", async () => {
  const { endpoint, region, credentials } = server(), { hostname, port } = new URL(endpoint);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region,
  });
  const names = ["k=a b/part 1.parquet", "k=50%25/ü'(1)+&#?.parquet"].map((name) => `tables/t/${name}`);
  for (const name of names) await client.putObject(bucket, `lake/one/${name}`, Buffer.from(name));
  const store = await open();
  await using held = await store.hold(names);
  expect(await Promise.all(held.files.map((file) => Deno.readTextFile(file)))).toEqual(names);
  expect(held.files).toEqual(names.map((name) => join(store.localDir, name)));
  for (const bad of ["../two/a", "a\n", "", "a//b"]) {
    expect(await store.hold([bad]).catch((error) => error)).toBeInstanceOf(RangeError);
  }
  expect((await Array.fromAsync(store.list("tables/t/"))).map(({ path }) => path)).toEqual([]);
});
