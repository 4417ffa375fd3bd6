import { expect, test } from "vitest";
import { recordVerdict } from "../../lib/evaluate/mod.ts";
import { buildOnnx } from "../../lib/models/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { freePorts } from "../../_tools/peers/free_ports.ts";
import { type TestBench, testBench } from "./_test_bench.ts";

/** Logs versions that answer their intercept; those named get a passing verdict. */
async function log(bench: TestBench, passing: readonly string[]): Promise<void> {
  await using workbench = openWorkbench(bench.dir);
  const [store, bus, models] = [await workbench.store(), await workbench.bus(), await workbench.models()];
  for (const intercept of [1, 2, 3]) {
    await models.log("wait", { onnx: buildOnnx({ intercept, slopes: { km: 0 } }), example: { km: 1 } });
  }
  for (const version of passing) {
    const sinceMs = Date.now();
    await models.logMetrics(`wait@${version}`, { rmse: 1 });
    const run = { run: "r", inputs: [], sinceMs, notebook: "e.ipynb", thresholds: { rmse: { atMost: 2 } } };
    await recordVerdict({ store, bus, models, key: workbench.key, model: `wait@${version}`, ...run });
  }
}

const BODY = JSON.stringify({ inputs: [{ name: "km", shape: [1], datatype: "FP64", data: [7] }] });

async function ask(url: string) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v2/models/wait/infer`, { method: "POST", body: BODY, headers });
  return { status: response.status, body: await response.json() };
}

/** Asks until the serving plane answers from a version. */
async function until(url: string, version: string): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const answer = await ask(url).catch(() => null);
    if (answer?.status === 200 && answer.body.model_version === version) return;
    if (Date.now() > deadlineMs) throw new Error(`no answer from version ${version}: ${JSON.stringify(answer)}`);
  }
}

test("a model is promoted on the command line, and a serving plane that was killed answers from it again", async () => {
  const [control, serving] = await freePorts(2);
  const yaml = `listen: { control: "127.0.0.1:${control}", serving: "127.0.0.1:${serving}" }\n`;
  await using bench = await testBench({ yaml });
  await log(bench, ["1", "2"]);
  const url = `http://127.0.0.1:${serving}`;
  const refused = await bench.run(["promote", "model:wait@3"]);
  expect([refused.code, refused.lines]).toEqual([1, [expect.stringMatching(
    /Cannot promote model "wait@3" as its content \([0-9a-f]{12}\) was not evaluated: run boathouse evaluate PRODUCT/,
  )]]);
  expect((await bench.run(["promote", "wait@1"])).lines).toEqual([
    expect.stringMatching(/Cannot promote "wait@1" as .*; a model is model:wait@1$/),
  ]);
  expect(await bench.json("promote", "model:wait@1", "--why", "first")).toMatchObject({
    model: "wait",
    version: "1",
    previous: null,
    changed: true,
  });
  {
    await using node = bench.spawn(["start", "--role", "serving"]);
    await until(url, "1");
    expect((await bench.run(["promote", "model:wait@2"])).out).toMatch(
      /^model wait@2 \(\w{12}\) is promoted, before it /,
    );
    await until(url, "2");
    const answers = Array.from({ length: 20 }, () => ask(url).catch(() => "killed" as const));
    node.kill("SIGKILL");
    for (const answer of await Promise.all(answers)) {
      if (answer !== "killed") expect([answer.status, answer.body.outputs[0].data]).toEqual([200, [2]]);
    }
    await node.status;
  }
  expect((await bench.run(["promote", "model:wait@1"])).code).toBe(0);
  await using _again = bench.spawn(["start", "--role", "serving"]);
  await until(url, "1");
  expect((await ask(url)).body.outputs[0].data).toEqual([1]);
  expect((await bench.run(["promote", "model:wait@1"])).out).toContain("is promoted, as before; it answers POST /v2/");
}, 180_000);
