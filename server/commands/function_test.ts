import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../lib/events/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { post, serve, until } from "../serving/_test_node.ts";
import { KEY, openTestWorkbench, type TestFunction, type TestWorkbench } from "../serving/_test_workbench.ts";
import { callVerb } from "./_test_call.ts";
import { functionCall, functionDiff, functionReplay, functionRetire, functionShow } from "./function.ts";

let bench: TestWorkbench;

beforeEach(async () => {
  Deno.env.set("BOATHOUSE_SIGNING_KEY", KEY);
  bench = await openTestWorkbench();
});
afterEach(async () => {
  Deno.env.delete("BOATHOUSE_SIGNING_KEY");
  await bench[Symbol.asyncDispose]();
});

/** Promotes with what a promotion from a notebook keeps beside the bundle. */
async function promote(name: string, fn: TestFunction): Promise<string> {
  const map = { sources: [`notebooks/a.ipynb#${name}`], sourcesContent: [`//| export\n${fn.body}\n`], mappings: "" };
  const hash = await bench.promote(name, { ...fn, map: JSON.stringify(map) });
  const attestation = {
    notebook: "notebooks/a.ipynb",
    cell: name,
    commit: null,
    dirty: null,
    author: "ann",
    at: "2001-05-31T00:00:00Z",
  };
  await bench.store.put(
    `objects/functions/${hash}/attestation.json`,
    new TextEncoder().encode(canonicalJson(attestation)),
  );
  return hash;
}

const PREDICT = `const [minutes] = await ctx.call("model", "delay", [input]);
  return { minutes: minutes + Math.random() + Date.now() / 1e12 };`;
const INPUT = { route: "ORD-LGA", hour: 4 };

test("function show renders the version with its cell, diff tells what is another in the newer one", async () => {
  await bench.log("flight-delay", 1, 0.5);
  await bench.log("flight-delay", 2, 0.5);
  const one = await promote("predict", { body: PREDICT, models: { delay: "flight-delay@1" } });
  const body = PREDICT.replace("[minutes]", "[late]").replace("minutes: minutes", "minutes: late");
  const two = await promote("predict", { body, models: { delay: "flight-delay@2" } });
  const shown = await callVerb(functionShow, bench.root, [`predict@${one.slice(0, 8)}`]);
  expect(shown.text).toContain(
    `predict@${one}\nfrom notebooks/a.ipynb#predict, no commit, by ann at 2001-05-31T00:00:00Z\n`,
  );
  expect(shown.text).toContain("model delay: flight-delay@1");
  expect(shown.text).toContain(`── notebooks/a.ipynb#predict\n//| export\n${PREDICT}`);
  const diff = await callVerb(functionDiff, bench.root, [`predict@${one}`, "predict"]);
  expect(diff.text.split("\n").filter((line) => /^[-+/p]/.test(line))).toEqual([
    `predict@${one.slice(0, 12)} → predict@${two.slice(0, 12)}`,
    '/models/delay: "flight-delay@1" → "flight-delay@2"',
    "--- notebooks/a.ipynb#predict",
    "+++ notebooks/a.ipynb#predict",
    '-const [minutes] = await ctx.call("model", "delay", [input]);',
    "-  return { minutes: minutes + Math.random() + Date.now() / 1e12 };",
    '+const [late] = await ctx.call("model", "delay", [input]);',
    "+  return { minutes: late + Math.random() + Date.now() / 1e12 };",
  ]);
  expect((await callVerb(functionDiff, bench.root, ["predict", "predict"])).text).toContain("no difference");
  await expect(callVerb(functionShow, bench.root, ["predict@zz"])).rejects.toThrow("as no version begins so: it has ");
  await expect(callVerb(functionShow, bench.root, ["constructor"])).rejects.toThrow("as none of that name is promoted");
});

