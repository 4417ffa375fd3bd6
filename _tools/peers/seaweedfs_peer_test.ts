import { Buffer } from "node:buffer";
import { Client } from "minio";
import { expect, test } from "vitest";
import { requirePeer } from "./python.ts";
import { startS3 } from "./seaweedfs.ts";

test("startS3() keeps its objects over a kill, and leaves no process and no file", async (context) => {
  const server = await requirePeer(context, startS3);
  const { hostname, port } = new URL(server.endpoint);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: server.credentials.accessKeyId,
    secretKey: server.credentials.secretAccessKey,
    region: server.region,
  });
  try {
    const bucket = await server.bucket();
    await client.putObject(bucket, "a", Buffer.from("kept"));
    await server.kill();
    await expect(client.statObject(bucket, "a")).rejects.toThrow("ECONNREFUSED");
    await server.restart();
    expect((await client.statObject(bucket, "a")).size).toBe(4);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  await expect(client.listBuckets()).rejects.toThrow("ECONNREFUSED");
});
