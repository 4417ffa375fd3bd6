import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestBench, testBench } from "./_test_bench.ts";
import { planSweep, type SweepResult, sweepText } from "./run_sweep.ts";

let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
  await bench.write("deno.json", `{ "version": "0.1.0" }`);
});
afterAll(() => bench[Symbol.asyncDispose]());

test("planSweep() combines every value with every other, in copies of different names", () => {
  expect(planSweep("x/a.ipynb", ["route=ORD-LGA, JFK/LAX", "n=1,2"])).toEqual([
    { values: { route: "ORD-LGA", n: "1" }, name: "a.route-ORD-LGA.n-1.ipynb" },
    { values: { route: "ORD-LGA", n: "2" }, name: "a.route-ORD-LGA.n-2.ipynb" },
    { values: { route: "JFK/LAX", n: "1" }, name: "a.route-JFK_LAX.n-1.ipynb" },
    { values: { route: "JFK/LAX", n: "2" }, name: "a.route-JFK_LAX.n-2.ipynb" },
  ]);
  expect(planSweep("a.ipynb", ["p=../x,__/x"]).map(({ name }) => name)).toEqual([
    "a.p-.._x.ipynb",
    "a.p-___x.ipynb",
  ]);
  expect(new Set(planSweep("a.ipynb", ["p=a/b,a:b,a b"]).map(({ name }) => name)).size).toBe(3);
});

test.each([
  [["route"], `Cannot sweep "route" as it must be NAME=VALUE,VALUE and so on, without empty values`],
  [["=1,2"], `Cannot sweep "=1,2" as it must be NAME=VALUE`],
  [["n=1,,2"], `Cannot sweep "n=1,,2" as it must be NAME=VALUE`],
  [["n=1,2,1"], `Cannot sweep "n" as its values must differ: "1" comes twice`],
  [["n=1", "n=2"], `Cannot sweep "n" as each parameter may be swept once: it is given twice`],
  [
    ["a=1,2,3,4,5,6,7,8,9,10", "b=1,2,3,4,5,6,7,8,9,10", "c=1,2,3,4,5,6,7,8,9,10,11"],
    "1000 runs at most: it takes 1100",
  ],
])("planSweep() refuses %j", (sweeps, message) => {
  expect(() => planSweep("a.ipynb", sweeps)).toThrow(RangeError);
  expect(() => planSweep("a.ipynb", sweeps)).toThrow(message);
});

test.each([
  [["ok", "ok"], 2, "2 runs done in copies"],
  [["ok"], 1, "1 run done in copies"],
  [["ok", "error", "ok"], 3, "2 of 3 runs done, 1 failed, in copies"],
  [["error", "aborted"], 4, "0 of 4 runs done, 1 failed, 1 interrupted, 2 not begun, in copies"],
])("sweepText() counts only what came to its end as done: %j of %i", (statuses, planned, last) => {
  const results = statuses.map((status, n): SweepResult => {
    return { values: { n: `${n}` }, name: `a.n-${n}.ipynb`, status, seconds: 1, out: null, findings: [], error: null };
  });
  expect(sweepText(results, { planned, folder: "copies" }).split("\n").at(-1)).toBe(last);
});

const cell = (id: string, source: string, ...tags: string[]) => {
  return { cell_type: "code", id, metadata: { tags }, source, outputs: [], execution_count: null };
};

test("notebook run --sweep saves a copy for each value, goes on behind one that fails, and lists the findings", async () => {
  const finding = new URL("../../lib/notebook/finding.ts", import.meta.url).href;
  const found = `import { finding } from "${finding}";
if (n === 2) throw new Error("no two");
finding\`It is ${"$"}{n * 10}.\``;
  const cells = [cell("p", "const n = 1;", "parameters"), cell("f", `//| label: tens\n${found}`)];
  const text = JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  await bench.write("a.ipynb", text);
  const { code, out } = await bench.run(["notebook", "run", "a.ipynb", "--sweep", "n=1,2,3", "--out", "copies"]);
  expect(code).toBe(1);
  expect(out).toContain("tens:\n  n=1: It is 10.\n  n=3: It is 30.\n");
  expect(out).toContain(`n=2: Cannot run notebook "a.ipynb" to its end as cell "tens" failed: Error: no two`);
  expect([...Deno.readDirSync(`${bench.dir}/copies`)].map(({ name }) => name).sort()).toEqual([
    "a.n-1.ipynb",
    "a.n-2.ipynb",
    "a.n-3.ipynb",
  ]);
  expect(await Deno.readTextFile(`${bench.dir}/a.ipynb`)).toBe(text);
});

test("notebook run --sweep refuses to resume", async () => {
  await bench.write("b.ipynb", JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  const { code, lines } = await bench.run(["notebook", "run", "b.ipynb", "--sweep", "n=1", "--resume"]);
  expect(code).toBe(2);
  expect(lines[0]).toContain("Cannot sweep and resume as a sweep begins anew: leave one out");
});
