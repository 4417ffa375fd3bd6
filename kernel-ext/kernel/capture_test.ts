import { expect, test } from "vitest";
import { makeWorkbench } from "./_temp_workbench.ts";
import type { StreamOutput } from "../../lib/notebook/mod.ts";
import { startChild } from "./child.ts";

test("execute() keeps 300 of 300 results of cells, each its own", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  for (let index = 0; index < 300; index++) {
    const { outputs } = await child.execute(
      `c${index}`,
      `console.log("line", ${index}); const v${index} = ${index}; v${index}`,
    );
    expect(outputs).toEqual([
      { output_type: "stream", name: "stdout", text: `line ${index}\n` },
      { output_type: "execute_result", data: { "text/plain": `${index}` }, metadata: {}, execution_count: index + 1 },
    ]);
  }
});

test("execute() keeps 20,000 of 20,000 lines of one cell, in under a second", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const start = performance.now();
  const { outputs: [output] } = await child.execute("a", `for (let i = 0; i < 20_000; i++) console.log("line " + i)`);
  const ms = performance.now() - start;
  const expected = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join("");
  expect(output).toEqual({ output_type: "stream", name: "stdout", text: expected });
  expect(ms).toBeLessThan(1_000);
});

test("execute() keeps big texts and multi-byte characters whole", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const { outputs } = await child.execute("a", `for (let i = 0; i < 100; i++) console.log("é🚤".repeat(10_000))`);
  expect(outputs).toMatchObject([{ name: "stdout", text: `${"é🚤".repeat(10_000)}\n`.repeat(100) }]);
});

test("execute() sorts late output to the cell that started it", async () => {
  await using bench = await makeWorkbench();
  const late: [string, unknown][] = [];
  await using child = await startChild({
    root: bench.root,
    cwd: bench.cwd,
    onLate: (cellId, outputs) => late.push([cellId, outputs]),
  });
  await child.execute(
    "first",
    `setTimeout(() => console.log("late"), 30); await Deno.jupyter.display("a", { display_id: "d" })`,
  );
  const second = await child.execute(
    "second",
    `await new Promise((done) => setTimeout(done, 80)); console.log("mine")`,
  );
  expect(second.outputs).toEqual([{ output_type: "stream", name: "stdout", text: "mine\n" }]);
  const display = { output_type: "display_data", data: { "text/plain": `"a"` }, metadata: {} };
  const text = { output_type: "stream", name: "stdout", text: "late\n" };
  expect(late).toEqual([["first", [display, text]]]);

  await child.execute("third", `await Deno.jupyter.display("b", { display_id: "d", update: true })`);
  expect(late[1]).toEqual(["first", [{ ...display, data: { "text/plain": `"b"` } }, text]]);
});

test("execute() cuts output at the cap and says so", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd, maxOutputBytes: 1_000 });
  const cut = (dropped: string) => ({
    output_type: "stream",
    name: "stderr",
    text: `Output of this cell was cut at 1,000 bytes\nDropped: ${dropped}\n`,
  });

  const lines = await child.execute("a", `for (let i = 0; i < 1_000; i++) console.log("é" + i)`);
  expect(lines.outputs).toHaveLength(2);
  const { text } = lines.outputs[0] as StreamOutput;
  expect(new TextEncoder().encode(text).length).toBeGreaterThan(990);
  expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(1_000);
  const printed = Array.from({ length: 1_000 }, (_, i) => `é${i}\n`).join("");
  const left = new TextEncoder().encode(printed.slice(text.length)).length;
  expect(lines.outputs[1]).toEqual(cut(`${left.toLocaleString("en")} bytes of text`));

  const display = await child.execute(
    "b",
    `console.log("a"); await Deno.jupyter.display("x".repeat(2_000)); console.log("bé"); 5`,
  );
  expect(display.outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "a\n" },
    cut("4 bytes of text and 2 displays"),
  ]);
  expect(display.status).toBe("ok");

  const native = `await new Deno.Command("sh", { args: ["-c", "yes | head -c 100000"], stdout: "inherit" }).output();
    await new Promise((done) => setTimeout(done, 100))`;
  const { outputs } = await child.execute("c", native);
  expect(JSON.stringify(outputs).length).toBeLessThan(100_000);
  expect(JSON.stringify(outputs)).toMatch(/cut at 1,000 bytes\\nDropped: \d+,\d+ bytes of text/);

  expect((await child.execute("d", "5")).outputs).toHaveLength(1);
});

test.each([
  ["in a loop that waits for nothing", `for (;;) console.log("x".repeat(10_000))`],
  [
    "in one that goes on when it is interrupted",
    `for (;;) try { console.log("x".repeat(10_000)); await new Promise((done) => setTimeout(done)); } catch {}`,
  ],
])("execute() says how much was dropped of a flood of long lines that ran into its time-out, %s", async (_, code) => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd, maxOutputBytes: 20_000 });
  const { outputs } = await child.execute("a", code, { timeoutMs: 500 });
  expect(outputs.map((output) => "text" in output ? output.text.length : output.output_type)).toHaveLength(4);
  expect(outputs[1]).toMatchObject({ name: "stderr", text: "Output of this cell was cut at 20,000 bytes\n" });
  expect(outputs[2]).toMatchObject({ output_type: "error" });
  expect(outputs[3]).toMatchObject({ text: expect.stringMatching(/^Dropped: \d+,\d+(,\d+)* bytes of text\n$/) });
});
