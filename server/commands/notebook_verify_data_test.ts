import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts } from "../../_tools/peers/free_ports.ts";
import type { Lake } from "../../lib/lake/mod.ts";
import { buildOnnx } from "../../lib/models/mod.ts";
import { callVerb } from "./_test_call.ts";
import { type RecordedBench, recordedBench } from "./_test_recorded.ts";
import { notebookVerify as verb } from "./notebook_verify.ts";
import { UsageError } from "./verb.ts";

const notebookVerify = verb({ runner: () => Promise.reject(new Error("nothing runs again")) });
const RIDES = (lake: Lake) => lake.query("SELECT count(*) FROM rides");
const ROUTES = (lake: Lake) => lake.query("SELECT count(*) FROM routes");

/** The verdict on the inputs of the only cell, with its reason, and the exit code. */
async function judged({ dir, file }: RecordedBench, options: Record<string, boolean> = {}) {
  const { json, exitCode, text } = await callVerb(notebookVerify, dir, [file], { data: true, ...options });
  const { cells: [cell], problem } = (json as {
    notebooks: { problem: string | null; cells: { inputs: { verdict: string; reason: string } }[] }[];
  }).notebooks[0]!;
  return { ...cell?.inputs, exitCode, text, problem };
}

test("verify --data tells what is as it was, on the bus and in the lake", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1, 2);
  await bench.record(RIDES);
  expect(await judged(bench)).toMatchObject({ verdict: "current", reason: "", exitCode: 0 });
  await bench.ingest();
  expect(await judged(bench, { strict: true })).toMatchObject({ verdict: "current", exitCode: 0 });
});

test("verify --data tells that a topic went on, and judges its age in bus time by product.yaml", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1, 2);
  await bench.ingest();
  await bench.record(RIDES);
  await bench.publish("rides", 3);
  const moved = await judged(bench, { strict: true });
  expect(moved).toMatchObject({ verdict: "moved", exitCode: 0 });
  expect(moved.reason).toMatch(/^rides, .* → .* behind$/);
  const judge = (freshness: string, options = {}) =>
    Deno.readTextFile(join(bench.dir, "notebooks/trains/product.yaml"))
      .then((yaml) => yaml.replace(/freshness: .*/, `freshness: ${freshness}`))
      .then((yaml) => Deno.writeTextFile(join(bench.dir, "notebooks/trains/product.yaml"), yaml))
      .then(() => judged(bench, options));
  expect(await judge("{ warn: 1ms, fail: 7d }", { strict: true })).toMatchObject({ verdict: "warn", exitCode: 0 });
  expect(await judge("{ warn: 1ms, fail: 1ms }")).toMatchObject({ verdict: "fail", exitCode: 0 });
  const failed = await judge("{ warn: 1ms, fail: 1ms }", { strict: true });
  expect(failed).toMatchObject({ verdict: "fail", exitCode: 1 });
  expect(failed.text).toMatch(/^fresh +notebooks\/trains\/a\.ipynb +1 cell, inputs too far behind \(fail\)\n/);
  expect(failed.text).toMatch(/\n {2}inputs too far behind \(fail\): rides, .* behind \(1 "a"\)\n/);
});

test("verify --data names the place of a freshness that is none", async () => {
  await using bench = await recordedBench({ freshness: "{ warn: soon }" });
  await bench.publish("rides", 1);
  await bench.record(RIDES);
  expect(await judged(bench)).toMatchObject({
    exitCode: 1,
    problem: expect.stringMatching(
      /product\.yaml:6:20 as product: "freshness\.warn" must be an age such as 7d or 12h: got "soon"$/,
    ),
  });
});

test("verify --data never ages what was read at a version", async () => {
  await using bench = await recordedBench({ freshness: "{ warn: 1ms, fail: 1ms }" });
  await bench.publish("rides", 1);
  await bench.ingest();
  await bench.record((lake) => lake.sql`SELECT count(*) FROM ${lake.table("rides", { version: 0 })}`);
  await bench.publish("rides", 2);
  await bench.ingest();
  expect(await judged(bench, { strict: true })).toMatchObject({ verdict: "current", exitCode: 0 });
});

test("verify --data never ages what was read as of a time", async () => {
  await using bench = await recordedBench({ freshness: "{ warn: 1ms, fail: 1ms }" });
  await bench.publish("rides", 1);
  await bench.ingest();
  const asOf = new Date();
  await bench.record((lake) => lake.sql`SELECT count(*) FROM ${lake.table("rides", { asOf })}`);
  await bench.publish("rides", 2);
  await bench.ingest();
  expect(await judged(bench, { strict: true })).toMatchObject({ verdict: "current", exitCode: 0 });
});

test("verify --data tells a topic that was made anew from one that went on", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1, 2);
  await bench.record(RIDES);
  await Deno.remove(join(bench.dir, "lake/bus"), { recursive: true });
  await bench.publish("rides", 1, 2, 3);
  expect(await judged(bench)).toMatchObject({
    verdict: "moved",
    reason: "rides was made anew: its topic is another one",
    exitCode: 0,
  });
});

test("verify --data tells a topic that was set back", async () => {
  await using bench = await recordedBench();
  const [bus, backup] = [join(bench.dir, "lake/bus"), join(bench.dir, "backup")];
  await bench.publish("rides", 1);
  await copyFolder(bus, backup);
  await bench.publish("rides", 2, 3);
  await bench.record(RIDES);
  await Deno.remove(bus, { recursive: true });
  await copyFolder(backup, bus);
  expect(await judged(bench)).toMatchObject({
    verdict: "moved",
    reason: "rides was set back: partition 0 ends at 1, and ended at 3",
  });
});

