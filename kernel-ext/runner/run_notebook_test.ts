import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyNotebook } from "../../lib/notebook/mod.ts";
import type { CellReport, RunProgress } from "./run_cells.ts";
import { makeRuns, outputsOf, type TempRuns } from "./_temp_runs.ts";
import { runNotebook } from "./run_notebook.ts";

let runs: TempRuns;
let root: string;
const write: TempRuns["write"] = (...args) => runs.write(...args);
const run: TempRuns["run"] = (...args) => runs.run(...args);
beforeAll(async () => {
  runs = await makeRuns();
  root = runs.root;
  await Deno.writeTextFile(`${root}/notebooks/helper.ts`, "export const twice = (n: number) => 2 * n;");
});
afterAll(() => runs[Symbol.asyncDispose]());

test("runNotebook() saves outputs, counts and provenance, and the same bytes each time", async () => {
  const before = await write(
    "all",
    { source: "# Why?", type: "markdown" },
    `import { finding, read } from "boathouse";\nimport { twice } from "./helper.ts";`,
    "",
    `const n = twice(4);\nread({ name: "t", table: "t", version: 1, digest: "d" });\nconsole.log("n", n);\nn`,
    "finding`It is ${n}.`",
  );
  const source = await Deno.readTextFile(before);
  const first = await run(before);
  expect(first.report).toMatchObject({
    file: before,
    status: "ok",
    cells: [
      { id: "c1", label: `import { finding, read } from "boathous…`, status: "ok", inputs: [] },
      { id: "c3", status: "ok", inputs: [{ name: "t", table: "t", version: 1, digest: "d" }] },
      { id: "c4", status: "ok", inputs: [] },
    ],
    findings: [{ cell: "c4", text: "It is 8.", values: { n: 8 } }],
  });
  expect(first.report.seconds).toBeGreaterThan(0);
  expect(first.notebook.cells.map((cell) => cell.cell_type === "code" ? cell.execution_count : "md")).toEqual([
    "md",
    1,
    null,
    2,
    3,
  ]);
  expect(outputsOf(first)[3]).toEqual([
    { output_type: "stream", name: "stdout", text: "n 8\n" },
    { output_type: "execute_result", data: { "text/plain": "8" }, metadata: {}, execution_count: 2 },
  ]);
  expect(first.notebook.cells[3]?.metadata.boathouse).toMatchObject({
    order: 2,
    inputs: ["t"],
    upstream: { c1: expect.any(String) },
  });

  expect((await run(before)).text).toBe(first.text);
  expect(await Deno.readTextFile(before)).toBe(source);
});

test("runNotebook() writes over the notebook itself where out is the same, and its cells are fresh then", async () => {
  const file = await write("self", "const a = 1;", "a + 1");
  const { text } = await run(file, { out: file });
  expect((await verifyNotebook(file, { root })).map(({ code }) => code.verdict)).toEqual(["fresh", "fresh"]);
  expect((await run(file, { out: file })).text).toBe(text);
});

test("runNotebook() stops at the first error, keeps what ran, and shows nothing of an earlier run behind it", async () => {
  const file = await write("fails", "console.log('ok')", "let good = 1", "'later'");
  await run(file, { out: file });
  const failing = (await Deno.readTextFile(file)).replace(
    "let good = 1",
    "console.log('before');throw new Error('bad')",
  );
  await Deno.writeTextFile(file, failing);
  const { report, notebook } = await run(file);
  expect(report.status).toBe("error");
  expect(report.cells).toMatchObject([
    { id: "c0", status: "ok" },
    { id: "c1", status: "error", error: { name: "Error", message: "bad", cell: "c1", line: 1, column: 29 } },
    { id: "c2", status: "skipped", ms: 0, inputs: [] },
  ]);
  const [first, second, third] = notebook.cells.map((cell) => cell.cell_type === "code" ? cell : null);
  expect(first?.outputs).toHaveLength(1);
  expect(second?.outputs.map(({ output_type }) => output_type)).toEqual(["stream", "error"]);
  expect(third).toMatchObject({ outputs: [], execution_count: null, metadata: {} });
});

