import { afterAll, beforeAll } from "vitest";
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