test("function retire takes one version or all of them out of use", async () => {
  const [one, two] = [
    await promote("f", { body: "return { minutes: 1 };" }),
    await promote("f", { body: "return { minutes: 2 };" }),
  ];
  expect((await callVerb(functionRetire, bench.root, [`f@${two.slice(0, 12)}`])).json).toEqual({
    name: "f",
    retired: [two],
  });
  expect((await bench.control.state()).functions.f!.hash).toBe(one);
  await expect(callVerb(functionShow, bench.root, [`f@${two.slice(0, 12)}`])).rejects.toThrow("no version begins so");
  await callVerb(functionRetire, bench.root, ["f"]);
  expect((await bench.control.state()).functions).toEqual({});
  await promote("f", { body: "return { minutes: 2 };" });
  expect((await bench.control.state()).functions.f!.hash).toBe(two);
});

test("function replay computes a decision again, from the bus and from the lake, and says what differs", async () => {
  await bench.log("flight-delay", 1, 0.5);
  const hash = await promote("predict", { body: PREDICT, models: { delay: "flight-delay@1" } });
  let id = "", output: unknown;
  {
    await using node = await serve(bench);
    const answer = await post(`${node.url}/v1/functions/predict`, INPUT);
    expect(answer.status).toBe(200);
    ({ output, decision: { id } } = answer.body);
    await until(async () => (await bench.events("inference")).length > 0);
  }
  const replayed = await callVerb(functionReplay, bench.root, [id]);
  expect(replayed).toMatchObject({
    text: `predict was ok: equal\n${id}: equal`,
    exitCode: 0,
    json: { equal: true, output: output as object },
  });
  {
    await using workbench = openWorkbench(bench.root);
    await (await workbench.ingest()).flush();
  }
  expect((await callVerb(functionReplay, bench.root, [id])).text).toBe(replayed.text);
  const [event] = await bench.events("inference");
  const { replayDecision } = await import("./replay_decision.ts");
  const path = [{ step: "slow", function: `predict@${hash}`, outcome: "timeout" }, ...event!.path as object[]];
  const forged = { ...event!, seed: "another", path: JSON.parse(JSON.stringify(path)) };
  expect(await replayDecision(forged, bench.store)).toMatchObject({
    equal: false,
    steps: [
      {
        step: "slow",
        outcome: "timeout",
        replayed: expect.stringContaining('Cannot answer model "delay" as call 1 of the decision asked nothing'),
      },
      { step: "predict", outcome: "ok", replayed: expect.stringMatching(/^\/minutes: [\d.]+ became [\d.]+$/) },
    ],
  });
  await expect(callVerb(functionReplay, bench.root, ["01977c5e-6b0a-7d3e-8a51-3f2c9d1e4b70"])).rejects.toThrow(
    "neither bus nor lake has it",
  );
  await expect(callVerb(functionReplay, bench.root, ["x"])).rejects.toThrow("is not the id of a decision");
});

test("function replay gives steps what they were given, and compares what each answered", async () => {
  await promote("plus", { body: "return { minutes: input.hour + 1 };" });
  await promote("broken", { body: "throw new Error('away');" });
  await bench.apply(`endpoint: e
contract: 1
budgetMs: 20000
breaker: { calls: 1, openMs: 600000 }
variants: [{ name: a, weight: 1, plan: { fallback: [
  { call: broken },
  { call: plus, unless: { LOW: output.minutes < 9 } },
  { all: [{ call: plus }, { call: plus, input: { route: input.route, hour: input.hour * 2 } }], combine: mean } ] } }]\n`);
  await bench.activate("e");
  const ids: string[] = [];
  {
    await using node = await serve(bench);
    for (let i = 0; i < 2; i++) ids.push((await post(`${node.url}/v1/endpoints/e`, INPUT)).body.decision.id);
    await until(async () => (await bench.events("inference")).length > 1);
  }
  {
    await using workbench = openWorkbench(bench.root);
    await (await workbench.ingest()).flush();
  }
  for (const [i, id] of ids.entries()) {
    const { json } = await callVerb(functionReplay, bench.root, [id]);
    expect(json).toMatchObject({ equal: true, output: { minutes: (INPUT.hour * 3 + 2) / 2 } });
    expect(
      (json as { steps: { step: string; outcome: string }[] }).steps.map(({ step, outcome }) => `${step} ${outcome}`),
    )
      .toEqual([...(i === 0 ? ["broken error"] : []), "plus condition", "plus-2 ok", "plus-3 ok"]);
  }
});