test("runNotebook() runs with parameters, and records them", async () => {
  const file = await write("parameters", { source: "const n = 1, m = 2;", tags: ["parameters"] }, "n + m");
  const { notebook, report } = await run(file, { parameters: { n: 40 } });
  expect(report.cells.map(({ id }) => id)).toEqual(["c0", "injected-parameters", "c1"]);
  expect(outputsOf({ notebook, report, text: "" })[2]).toMatchObject([{
    data: { "text/plain": "42" },
  }]);
  expect(notebook.metadata).toMatchObject({
    papermill: { parameters: { n: 40 } },
    boathouse: { parameters: { n: 40 } },
  });
  await expect(run(file, { parameters: { nn: 1 } })).rejects.toThrow(
    `parameter "nn" must be declared by its cell tagged "parameters": that has n, m`,
  );
});

test("runNotebook() gives cells the pin, and limits their time, memory and output", async () => {
  const pinned = await write("pinned", `import { pin } from "boathouse"; pin`);
  expect(outputsOf(await run(pinned, { pin: { tables: { t: { version: 3 } } } }))[0]).toMatchObject([
    { data: { "text/plain": "{ tables: { t: { version: 3 } } }" } },
  ]);
  const slow = await write("slow", "console.log('start'); for (;;) {}");
  const { report } = await run(slow, { timeoutMs: 200 });
  expect(report.cells[0]?.error).toEqual({ name: "TimeoutError", message: "the cell ran longer than 200 ms" });
  const loud = await write("loud", "console.log('x'.repeat(5_000))");
  expect(JSON.stringify(outputsOf(await run(loud, { child: { maxOutputBytes: 100 } })))).toContain("cut at 100 bytes");
  const exits = await write("exits", "Deno.exit(3)", "1");
  expect((await run(exits)).report).toMatchObject({
    status: "error",
    cells: [{ status: "error" }, { status: "skipped" }],
  });
});

test("runNotebook() tells how far it is, and ends when its signal aborts", async () => {
  const file = await write("progress", "//| label: one\n1", "// waits\nawait new Promise(() => {})", "2");
  const told: RunProgress[] = [];
  const ended: CellReport[] = [];
  const abort = new AbortController();
  const { report } = await run(file, {
    signal: abort.signal,
    onCell: (report) => ended.push(report),
    onProgress: (progress) => {
      told.push(progress);
      if (progress.cell === "c1") setTimeout(() => abort.abort(), 50);
    },
  });
  expect(told).toEqual([
    { done: 0, total: 3, cell: "c0", label: "one" },
    { done: 1, total: 3, cell: "c1", label: "waits" },
    { done: 2, total: 3, cell: "", label: "" },
  ]);
  expect(report.status).toBe("aborted");
  expect(report.cells.map(({ status }) => status)).toEqual(["ok", "error", "skipped"]);
  expect(report.cells[1]?.error?.name).toBe("Interrupted");
  expect(ended).toEqual(report.cells.slice(0, 2));
});

test("runNotebook() runs nothing where its signal has aborted before", async () => {
  const { report, notebook } = await run(await write("never", "1"), { signal: AbortSignal.abort() });
  expect(report).toMatchObject({ status: "aborted", cells: [{ id: "c0", status: "skipped" }] });
  expect(notebook.cells[0]).toMatchObject({ outputs: [], execution_count: null, metadata: {} });
});

test("runNotebook() kills the process when asked to, and keeps what the cell showed", async () => {
  const file = await write(
    "killed",
    "console.log('before'); Deno.writeTextFileSync('runs.txt', ''); try { for (;;); } finally { for (;;); }",
    "2",
  );
  const kill = new AbortController();
  using watch = Deno.watchFs(dirname(file));
  const running = run(file, { kill: kill.signal });
  for await (const { paths } of watch) if (paths.some((path) => path.endsWith("runs.txt"))) break;
  kill.abort();
  const { report, notebook } = await running;
  expect(report).toMatchObject({
    status: "aborted",
    cells: [{ error: { name: "ProcessEnded" } }, { status: "skipped" }],
  });
  expect(notebook.cells[0]).toMatchObject({ outputs: [{ text: "before\n" }, { ename: "ProcessEnded" }] });
});

