import { expect, test } from "vitest";
import { type MlflowServer, startMlflow } from "../../../_tools/peers/mlflow.ts";
import { requirePeer } from "../../../_tools/peers/python.ts";
import { startS3 } from "../../../_tools/peers/seaweedfs.ts";
import { sha256 } from "../../events/mod.ts";
import { registryClient } from "./registry_client.ts";
import { remoteFetch } from "./remote_fetch.ts";

const MIB = 1024 * 1024;
const BYTES = new Uint8Array(20 * MIB).map((_, i) => (i * 31) ^ (i >> 11));

/** A client that keeps a list of what it asks, of whom. */
function recordingClient({ url }: MlflowServer, partsFrom = 10 * MIB) {
  const asked: string[] = [];
  const ask = (kind: string, send: (request: Request) => Promise<Response>) => async (request: Request) => {
    const { pathname } = new URL(request.url);
    const response = await send(request);
    asked.push(
      `${kind} ${request.method} ${/mpu\/\w+|presigned|(?<!-)artifacts/.exec(pathname)?.[0]} ${response.status}`,
    );
    return response;
  };
  const settings = { multipartFromBytes: partsFrom, partBytes: 8 * MIB, fetchBeside: ask("S3", fetch) };
  return { client: registryClient(ask("MLflow", remoteFetch(url, null)), url, settings), asked };
}

test("artifacts go to S3 in parts and come from it by presigned URL, past MLflow, the same bytes", async (context) => {
  await using s3 = await requirePeer(context, startS3);
  await using mlflow = await requirePeer(context, async () => {
    return await startMlflow({ s3: { server: s3, bucket: await s3.bucket() } });
  });
  const { client, asked } = recordingClient(mlflow);
  const { info } = await client.createRun("0", { name: "r", startMs: 0 });
  const uri = `${info.artifact_uri}/model/ä b+c.bin`;
  asked.length = 0;

  const up: number[] = [], down: number[] = [];
  await client.putArtifact(uri, BYTES, { onProgress: ({ bytes }) => up.push(bytes) });
  expect(up).toEqual([8 * MIB, 16 * MIB, 20 * MIB]);
  const found = await client.getArtifact(uri, { onProgress: ({ bytes }) => down.push(bytes) });
  expect(sha256(found)).toBe(sha256(BYTES));
  expect(down.at(-1)).toBe(20 * MIB);
  expect(asked).toEqual([
    "MLflow POST mpu/create 200",
    ...Array(3).fill("S3 PUT artifacts 200"),
    "MLflow POST mpu/complete 200",
    "MLflow GET presigned 200",
    "S3 GET artifacts 200",
  ]);

  const listed = await Array.fromAsync(client.listArtifacts(info.run_id));
  expect(listed).toEqual([{ path: "model/ä b+c.bin", bytes: 20 * MIB, isFolder: false }]);
  const missing = await client.getArtifact(`${info.artifact_uri}/none`).catch((error) => error);
  expect(missing.code).toBe("RESOURCE_DOES_NOT_EXIST");

  // What is small goes through the server, and is read from S3 all the same.
  await client.putArtifact(`${info.artifact_uri}/small`, BYTES.subarray(0, 9));
  expect(await client.getArtifact(`${info.artifact_uri}/small`)).toEqual(BYTES.slice(0, 9));

  // An S3 that cannot be reached from here is one more server in between: everything goes through MLflow.
  const unreachable = registryClient(remoteFetch(mlflow.url, null), mlflow.url, {
    multipartFromBytes: 10 * MIB,
    partBytes: 8 * MIB,
    clock: { now: Date.now, random: () => 0, sleep: () => Promise.resolve() },
    fetchBeside: () => Promise.reject(new TypeError("connection refused")),
  });
  await unreachable.putArtifact(`${info.artifact_uri}/again`, BYTES);
  expect(sha256(await unreachable.getArtifact(`${info.artifact_uri}/again`))).toBe(sha256(BYTES));
}, 600_000);

test("artifacts go through an MLflow that keeps them in files, after one question each", async (context) => {
  await using mlflow = await requirePeer(context, startMlflow);
  const { client, asked } = recordingClient(mlflow);
  const { info } = await client.createRun("0", { name: "r", startMs: 0 });
  asked.length = 0;
  for (const name of ["a", "b"]) {
    await client.putArtifact(`${info.artifact_uri}/${name}`, BYTES);
    expect(sha256(await client.getArtifact(`${info.artifact_uri}/${name}`))).toBe(sha256(BYTES));
  }
  expect(asked).toEqual([
    "MLflow POST mpu/create 501",
    "MLflow PUT artifacts 200",
    "MLflow GET presigned 501",
    "MLflow GET artifacts 200",
    "MLflow PUT artifacts 200",
    "MLflow GET artifacts 200",
  ]);
}, 600_000);
