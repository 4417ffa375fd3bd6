import { expect, test } from "vitest";
import { logWaits, productBench, readEvents } from "./_test_product.ts";

test(
  "what is registered is evaluated once, two at once too, and a process that was killed is followed by another",
  async () => {
    await using bench = await productBench();
    await logWaits(bench, 5, 20);
    {
      await using _killed = bench.spawn(["start", "--role", "jobs"]);
      await readEvents(bench, "model", 2);
    }
    await using _jobs = bench.spawn(["start", "--role", "jobs"]);
    const verdicts = await readEvents(bench, "evaluation", 2);
    expect(verdicts.map(({ version, verdict, failed }) => ({ version, verdict, failed }))).toEqual([
      { version: "1", verdict: "pass", failed: [] },
      { version: "2", verdict: "fail", failed: ["rmse"] },
    ]);
    await logWaits(bench, 7);
    expect((await readEvents(bench, "evaluation", 3)).at(-1)).toMatchObject({ version: "3", verdict: "pass" });
    const { code, out } = await bench.run(["evaluate", "trains", "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([1, [
      { version: "1", verdict: "pass", recorded: "before" },
      { version: "2", verdict: "fail", recorded: "before" },
      { version: "3", verdict: "pass", recorded: "before" },
    ]]);
  },
  150_000,
);

test("evaluate runs one version by hand, ad hoc without a verdict, and says what there is not", async () => {
  await using bench = await productBench();
  await logWaits(bench, 5, 20);
  const adHoc = await bench.json("evaluate", "trains", "--version", "1", "--ad-hoc");
  expect(adHoc).toMatchObject([{ model: "wait", version: "1", verdict: "pass", recorded: "no" }]);
  const failed = await bench.run(["evaluate", "trains", "--version", "2", "--json"]);
  expect([failed.code, JSON.parse(failed.out)]).toMatchObject([1, [{ version: "2", failed: "rmse", recorded: "now" }]]);
  const [{ report }] = JSON.parse(failed.out);
  expect(await Deno.readTextFile(`${bench.dir}/${report}`)).toContain("wait@2 errs by 20.");
  const problem = async (...args: string[]) => (await bench.run(["evaluate", ...args])).lines.at(-1);
  expect(await problem("trains", "--version", "9")).toContain(
    "version 9 of wait must be registered: boathouse model list",
  );
  expect(await problem("trains", "--model", "weight")).toContain(
    'must be one that product.yaml of "trains" evaluates: wait',
  );
  expect(await problem("boats")).toContain("there is trains");
}, 150_000);