test("runNotebook() limits a cell by its own directive first", async () => {
  const file = await write(
    "directive",
    "//| timeout: 10s\nawait new Promise((done) => setTimeout(done, 300)); 1",
    "for (;;);",
  );
  const { report } = await run(file, { timeoutMs: 150 });
  expect(report.cells).toMatchObject([{ status: "ok" }, { error: { name: "TimeoutError" } }]);
  await expect(run(await write("no-limit", "//| timeout: soon"))).rejects.toThrow("must be a duration such as 30s");
});

test("runNotebook() saves beside a notebook that was changed while it ran", async () => {
  const file = await write("changed", "await new Promise((done) => setTimeout(done, 50)); 1");
  const { report } = await run(file, { out: file, onProgress: () => Deno.writeTextFileSync(file, "newer") });
  expect(report).toMatchObject({ status: "ok", out: `${root}/notebooks/changed.run.ipynb` });
  expect(await Deno.readTextFile(file)).toBe("newer");
});

test("runNotebook() keeps late output with its cell, and of a progress bar its last state", async () => {
  const late = await write(
    "late",
    "setTimeout(() => console.log('late'), 10); 1",
    "await new Promise((done) => setTimeout(done, 100))",
  );
  expect(outputsOf(await run(late))[0]).toMatchObject([{ output_type: "execute_result" }, { text: "late\n" }]);
  const bar = await write(
    "bar",
    "for (let i = 0; i <= 100; i++) await Deno.stdout.write(new TextEncoder().encode(`\\r${i}%`)); console.log(' done\\r\\nnext')",
  );
  expect(outputsOf(await run(bar))[0]).toEqual([{
    output_type: "stream",
    name: "stdout",
    text: "100% done\r\nnext\n",
  }]);
});

test("runNotebook() counts the cell that parameters bring from the beginning", async () => {
  const schema =
    'import { z } from "boathouse"; export const Parameters = z.object({ n: z.number().default(1) });\nconst n = 1;';
  const file = await write("counted", "1", { source: schema, tags: ["parameters"] }, "n");
  const told: RunProgress[] = [];
  await run(file, { parameters: { n: 40 }, onProgress: (progress) => told.push(progress) });
  expect(told.map(({ done, total }) => [done, total])).toEqual([[0, 4], [1, 4], [2, 4], [3, 4], [4, 4]]);
});

test("runNotebook() keeps a long line without an end, and lines that end with a return of the carriage", async () => {
  const long = await write("long", `Deno.stdout.writeSync(new TextEncoder().encode("x".repeat(4_000_000))); undefined`);
  expect(outputsOf(await run(long))[0]).toMatchObject([{ text: "x".repeat(4_000_000) }]);
  const returns = await write("returns", "console.log('a\\r\\r\\n\\r\\nb\\rc\\r')");
  expect(outputsOf(await run(returns))[0]).toMatchObject([{ text: "\r\n\r\nc\r\n" }]);
});

test("runNotebook() refuses what it cannot read or save, and leaves nothing behind", async () => {
  const file = await write("fine", "1");
  const missing = runNotebook(`${root}/gone.ipynb`, { root, out: `${root}/x.ipynb` });
  await expect(missing).rejects.toThrow(Deno.errors.NotFound);
  await expect(missing).rejects.toThrow(`Cannot run notebook "${root}/gone.ipynb" as it must be there: no such file`);
  const broken = `${root}/notebooks/broken.ipynb`;
  await Deno.writeTextFile(broken, "{");
  await expect(run(broken)).rejects.toThrow(SyntaxError);
  await Deno.writeTextFile(`${root}/plain`, "");
  await expect(run(file, { out: `${root}/plain/out.ipynb` })).rejects.toThrow(
    `Cannot save notebook "${root}/plain/out.ipynb" as its folder must be writable`,
  );
  expect([...Deno.readDirSync(root)].filter(({ name }) => name.endsWith(".tmp") || name === "x.ipynb")).toEqual([]);
});
