import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSettings, signingKey } from "../../lib/config/mod.ts";
import { buildOnnx } from "../../lib/models/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { startControl } from "./start_control.ts";

const SECRET = "secret-of-tests-only";
const BODY = JSON.stringify({ entity: "model_version", action: "created", data: { name: "wait" } });

let root: string, url: string, ended: Promise<void>;
const stop = new AbortController();

beforeAll(async () => {
  root = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:0' }\n");
  Deno.env.set("BOATHOUSE_WEBHOOK_SECRET", SECRET);
  const settings = loadSettings(root, {});
  url = await new Promise((onReady, onError) => {
    ended = startControl({ settings, key: signingKey(settings, {}), signal: stop.signal, onReady });
    ended.catch(onError);
  });
});

afterAll(async () => {
  stop.abort();
  await ended;
});

interface Delivery {
  id: string;
  ageS?: number;
  secret?: string;
  body?: string;
}

async function deliver({ id, ageS = 0, secret = SECRET, body = BODY }: Delivery) {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageS);
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${BODY}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "x-mlflow-delivery-id": id,
    "x-mlflow-timestamp": timestamp,
    "x-mlflow-signature": `v1,${signature}`,
  };
  const answer = await fetch(`${url}/api/webhooks/mlflow`, { method: "POST", headers, body });
  return { status: answer.status, body: await answer.json() };
}

/** Logs a version, as another process would. */
async function log(intercept: number): Promise<void> {
  await using workbench = openWorkbench(root);
  const onnx = buildOnnx({ intercept, slopes: { km: 1 } });
  await (await workbench.models()).log("wait", { onnx, example: { km: 1 } });
}

async function told(): Promise<string[]> {
  await using workbench = openWorkbench(root);
  const bus = await workbench.bus();
  const [position] = await bus.positions("model");
  const found: string[] = [];
  for await (const batch of bus.read("model", 0, 0, { to: position!.high })) {
    for (const { value } of batch.records()) {
      found.push((value as unknown as { data: { version: string } }).data.version);
    }
  }
  return found;
}

test("a signed delivery puts what the registry has on the bus at once, a repeated one nothing", async () => {
  await log(1);
  expect(await deliver({ id: "a" })).toEqual({ status: 200, body: { taken: true, changes: 1 } });
  expect(await told()).toEqual(["1"]);
  await log(2);
  expect(await deliver({ id: "a" })).toMatchObject({ status: 200, body: { taken: false } });
  expect(await told()).toEqual(["1"]);
  const both = await Promise.all([deliver({ id: "b" }), deliver({ id: "c" })]);
  expect(both.map(({ body }) => body.changes).sort()).toEqual([0, 1]);
  expect(await told()).toEqual(["1", "2"]);
});

test.each<[string, Delivery]>([
  ["another secret", { id: "f1", secret: "another-secret-of-nobody" }],
  ["an altered body", { id: "f2", body: BODY.replace("wait", "rush") }],
  ["one that is old", { id: "f3", ageS: 600 }],
  ["one of the future", { id: "f4", ageS: -600 }],
])("a delivery with %s is refused, and nothing is said of the secret", async (_, delivery) => {
  const { status, body } = await deliver(delivery);
  expect([status, body.detail]).toEqual([
    401,
    "The delivery must be signed with this workbench's secret, and be of the last five minutes",
  ]);
  expect(JSON.stringify(body)).not.toContain(SECRET);
  // What was refused is not remembered.
  expect(await deliver({ id: delivery.id })).toMatchObject({ status: 200, body: { taken: true } });
});

test("a delivery without a signature, or too large, is refused", async () => {
  const post = (body: string) => fetch(`${url}/api/webhooks/mlflow`, { method: "POST", body });
  const answers = await Promise.all([post(BODY), post("x".repeat(1024 * 1024 + 1))]);
  expect(answers.map(({ status }) => status)).toEqual([401, 413]);
  for (const answer of answers) await answer.body?.cancel();
});