test("function replay gives each question its own reply, refusals and questions left open included", async () => {
  using stack = new DisposableStack();
  const closing = new AbortController();
  stack.defer(() => closing.abort());
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: closing.signal };
  const slow = Deno.serve(options, () => new Promise<Response>(() => {}));
  await bench.log("flight-delay", 1, 0.5);
  await promote("hasty", {
    body: `let late = "nothing";
      ctx.call("fetch", "slow", { path: "x" }).then(() => late = "a reply", () => late = "a refusal");
      const [minutes] = await ctx.call("model", "delay", [input]);
      const refused = await ctx.call("fetch", "slow", { path: "/admin" }).catch((error) => error.message);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { minutes, refused, late };`,
    models: { delay: "flight-delay@1" },
    hosts: { slow: { url: `http://127.0.0.1:${slow.addr.port}/v1/`, private: true } },
    output: { type: "object" },
  });
  let id = "";
  {
    await using node = await serve(bench);
    const { body } = await post(`${node.url}/v1/functions/hasty`, INPUT);
    expect(body.output).toEqual({ minutes: 3, refused: expect.stringMatching(/must stay within/), late: "nothing" });
    id = body.decision.id;
    await until(async () => (await bench.events("inference")).length > 0);
  }
  const [event] = await bench.events("inference") as unknown as [{ path: [{ calls: Record<string, unknown>[] }] }];
  expect(event.path[0].calls.map(({ index }) => index)).toEqual([1, 2]);
  expect((await callVerb(functionReplay, bench.root, [id])).text).toBe(`hasty was ok: equal\n${id}: equal`);
  {
    await using workbench = openWorkbench(bench.root);
    await (await workbench.ingest()).flush();
    const sql = "SELECT path[1].calls[2].error AS error FROM inference";
    const [row] = await (await workbench.lake()).query<{ error: string }>(sql);
    expect(row).toEqual({ error: expect.stringMatching(/must stay within/) });
  }
  expect((await callVerb(functionReplay, bench.root, [id])).text).toBe(`hasty was ok: equal\n${id}: equal`);
});

test("function replay reads decisions of before whose calls have no number", async () => {
  await bench.log("flight-delay", 1, 0.5);
  const body = `const [minutes] = await ctx.call("model", "delay", [input]);
    return { minutes: minutes ?? await ctx.call("model", "delay", [input]) };`;
  const hash = await promote("twice", { body, models: { delay: "flight-delay@1" }, output: { type: "object" } });
  const calls = [{ kind: "model", name: "delay", ms: 1, reply: [null] }, { kind: "model", name: "delay", ms: 1 }];
  const path = [{ step: "twice", function: `twice@${hash}`, outcome: "ok", ms: 1, calls }];
  const { replayDecision } = await import("./replay_decision.ts");
  const decision = { decision: "d", input: INPUT, output: { minutes: null }, now: 0, seed: "s", path };
  expect(await replayDecision(decision, bench.store)).toMatchObject({ equal: true, output: { minutes: null } });
});

test("function call shows BOATHOUSE_TOKEN to the plane", async () => {
  const hash = await promote("predict", { body: "return { minutes: 1 };" });
  const shown: (string | null)[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    shown.push(request.headers.get("authorization"));
    return Response.json({ output: { minutes: 1 } });
  });
  const listen = `listen: { control: '127.0.0.1:0', serving: '127.0.0.1:${server.addr.port}' }\n`;
  await Deno.writeTextFile(`${bench.root}/boathouse.yaml`, listen);
  const call = () => callVerb(functionCall, bench.root, [`predict@${hash.slice(0, 8)}`, JSON.stringify(INPUT)]);
  await call();
  Deno.env.set("BOATHOUSE_TOKEN", "secret");
  try {
    await call();
  } finally {
    Deno.env.delete("BOATHOUSE_TOKEN");
  }
  expect(shown).toEqual([null, "Bearer secret"]);
});
