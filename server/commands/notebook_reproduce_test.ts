import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Reproduction } from "./notebook_reproduce.ts";
import { type TestBench, testBench } from "./_test_bench.ts";
import { publish } from "./_test_lake.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");
let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
  // Notebooks import boathouse as they do in this repository.
  const config = JSON.parse(await Deno.readTextFile(`${REPOSITORY}/deno.json`));
  const imports = { ...config.imports, boathouse: `${REPOSITORY}/lib/mod.ts` };
  await bench.write("deno.json", JSON.stringify({ ...config, imports, lint: {}, fmt: {}, lock: false }));
  await Deno.symlink(`${REPOSITORY}/node_modules`, join(bench.dir, "node_modules"));
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A notebook that has run. */
async function ran(name: string, ...sources: string[]): Promise<string> {
  const cells = sources.map((source, n) => {
    return { cell_type: "code", id: `c${n}`, metadata: {}, source, outputs: [], execution_count: null };
  });
  const file = await bench.write(name, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  await bench.json("notebook", "run", name);
  return file;
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const [before, after] = await Deno.readTextFile(file).then((text) => [text, change(text)]);
  expect(after).not.toBe(before);
  await Deno.writeTextFile(file, after!);
}

/** What came of it, and whether the file stayed as it was. */
async function again(...names: string[]): Promise<Reproduction & { code: number; lines: string[] }> {
  const before = await Deno.readTextFile(join(bench.dir, names[0]!));
  const { code, out, lines } = await bench.run(["notebook", "verify", ...names, "--reproduce", "--json"]);
  expect(await Deno.readTextFile(join(bench.dir, names[0]!))).toBe(before);
  return { ...JSON.parse(out).notebooks[0].reproduction, code, lines };
}

const LAKE = `import { finding, open, table } from "boathouse";\nconst { lake } = await open();`;

test("verify --reproduce runs on what was read, however far the lake has gone, and counts each output", async () => {
  await publish(bench.dir, "rides", [1, 2]);
  await ran(
    "equal.ipynb",
    LAKE,
    "const [{ n }] = (await lake.sql`SELECT count(*) AS n FROM rides`).rows();\nfinding`${n} rides`",
    `console.log("a"); console.log("b");\ntable([{ route: "ORD", delay: n / 3 }])`,
  );
  await publish(bench.dir, "rides", [3]);
  expect(await again("equal.ipynb")).toMatchObject({
    outputs: 3,
    reproduced: 3,
    differences: [],
    notes: [],
    problem: null,
    code: 0,
  });
  const { out } = await bench.run(["notebook", "verify", "equal.ipynb", "--reproduce", "--data"]);
  expect(out).toMatch(/\n {2}3 of 3 outputs reproduced\n/);
  expect(out).toMatch(/\n1 notebook: 1 fresh; 3 of 3 outputs reproduced\n$/);
  expect(out).toContain("inputs moved on: rides, ");
});

test("verify --reproduce names each value that differs by cell and output, with its difference", async () => {
  const file = await ran(
    "differs.ipynb",
    `import { finding, table } from "boathouse";`,
    `//| label: by-route\ntable([{ route: "ORD", delay: 8.5 }, { route: "LGA", delay: 9 }])`,
    "//| label: sentence\nfinding`The error is ${26.42} minutes`",
    "1 + 1",
  );
  await edit(file, (text) => text.replace('"delay": 8.5', '"delay": 8.25').replace("26.42 minutes", "26 minutes"));
  await edit(file, (text) => text.replaceAll("26.42,", "26,").replaceAll('"0": 26.42', '"0": 26'));
  const { differences, ...counts } = await again("differs.ipynb");
  expect(counts).toMatchObject({ outputs: 3, reproduced: 1, code: 1, problem: null });
  expect(differences).toMatchObject([
    {
      cell: "c1",
      label: "by-route",
      output: 1,
      what: expect.stringContaining("table by route changed: 1 row changed"),
      was: "ORD: delay 8.25",
      came: "ORD: delay 8.5",
      delta: 0.25,
    },
    { cell: "c2", label: "sentence", output: 1, was: "0 26", came: "0 26.42", delta: 0.42 },
  ]);
});

test("verify --reproduce compares numbers within the tolerance of their cell, and no further", async () => {
  const random = (tolerance: string) => `${tolerance}\nconsole.log("rmse", 26.42 + Math.random() * 1e-4)`;
  await ran("tolerance.ipynb", random("//| tolerance: 1e-3"), random("//| tolerance: 1e-12"));
  const { differences, ...counts } = await again("tolerance.ipynb");
  expect(counts).toMatchObject({ outputs: 2, reproduced: 1, code: 1 });
  expect(differences).toMatchObject([{ cell: "c1", output: 1, why: "unproven: read randomness" }]);
});

test.each([["-1", `"-1"`], ["soon", `"soon"`], ["NaN", `"NaN"`], ["Infinity", `"Infinity"`], ["", "nothing"]])(
  "verify --reproduce refuses a tolerance of %j before it runs, by cell and line",
  async (given, found) => {
    await ran("refused.ipynb", "1", `//| label: a\n//| tolerance: ${given}\n2`);
    expect(await again("refused.ipynb")).toMatchObject({
      reproduced: 0,
      code: 1,
      problem:
        `Cannot compare cell "a" as "//| tolerance" in its line 2 must be a number of at least 0 such as 1e-6: got ${found}`,
    });
  },
);

test("verify --reproduce names the cell that fails, and those that do not run behind it", async () => {
  const there = await bench.write("there.txt", "1");
  await ran("fails.ipynb", "1", `Deno.readTextFileSync("${there}")`, "3");
  await Deno.remove(there);
  const { problem, differences, ...counts } = await again("fails.ipynb");
  expect(counts).toMatchObject({ outputs: 3, reproduced: 1, code: 1 });
  expect(problem).toMatch(/^cell "c1" failed: NotFound: /);
  expect(differences).toMatchObject([
    { cell: "c1", output: 1, why: "the cell failed" },
    { cell: "c2", output: 1, what: "text did not come", was: "3", why: "the cell did not run" },
  ]);
});

test("verify --reproduce tells that changed code was not compared like for like", async () => {
  const file = await ran("changed.ipynb", "const x = 1;", "x");
  await edit(file, (text) => text.replace("const x = 1;", "const x = 2;"));
  const { differences, ...counts } = await again("changed.ipynb");
  expect(counts).toMatchObject({ outputs: 1, reproduced: 0, code: 1 });
  expect(differences).toMatchObject([
    { cell: "c1", was: "1", came: "2", delta: 1, why: expect.stringMatching(/^not compared like for like: .*c0/) },
  ]);
});

test("verify --reproduce says which data is gone, and runs nothing without it", async () => {
  await publish(bench.dir, "stops", [1]);
  await ran("gone.ipynb", LAKE, "(await lake.sql`SELECT count(*) AS n FROM stops`).rows()[0].n");
  await Deno.rename(join(bench.dir, "lake"), join(bench.dir, "elsewhere"));
  try {
    expect(await again("gone.ipynb")).toMatchObject({
      outputs: 1,
      reproduced: 0,
      code: 1,
      problem: `it was not run as its inputs are not there: stops: there is no lake yet at "${bench.dir}/lake"`,
    });
    await publish(bench.dir, "others", [1]);
    expect(await again("gone.ipynb")).toMatchObject({
      problem: expect.stringContaining(`stops: it was deleted: the lake has no table "stops" any more`),
      code: 1,
    });
    await Deno.remove(join(bench.dir, "lake"), { recursive: true });
  } finally {
    await Deno.rename(join(bench.dir, "elsewhere"), join(bench.dir, "lake"));
  }
});

test("verify --reproduce does not write a table twice", async () => {
  await ran("writes.ipynb", LAKE, `await lake.write("routes", [{ route: "ORD" }], { mode: "append" })`);
  expect(await again("writes.ipynb")).toMatchObject({
    code: 1,
    problem: `it was not run as it writes "routes" into the lake, which a second run would do again`,
  });
  await ran("plain.ipynb", "1 + 1");
  const { code, out } = await bench.run(["notebook", "verify", "plain.ipynb", "writes.ipynb", "--reproduce"]);
  expect([code, out.trimEnd().split("\n").at(-1)]).toEqual([
    1,
    "2 notebooks: 2 fresh; 1 of 2 outputs reproduced, 1 not run to the end",
  ]);
});

test("verify --reproduce ends in good order on Ctrl-C", async () => {
  const there = join(bench.dir, "running");
  const source =
    `if (Deno.env.get("AGAIN")) { Deno.writeTextFileSync("${there}", ""); await new Promise(() => {}); }\n1`;
  await ran("long.ipynb", "0", source);
  await ran("next.ipynb", "0");
  using watch = Deno.watchFs(bench.dir);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${REPOSITORY}/boathouse.ts`, "notebook", "verify", "long.ipynb", "next.ipynb", "--reproduce"],
    cwd: bench.dir,
    env: { AGAIN: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  for await (const { paths } of watch) if (paths.includes(there)) break;
  child.kill("SIGINT");
  const { code, stdout } = await child.output();
  const out = new TextDecoder().decode(stdout);
  expect(code).toBe(1);
  expect(out).toContain("  1 of 2 outputs reproduced; it was interrupted\n");
  expect(out).toContain("it was not run as --reproduce was interrupted");
});
