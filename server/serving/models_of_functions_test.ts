import { afterAll, beforeAll, expect, test } from "vitest";
import { openLake } from "../../lib/lake/mod.ts";
import { topicSchemas } from "../../lib/control/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { type RecordedReply, replayStep } from "../../lib/functions/mod.ts";
import { openIngest } from "../../lib/ingest/mod.ts";
import { post, serve, type TestNode, until } from "./_test_node.ts";
import { KEY, openTestWorkbench, type TestFunction, type TestWorkbench } from "./_test_workbench.ts";

const ROUTES = [{ route: "ORD-LGA", minutes: 12.5 }, { route: "ATL-MCO", minutes: null }];
const CODE = `export function predict(rows: { hour: number; route: string }[]) {
  return rows.map(({ hour, route }) => { if (hour === 13) throw new RangeError("no"); return hour * 2 + route.length; });
}`;
const LATE: TestFunction = {
  body: `const code = await ctx.call("model", "code", [input, { ...input, hour: 0 }]);
    const mean = await ctx.call("lookup", "averages", { route: input.route });
    const means = await ctx.call("model", "means", [{ route: "ORD-LGA" }, { route: "?" }]);
    const all = [means, await ctx.call("lookup", "doubles", input)];
    return { code, mean, all };`,
  models: { code: "code@1", means: "route-average@1" },
  lookups: { averages: "route-average@1", doubles: "code@1" },
  output: {
    type: "object",
    properties: { code: { type: "array" }, mean: { type: ["number", "null"] }, all: { type: "array" } },
    required: ["code", "mean", "all"],
  },
};

const ENDPOINT = `endpoint: late
contract: 1
budgetMs: 20000
variants:
  - name: control
    weight: 1
    plan: { fallback: [ { call: late, models: { code: code@2 }, budgetMs: 10000 }, { value: { code: [], mean: 0, all: [] } } ] }
`;

let workbench: TestWorkbench, node: TestNode, stack: AsyncDisposableStack;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  workbench = stack.use(await openTestWorkbench());
  const lake = stack.use(await openLake({ store: workbench.store }));
  await lake.write("routes", ROUTES, { mode: "overwrite" });
  const lookup = { table: lake.table("routes"), key: "route", values: ["minutes"], missing: { minutes: 7 } };
  await workbench.models.log("route-average", { lookup });
  const example = { hour: 3, route: "x" };
  await workbench.models.log("code", { typescript: { source: CODE }, example });
  await workbench.models.log("code", { typescript: { source: CODE.replace("* 2", "* 3") }, example });
  await workbench.promote("late", LATE);
  await workbench.promoteModel("code@1");
  await workbench.promoteModel("route-average@1");
  await workbench.apply(ENDPOINT);
  await workbench.activate("late");
  node = stack.use(await serve(workbench));
});
afterAll(() => stack.disposeAsync());

const ask = (input: unknown, path = "functions") => post(`${node.url}/v1/${path}/late`, input);

test("a served function asks code and lookups of the registry, as models and as lookups", async () => {
  const known = await ask({ route: "ORD-LGA", hour: 4 });
  expect(known.body).toMatchObject({ output: { code: [15, 7], mean: 12.5, all: [[12.5, 7], 15] } });
  expect((await ask({ route: "?", hour: 4 })).body).toMatchObject({ output: { mean: 7 } });
  const failed = await ask({ route: "?", hour: 13 });
  expect([failed.status, failed.body.detail]).toEqual([503, expect.stringContaining("RangeError: no")]);
  expect((await ask({ route: "ORD-LGA", hour: 4 })).body).toMatchObject({ output: known.body.output });
  expect(node.said).toEqual([]);
});

test("an endpoint's step calls code of the version that it pins, and falls back where the code throws", async () => {
  expect((await ask({ route: "ORD-LGA", hour: 4 }, "endpoints")).body).toMatchObject({
    output: { code: [19, 7], mean: 12.5, all: [[12.5, 7], 15] },
  });
  expect((await ask({ route: "?", hour: 13 }, "endpoints")).body).toMatchObject({
    output: { code: [], mean: 0, all: [] },
    decision: { fallback: true },
  });
});

test("a decision whose lookup gave null is replayed from the lake", async () => {
  const { body: { output, decision: { id } } } = await ask({ route: "ATL-MCO", hour: 4 });
  expect(output).toMatchObject({ mean: null });
  await until(async () => (await workbench.events("inference")).some(({ decision }) => decision === id));
  const { bus, store, control } = workbench;
  await using ingest = await openIngest({ bus, store, schemas: topicSchemas(control, store), key: KEY });
  await ingest.flush();
  const { path: [step], input, now, seed } = await (await fetch(`${node.url}/v1/decisions/${id}`)).json();
  const calls: RecordedReply[] = step.calls, hash = step.function.split("@")[1];
  expect(calls[1]).toMatchObject({ kind: "lookup", name: "averages", index: 1 });
  expect(await replayStep({ hash, input, calls, answered: true, nowMs: now, seed }, store)).toEqual({ output });
});

const infer = (name: string, inputs: Json[]) => post(`${node.url}/v2/models/${name}/infer`, { inputs });

test("/v2 answers by promoted code and lookups", async () => {
  const routes = { name: "route", shape: [2], datatype: "BYTES", data: ["ORD-LGA", "?"] };
  const hours = { name: "hour", shape: [2], datatype: "FP64", data: [4, 0] };
  expect((await infer("route-average", [routes])).body).toMatchObject({ outputs: [{ shape: [2], data: [12.5, 7] }] });
  const failed = await infer("code", [routes, { ...hours, data: [13, 0] }]);
  expect([failed.status, failed.body.error]).toEqual([503, expect.stringContaining("RangeError: no")]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => infer("code", [routes, hours])));
  for (const { body } of answers) expect(body).toMatchObject({ outputs: [{ shape: [2], data: [15, 1] }] });
  const missing = await infer("route-average", [{ ...routes, data: ["ATL-MCO", "ORD-LGA"] }]);
  expect(missing.body).toMatchObject({ outputs: [{ shape: [2], data: [null, 12.5] }] });
  expect(node.said).toEqual([]);
});
