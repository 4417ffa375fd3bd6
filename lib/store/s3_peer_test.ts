import { afterAll, beforeAll } from "vitest";
import { type S3Server, startS3 } from "../../_tools/peers/seaweedfs.ts";
import { storeConformance } from "./conformance.ts";
import { openStore, type S3Location, type Store } from "./mod.ts";

let server: S3Server, bucket: string;
const dir = Deno.makeTempDirSync();

beforeAll(async () => {
  server = await startS3();
  bucket = await server.bucket();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

function location(more: Partial<S3Location> = {}): S3Location {
  const { endpoint, region, credentials } = server;
  return { kind: "s3", endpoint, region, credentials, bucket, prefix: "lake/one", dir, ...more };
}

const open = (more: Partial<S3Location> = {}): Promise<Store> => openStore(location(more));

storeConformance(() => open());
