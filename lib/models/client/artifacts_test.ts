import { expect, test } from "vitest";
import { registryClient } from "./registry_client.ts";

const URI = "mlflow-artifacts:/1/r/artifacts/a b/model.bin";
const BYTES = new Uint8Array(2500).map((_, i) => i);

/** A registry that knows presigned URLs and parts, or not, and the place that they lead to. */
function bench({ knows = true, brokenPart = 0 } = {}) {
  const calls: string[] = [], parts = new Map<number, Uint8Array>();
  const lacking = () => Response.json({ error_code: "NOT_IMPLEMENTED", message: "no" }, { status: 501 });
  const client = registryClient(
    async (request) => {
      const path = new URL(request.url).pathname.replace("/api/2.0/mlflow-artifacts/", "");
      calls.push(`${request.method} ${path}`);
      if (path.startsWith("presigned/")) return knows ? Response.json({ url: "http://beside/get" }) : lacking();
      if (path.startsWith("mpu/create")) {
        if (!knows) return lacking();
        const { num_parts } = await request.json();
        const credentials = Array.from({ length: num_parts }, (_, i) => ({
          url: `http://beside/${i + 1}`,
          part_number: i + 1,
          headers: {},
        }));
        return Response.json({ upload_id: "u", credentials });
      }
      if (path.startsWith("mpu/")) return Response.json({ seen: calls.push(JSON.stringify(await request.json())) });
      return request.method === "GET" ? new Response(BYTES) : Response.json({});
    },
    undefined,
    {
      multipartFromBytes: 2000,
      partBytes: 1000,
      clock: { now: () => 0, random: () => 0, sleep: () => Promise.resolve() },
      fetchBeside: async (request) => {
        const number = Number(request.url.split("/").at(-1));
        if (request.method === "GET") return new Response(BYTES);
        if (number === brokenPart) return new Response("", { status: 403 });
        parts.set(number, new Uint8Array(await request.arrayBuffer()));
        return new Response("", { headers: { etag: `e${number}` } });
      },
    },
  );
  return { client, calls, parts };
}

test("putArtifact() uploads a large file in parts, in order, and tells how far it is", async () => {
  const { client, calls, parts } = bench();
  const progress: number[] = [];
  await client.putArtifact(URI, BYTES, { onProgress: ({ bytes }) => progress.push(bytes) });
  expect(new Uint8Array([...parts.values()].flatMap((part) => [...part]))).toEqual(BYTES);
  expect(progress).toEqual([1000, 2000, 2500]);
  expect(calls[0]).toBe("POST mpu/create/1/r/artifacts/a%20b");
  const done = JSON.parse(calls.at(-1)!);
  expect([done.path, done.upload_id, done.parts.map(({ etag }: { etag: string }) => etag)]).toEqual([
    "model.bin",
    "u",
    ["e1", "e2", "e3"],
  ]);
});

test("putArtifact() gives up the parts when one is refused", async () => {
  const { client, calls } = bench({ brokenPart: 2 });
  await expect(client.putArtifact(URI, BYTES)).rejects.toThrow('as "beside" must take part 2: got 403');
  expect(calls.at(-2)).toBe("POST mpu/abort/1/r/artifacts/a%20b");
});

test("a server without presigned URLs and parts is asked once", async () => {
  const { client, calls } = bench({ knows: false });
  for (let i = 0; i < 2; i++) {
    await client.putArtifact(URI, BYTES);
    expect(await client.getArtifact(URI)).toEqual(BYTES);
  }
  const at = "artifacts/1/r/artifacts/a%20b/model.bin";
  expect(calls).toEqual([
    "POST mpu/create/1/r/artifacts/a%20b",
    `PUT ${at}`,
    "GET presigned/1/r/artifacts/a%20b/model.bin",
    `GET ${at}`,
    `PUT ${at}`,
    `GET ${at}`,
  ]);
});

test("downloadArtifact() streams, and tells how far it is", async () => {
  const { client } = bench();
  const progress: number[] = [];
  const stream = await client.downloadArtifact(URI, { onProgress: ({ bytes }) => progress.push(bytes) });
  expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(BYTES);
  expect(progress.at(-1)).toBe(2500);
});
