import { expect, test } from "vitest";
import type { Json } from "../../lib/events/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { post, serve, until } from "../serving/_test_node.ts";
import { KEY, openTestWorkbench } from "../serving/_test_workbench.ts";
import { callVerb } from "./_test_call.ts";
import { endpointShow } from "./endpoint.ts";

const ENDPOINT = `endpoint: e
contract: 1
unit: /route
budgetMs: 20000
changed: { minutes: 0.5 }
shadow:
  - { call: f, models: { delay: delay@1 }, sample: 1 }
  - { call: f, models: { delay: delay@2 }, sample: 1 }
  - { call: g, sample: 1 }
variants: [{ name: a, weight: 1, plan: { fallback: [{ call: f, models: { delay: delay@1 }, budgetMs: 10000 }] } }]
`;

test("endpoint show tells how often shadows disagree, beside the noise floor", async () => {
  await using bench = await openTestWorkbench();
  await Deno.mkdir(`${bench.root}/lake/registry`, { recursive: true });
  await Deno.writeTextFile(`${bench.root}/lake/registry/signing.key`, KEY);
  await bench.log("delay", 1, 1);
  await bench.log("delay", 1.4, 1.1); // 0.4 + 0.1 × hour later: above 0.5 from hour 2 on
  await bench.promote("f", {
    body: `const [minutes] = await ctx.call("model", "delay", [input]); return { minutes };`,
    models: { delay: "delay@1" },
  });
  await bench.promote("g", { body: "if (input.hour % 2) throw new Error('odd'); return { minutes: input.hour + 1 };" });
  await bench.apply(ENDPOINT);
  await bench.activate("e");
  const show = () => callVerb(endpointShow, bench.root, ["e"]);
  expect((await show()).text).toContain("shadows: no call of this revision is in the lake yet");
  const shadowsIn = async () => (await bench.events("inference")).filter(({ shadow }) => shadow === true);
  {
    await using node = await serve(bench);
    const ask = (hour: number) => post(`${node.url}/v1/endpoints/e`, { route: "R", hour });
    await until(async () => {
      await ask(0);
      return new Set((await shadowsIn()).map(({ function: name, models }) => JSON.stringify([name, models]))).size ===
        3;
    });
    for (let hour = 4; hour < 12; hour++) await ask(hour);
    const late = async () => (await shadowsIn()).filter(({ input }) => (input as { hour: number }).hour >= 4);
    await until(async () => (await late()).length === 24);
  }
  {
    await using opened = openWorkbench(bench.root);
    await (await opened.ingest()).flush();
  }
  const { json, text } = await show();
  const shadows = (json as unknown as { shadows: Record<string, Json>[] }).shadows;
  const zeros = (await shadowsIn()).filter(({ input }) => (input as { hour: number }).hour === 0);
  const zerosOf = (name: string, version: string) =>
    zeros.filter(({ function: ref, models }) =>
      String(ref).startsWith(name) && String((models as Record<string, string>).delay ?? "").startsWith(version)
    ).length;
  expect(shadows.find(({ isNoiseFloor }) => isNoiseFloor)).toMatchObject({ n: 8 + zerosOf("f@", "1#"), differing: 0 });
  const others = shadows.filter(({ isNoiseFloor }) => !isNoiseFloor);
  expect(others).toHaveLength(2);
  const [f, g] = ["f@", "g@"].map((name) => others.find(({ function: ref }) => String(ref).startsWith(name))!);
  const n = 8 + zerosOf("f@", "2#");
  expect(f).toMatchObject({ n, differing: 8, errors: 0, share: { value: 8 / n } });
  expect(g).toMatchObject({ n: 4 + zerosOf("g@", ""), differing: 0, errors: 4 });
  expect(text).toMatch(/f@[0-9a-f]{12} +delay@1 +itself: noise floor/);
}, 60_000);