test("verify --data counts another version of a written table, and what was made anew under its name", async () => {
  await using bench = await recordedBench();
  const write = (lake: Lake) => lake.write("routes", [{ route: "ORD-LGA" }], { mode: "append" });
  await bench.use(write);
  await bench.record(ROUTES);
  expect(await judged(bench)).toMatchObject({ verdict: "current" });
  await bench.use((lake) => lake.write("routes", [{ route: "LGA-ORD" }], { mode: "overwrite" }));
  expect(await judged(bench)).toMatchObject({ verdict: "moved", reason: "routes, version 0 → 1", exitCode: 0 });
  await Deno.remove(join(bench.dir, "lake/tables/routes"), { recursive: true });
  await bench.use(write);
  expect(await judged(bench)).toMatchObject({
    verdict: "moved",
    reason: "routes was made anew: it is another table",
  });
});

test("verify --data takes a table whose files were only laid out anew as the same", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1);
  await bench.ingest();
  for (const route of ["a", "b"]) await bench.use((lake) => lake.write("routes", [{ route }], { mode: "append" }));
  await bench.publish("rides", 2);
  await bench.ingest();
  await bench.record(async (lake) => [await ROUTES(lake), await RIDES(lake)]);
  await bench.use(async (lake) => {
    expect(await lake.compact("routes")).toMatchObject({ version: 2 });
    expect(await lake.compact("rides")).toMatchObject({ version: 2 });
  });
  expect(await judged(bench)).toMatchObject({ verdict: "current" });
  await bench.use((lake) => lake.write("routes", [{ route: "c" }], { mode: "append" }));
  expect(await judged(bench)).toMatchObject({ verdict: "moved", reason: "routes, version 1 → 3" });
});

test("verify --data says that a table was deleted, and does not fail for it", async () => {
  await using bench = await recordedBench();
  await bench.use((lake) => lake.write("routes", [{ route: "a" }], { mode: "append" }));
  await bench.use((lake) => lake.write("others", [{ route: "a" }], { mode: "append" }));
  await bench.record(ROUTES);
  await Deno.remove(join(bench.dir, "lake/tables/routes"), { recursive: true });
  expect(await judged(bench, { strict: true })).toMatchObject({
    verdict: "unknown",
    reason: `routes: it was deleted: the lake has no table "routes" any more`,
    exitCode: 0,
  });
});

test("verify --data follows the alias of a model, and not new versions beside the one that was read", async () => {
  await using bench = await recordedBench();
  const log = (intercept: number) => ({ onnx: buildOnnx({ intercept, slopes: { km: 0.5 } }), example: { km: 10 } });
  await bench.use(async (_, models) => {
    await models.log("delay", log(1));
    await models.setAlias("delay", "champion", "1");
  });
  await bench.record(async (_, models) => [await models.get("delay@1"), await models.get("delay@champion")]);
  await bench.use((_, models) => models.log("delay", log(2)));
  expect(await judged(bench)).toMatchObject({ verdict: "current" });
  await bench.use((_, models) => models.setAlias("delay", "champion", "2"));
  expect(await judged(bench)).toMatchObject({ verdict: "moved", reason: "delay@champion, version 1 → 2" });
  await bench.use((_, models) => models.deleteAlias("delay", "champion"));
  const gone = await judged(bench, { strict: true });
  expect(gone).toMatchObject({ verdict: "unknown", exitCode: 0 });
  expect(gone.reason).toContain(`delay@champion: Cannot find model "delay@champion" as that alias must be there`);
});

test("verify --data takes a lake that nobody answers for as unknown, and makes nothing where there is none", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1);
  await bench.record(RIDES);
  const [port] = await freePorts(1);
  const settings = join(bench.dir, "boathouse.yaml");
  await Deno.writeTextFile(settings, `lake: s3://trains/lake?endpoint=http://127.0.0.1:${port}&region=us-east-1\n`);
  Deno.env.set("AWS_ACCESS_KEY_ID", "nobody");
  Deno.env.set("AWS_SECRET_ACCESS_KEY", "nothing");
  const away = await judged(bench, { strict: true });
  expect(away).toMatchObject({ verdict: "unknown", exitCode: 0 });
  expect(away.reason).toContain(`127.0.0.1:${port}`);
  await Deno.writeTextFile(settings, "lake: file:elsewhere\nbus: sqlite:elsewhere/bus\n");
  expect(await judged(bench)).toMatchObject({
    verdict: "unknown",
    reason: `rides: there is no lake yet at "${bench.dir}/elsewhere"`,
  });
  await expect(Deno.stat(join(bench.dir, "elsewhere"))).rejects.toThrow(Deno.errors.NotFound);
});

test("verify --data names what is broken in the lake as the reason", async () => {
  await using bench = await recordedBench();
  await bench.publish("rides", 1);
  await bench.ingest();
  await bench.record(RIDES);
  await Deno.writeTextFile(join(bench.dir, "lake/tables/rides/_delta_log/00000000000000000000.json"), "{");
  const broken = await judged(bench, { strict: true });
  expect(broken).toMatchObject({ verdict: "unknown", exitCode: 0 });
  expect(broken.reason).toMatch(/^rides: Cannot read ".*rides.*00000000000000000000\.json:1"/);
});

test("verify --strict asks for --data", async () => {
  await using bench = await recordedBench();
  await expect(callVerb(notebookVerify, bench.dir, [bench.dir], { strict: true })).rejects.toThrow(
    new UsageError("Cannot verify strictly without --data as only inputs can fail: add --data"),
  );
});

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await Deno.copyFile(join(from, name), join(to, name));
}
