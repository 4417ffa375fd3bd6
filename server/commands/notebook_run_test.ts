import { afterAll, beforeAll, expect, test } from "vitest";
import { readNotebook } from "../../lib/notebook/mod.ts";
import { type TestBench, testBench } from "./_test_bench.ts";

let bench: TestBench;
beforeAll(async () => {
  bench = await testBench();
  await bench.write("deno.json", `{ "version": "0.1.0" }`);
});
afterAll(() => bench[Symbol.asyncDispose]());

async function write(name: string, ...sources: string[]): Promise<string> {
  const cells = sources.map((source, n) => {
    return { cell_type: "code", id: `c${n}`, metadata: {}, source, outputs: [], execution_count: null };
  });
  return await bench.write(name, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
}
const cellsOf = async (file: string) => readNotebook(await Deno.readTextFile(file), file).cells;

test("notebook run tells a line per cell where standard error is no terminal, and one JSON document", async () => {
  await write("two.ipynb", "//| label: one\n1", "2");
  const plain = await bench.run(["notebook", "run", "two.ipynb"]);
  expect(plain.lines).toEqual([
    expect.stringMatching(/^two\.ipynb 1\/2 one: ok, \d+ ms$/),
    expect.stringMatching(/^two\.ipynb 2\/2 2: ok, \d+ ms$/),
  ]);
  expect(plain.out).toMatch(/^2 cells in \d+\.\d s, saved in two\.ipynb\n$/);
  expect(await bench.json("notebook", "run", "two.ipynb")).toMatchObject({ status: "ok", cells: [{ id: "c0" }, {}] });
});

test("notebook run reports a cell that fails, as one line and as JSON, with exit code 1", async () => {
  await write("fails.ipynb", "1", "throw new TypeError('bad')", "3");
  const { code, lines, out } = await bench.run(["notebook", "run", "fails.ipynb", "--json"]);
  expect(code).toBe(1);
  expect(lines).toEqual([
    `boathouse: Cannot run notebook "fails.ipynb" to its end as cell "c1" failed: TypeError: bad`,
  ]);
  expect(JSON.parse(out)).toMatchObject({ status: "error", cells: [{ status: "ok" }, {}, { status: "skipped" }] });
});

test("notebook run counts one cell as one", async () => {
  await write("one.ipynb", "1");
  const { out } = await bench.run(["notebook", "run", "one.ipynb"]);
  expect(out).toMatch(/^1 cell in /);
});

test("notebook run names cell and line of directives that say nothing before anything runs", async () => {
  await write("lable.ipynb", "//| lable: one\n1", "// two\n//| tolerance: small\n2");
  const { code, lines } = await bench.run(["notebook", "run", "lable.ipynb"]);
  expect(code).toBe(0);
  expect(lines.slice(0, 2)).toEqual([
    `boathouse: notebook "lable.ipynb", cell "c0", line 1: unknown directive "lable": did you mean "label"?`,
    `boathouse: notebook "lable.ipynb", cell "c1", line 2: "//| tolerance" must be a number of at least 0 such as 1e-6: got "small"`,
  ]);
});

test("notebook run refuses a time limit that is no duration with exit code 2", async () => {
  const { code, lines } = await bench.run(["notebook", "run", "two.ipynb", "--timeout", "soon"]);
  expect(code).toBe(2);
  expect(lines[0]).toContain("It must be a duration such as 30s");
});

test("notebook run gives cells the memory that --memory says, or else their notebook", async () => {
  const source =
    `import { getHeapStatistics } from "node:v8"; Math.round(getHeapStatistics().heap_size_limit / 2 ** 20)`;
  const file = await write("memory.ipynb", source);
  const shown = async (...args: string[]) => {
    expect(await bench.json("notebook", "run", "memory.ipynb", ...args)).toMatchObject({ status: "ok" });
    const [cell] = await cellsOf(file);
    return Number((cell as unknown as { outputs: { data: Record<string, string> }[] }).outputs[0]!.data["text/plain"]);
  };
  const least = (mb: number) => ({ asymmetricMatch: (found: number) => found >= mb && found < mb * 1.5 });
  expect(await shown("--memory", "300")).toEqual(least(300));
  const saved = JSON.parse(await Deno.readTextFile(file));
  saved.metadata.boathouse.memoryMb = 200;
  await Deno.writeTextFile(file, JSON.stringify(saved));
  for (let times = 0; times < 2; times++) expect(await shown()).toEqual(least(200)); // a run keeps what it says
  expect(await shown("--memory", "300")).toEqual(least(300));
});

test("notebook run narrows permissions as its notebook says", async () => {
  const file = await write("narrow.ipynb", `Deno.readTextFileSync("/etc/hostname")`);
  const asked = JSON.parse(await Deno.readTextFile(file));
  asked.metadata.boathouse = { permissions: ["--allow-net"] };
  await Deno.writeTextFile(file, JSON.stringify(asked));
  const { code, lines } = await bench.run(["notebook", "run", "narrow.ipynb"]);
  expect(code).toBe(1);
  expect(lines.at(-1)).toContain('NotCapable: Requires read access to "/etc/hostname"');
});

test.each([["0"], ["63"], ["-1"], ["2GB"], ["1e3"], ["1048577"]])("notebook run refuses --memory %s", async (text) => {
  const { code, lines } = await bench.run(["notebook", "run", "two.ipynb", "--memory", text]);
  expect(code).toBe(2);
  expect(lines[0]).toContain(`must be a whole number of MB from 64 to 1,048,576: got "${text}"`);
});

test("notebook run refuses memory in a notebook that is no number of MB", async () => {
  const file = await write("wrong.ipynb", "1");
  const asked = JSON.parse(await Deno.readTextFile(file));
  asked.metadata.boathouse = { memoryMb: "lots" };
  await Deno.writeTextFile(file, JSON.stringify(asked));
  const { code, lines } = await bench.run(["notebook", "run", "wrong.ipynb"]);
  expect(code).toBe(1);
  expect(lines).toEqual([
    "boathouse: Cannot limit cells as metadata.boathouse.memoryMb of the notebook must be a whole number of MB from 64 to " +
    '1,048,576: got "lots"',
  ]);
});

/** Starts a run, and sends signals from when its first cell runs, each after the one before has been heard. */
async function interrupt(file: string, source: string, signals: Deno.Signal[]) {
  const there = `${bench.dir}/${file}.there`;
  await write(file, `console.log("before"); await Deno.writeTextFile(${JSON.stringify(there)}, ""); ${source}`, "2");
  using watch = Deno.watchFs(bench.dir);
  const run = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../../boathouse.ts", import.meta.url).pathname, "notebook", "run", file],
    cwd: bench.dir,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  for await (const { paths } of watch) if (paths.includes(there)) break;
  run.kill(signals[0]!);
  let said = "";
  let left = signals.slice(1);
  for await (const text of run.stderr.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (!said.includes("interrupted:")) continue;
    for (const signal of left) run.kill(signal);
    left = [];
  }
  return { code: (await run.status).code, said, cells: await cellsOf(`${bench.dir}/${file}`) };
}

test.each<Deno.Signal>(["SIGINT", "SIGTERM"])(
  "notebook run keeps what there is on %s, with exit code 1",
  async (name) => {
    const { code, cells } = await interrupt(`${name}.ipynb`, "await new Promise(() => {})", [name]);
    expect(code).toBe(1);
    expect(cells).toMatchObject([
      { outputs: [{ text: "before\n" }, { ename: "Interrupted" }], execution_count: 1 },
      { outputs: [], execution_count: null },
    ]);
  },
);

test("notebook run kills a cell that does not stop on the second Ctrl-C", async () => {
  const { code, cells } = await interrupt("twice.ipynb", "for (;;) { try { for (;;); } catch {} }", [
    "SIGINT",
    "SIGINT",
  ]);
  expect(code).toBe(1);
  expect(cells).toMatchObject([{ outputs: [{ text: "before\n" }, { ename: expect.any(String) }] }, { outputs: [] }]);
});

test("notebook run leaves a notebook that was edited meanwhile, and says where its results are", async () => {
  const file = await write("edited.ipynb", `await Deno.writeTextFile("edited.ipynb", "newer")`);
  const { code, lines } = await bench.run(["notebook", "run", "edited.ipynb"]);
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe(
    `boathouse: Cannot save notebook "${file}" as it must be as it was when the run began: its results are in ` +
      `"${bench.dir}/edited.run.ipynb"`,
  );
  expect(await Deno.readTextFile(file)).toBe("newer");
});

test("notebook run --resume goes on where a run has failed, and takes no parameters", async () => {
  const file = await write("resume.ipynb", "const a = 2;", "'kept'", "throw a");
  expect((await bench.run(["notebook", "run", "resume.ipynb"])).code).toBe(1);
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace(`"throw a"`, `"a"`));
  const { code, out } = await bench.run(["notebook", "run", "resume.ipynb", "--resume"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^1 cell run, 1 run again for their values, 1 kept in .* s, saved in resume\.ipynb; resumed at "c2": it failed: /,
  );
  expect((await bench.run(["notebook", "run", "resume.ipynb", "--resume"])).out).toBe(
    "all 3 cells are fresh: nothing had to run\n",
  );
  const wrong = await bench.run(["notebook", "run", "resume.ipynb", "--resume", "-p", "a=1"]);
  expect(wrong.code).toBe(2);
  expect(wrong.lines[0]).toMatch(/^boathouse: Cannot resume with parameters as /);
});

test("notebook run replays cached cells, shows it, and runs them with --no-cache", async () => {
  await write("cached.ipynb", "//| cache\nconst a = 2;\na", "//| cache\n//| label: f\nconst f = () => a;", "a + 1");
  const first = await bench.run(["notebook", "run", "cached.ipynb", "--out", "first.ipynb"]);
  expect(first.lines.at(-1)).toBe(`cell "f" is not cached: "f" is a function`);
  const second = await bench.run(["notebook", "run", "cached.ipynb", "--out", "second.ipynb"]);
  expect(second.lines[0]).toMatch(/^cached\.ipynb 1\/3 const a = 2;: cached, [\d.]+ m?s$/);
  expect(second.out).toMatch(/^2 cells run, 1 from the cache in .* s, saved in second\.ipynb\n$/);
  const bytes = (name: string) => Deno.readTextFile(`${bench.dir}/${name}`);
  expect(await bytes("second.ipynb")).toBe(await bytes("first.ipynb"));
  const json = await bench.json("notebook", "run", "cached.ipynb", "--out", "third.ipynb");
  expect(json).toMatchObject({
    status: "ok",
    cells: [{ status: "cached" }, { status: "ok", notCached: `"f" is a function` }, { status: "ok" }],
  });
  const anew = await bench.json("notebook", "run", "cached.ipynb", "--out", "fourth.ipynb", "--no-cache");
  expect(anew).toMatchObject({ cells: [{ status: "ok" }, {}, {}] });
});

test("notebook run --sweep takes cells that do not depend on the parameter from the cache", async () => {
  const parameters = { cell_type: "code", id: "p", metadata: { tags: ["parameters"] }, source: "const n = 1;" };
  const code = ["//| cache\nconst slow = 5;", "//| cache\nconst own = slow * n;\nown"].map((source, n) => {
    return { cell_type: "code", id: `c${n}`, metadata: {}, source };
  });
  const cells = [parameters, ...code].map((cell) => ({ ...cell, outputs: [], execution_count: null }));
  const file = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  await bench.write("swept.ipynb", JSON.stringify(file));
  const { lines } = await bench.run(["notebook", "run", "swept.ipynb", "--sweep", "n=1,2", "--out", "sweep"]);
  expect(lines.filter((line) => /cached/.test(line))).toEqual([expect.stringContaining("const slow = 5;: cached")]);
});

test("notebook run says that an older notebook was upgraded", async () => {
  const cell = { cell_type: "code", metadata: {}, source: "1 + 1", outputs: [], execution_count: null };
  const old = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 2 };
  await bench.write("old.ipynb", JSON.stringify(old));
  const { code, lines } = await bench.run(["notebook", "run", "old.ipynb"]);
  expect([code, lines.at(-1)]).toEqual([
    0,
    'boathouse: notebook "old.ipynb" is nbformat 4.2: what was saved is nbformat 4.5',
  ]);
  expect((await bench.run(["notebook", "run", "old.ipynb"])).lines.join()).not.toContain("nbformat");
});

test("notebook run refuses bytes that are not UTF-8, and leaves them", async () => {
  const bytes = new Uint8Array([...new TextEncoder().encode('{"cells": [], "metadata": {"a": "'), 0xff]);
  await bench.write("bytes.ipynb", bytes);
  const { code, lines } = await bench.run(["notebook", "run", "bytes.ipynb"]);
  expect([code, lines.at(-1)]).toEqual([1, expect.stringContaining("as it must be UTF-8: save it so")]);
  expect(await Deno.readFile(`${bench.dir}/bytes.ipynb`)).toEqual(bytes);
});
