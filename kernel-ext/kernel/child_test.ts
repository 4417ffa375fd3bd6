import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type Child, type Execution, startChild } from "./child.ts";
import type { OutputEvent } from "./outputs.ts";

let bench: TempWorkbench;
let child: Child;

beforeAll(async () => {
  bench = await makeWorkbench();
  child = await startChild({ root: bench.root, cwd: bench.cwd, pin: { tables: { t: { version: 3 } } } });
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** The outputs in short: text of streams, data of displays, name and message of errors. */
function shown({ outputs }: Execution): unknown[] {
  return outputs.map((output) => {
    if (output.output_type === "stream") return `${output.name}: ${output.text}`;
    if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
    const { data } = output;
    return Object.keys(data).join() === "text/plain" ? data["text/plain"] : data;
  });
}
const run = async (source: string) => shown(await child.execute("cell", source));

test("execute() shows the value of a last expression as nbformat has it", async () => {
  const { outputs, executionCount, status } = await child.execute("a", "const x: number = 20;\nx + 1");
  expect(status).toBe("ok");
  expect(outputs).toEqual([
    { output_type: "execute_result", data: { "text/plain": "21" }, metadata: {}, execution_count: executionCount },
  ]);
});

test("execute() shows null, bigints and texts, and nothing for undefined", async () => {
  const table: [source: string, outputs: unknown[]][] = [
    ["null", ["null"]],
    ["10n", ["10n"]],
    ["'a'", [`"a"`]],
    ["undefined", []],
    ["if (true) 5", []],
    ["for (const x of [1]) x", []],
    ["const a = 1", []],
    ["", []],
    ["// nothing", []],
    ["({ a: [1, new Map([[1, 2]])] })", ["{ a: [ 1, Map(1) { 1 => 2 } ] }"]],
    ["new Date(0)", ["1970-01-01T00:00:00.000Z"]],
    ["await Promise.resolve(7)", ["7"]],
    ["Intl.DateTimeFormat().resolvedOptions().timeZone", [`"UTC"`]],
  ];
  for (const [source, outputs] of table) expect(await run(source), source).toEqual(outputs);
});

test("execute() keeps what is printed in order, by every way of printing", async () => {
  const source = `console.log("a", { b: 1 }); console.error("c %d", 5); console.info("d");
    Deno.stdout.writeSync(new TextEncoder().encode("e\\n")); process.stdout.write("f\\n");
    await new Blob(["g\\n"]).stream().pipeTo(Deno.stderr.writable); console.table([{ a: 1 }]); 7`;
  expect(await run(source)).toEqual([
    "stdout: a { b: 1 }\n",
    "stderr: c 5\n",
    "stdout: d\ne\nf\n",
    "stderr: g\n",
    "stdout: ┌───────┬───┐\n│ (idx) │ a │\n├───────┼───┤\n│     0 │ 1 │\n└───────┴───┘\n",
    "7",
  ]);
});

test("execute() forwards what other processes and native code print", async () => {
  const source =
    `await new Deno.Command("sh", { args: ["-c", "echo out; echo err >&2"], stdout: "inherit", stderr: "inherit" }).output();
    await new Promise((done) => setTimeout(done, 50))`;
  expect((await run(source)).sort()).toEqual(["stderr: err\n", "stdout: out\n"]);
});

test("execute() shows objects as they say themselves", async () => {
  const table: [source: string, outputs: unknown[]][] = [
    [`({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>", "text/plain": "b" }) })`, [{
      "text/html": "<b>",
      "text/plain": "b",
    }]],
    [`({ [Symbol.for("Jupyter.display")]: async () => ({ "application/json": { a: 1n } }) })`, [{
      "application/json": { a: 1 },
      "text/plain": '{"a":1}',
    }]],
    [`({ outerHTML: "<svg width='1'></svg>" })`, [{
      "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" width='1'></svg>`,
      "text/plain": "(image/svg+xml)",
    }]],
    [`({ outerHTML: "<svg xmlns='x'></svg>" })`, [{
      "image/svg+xml": "<svg xmlns='x'></svg>",
      "text/plain": "(image/svg+xml)",
    }]],
    [`({ outerHTML: "<p>1</p>" })`, [{ "text/html": "<p>1</p>", "text/plain": "1" }]],
    [`new Uint8Array([0x89, 0x50, 0x4e, 0x47])`, [{ "image/png": "iVBORw==", "text/plain": "(image/png)" }]],
    [`new Uint8Array([0xff, 0xd8, 0xff])`, [{ "image/jpeg": "/9j/", "text/plain": "(image/jpeg)" }]],
    [`new Uint8Array([1])`, ["Uint8Array(1) [ 1 ]"]],
    [`({ toDataURL: () => "data:image/png;base64,AAAA" })`, [{ "image/png": "AAAA", "text/plain": "(image/png)" }]],
    [`({ toSpec: () => ({ $schema: "https://vega.github.io/schema/vega-lite/v6.json" }) })`, [
      {
        "application/vnd.vegalite.v6+json": { $schema: "https://vega.github.io/schema/vega-lite/v6.json" },
        "text/plain": "chart (Vega-Lite 6)",
      },
    ]],
    [`({ toHTML: () => "<table>", toMarkdown: () => "| a |" })`, [{ "text/html": "<table>", "text/plain": "| a |" }]],
    ["Deno.jupyter.html`<i>${1}</i>`", [{ "text/html": "<i>1</i>", "text/plain": "1" }]],
    ["Deno.jupyter.md`**${1}**`", [{ "text/markdown": "**1**", "text/plain": "**1**" }]],
    ["Deno.jupyter.svg`<svg/>`", [{ "image/svg+xml": "<svg/>", "text/plain": "(image/svg+xml)" }]],
    ["Deno.jupyter.image(new Uint8Array([0xff, 0xd8, 0xff]))", [{
      "image/jpeg": "/9j/",
      "text/plain": "(image/jpeg)",
    }]],
    ["await Deno.jupyter.format(5)", [`{ "text/plain": "5" }`]],
  ];
  for (const [source, outputs] of table) expect(await run(source), source).toEqual(outputs);
});

test("execute() shows, updates and clears displays as Deno.jupyter asks", async () => {
  expect(await run(`await Deno.jupyter.display(1); await Deno.jupyter.display({ "text/html": "x" }, { raw: true }); 2`))
    .toEqual(["1", { "text/html": "x", "text/plain": "x" }, "2"]);
  expect(
    await run(
      `await Deno.jupyter.display("a", { display_id: "d" }); await Deno.jupyter.display("b", { display_id: "d", update: true })`,
    ),
  ).toEqual([`"b"`]);
  const broadcast =
    `await Deno.jupyter.broadcast("display_data", { data: { "text/plain": "1" }, transient: { display_id: "e" } });
    await Deno.jupyter.broadcast("update_display_data", { data: { "text/plain": "2" }, transient: { display_id: "e" } })`;
  expect(await run(broadcast)).toEqual(["2"]);
  expect(await run(`console.log(1); await Deno.jupyter.broadcast("clear_output", {}); console.log(2)`)).toEqual([
    "stdout: 2\n",
  ]);
  expect(await run(`console.log(1); await Deno.jupyter.broadcast("clear_output", { wait: true }); console.log(2)`))
    .toEqual(["stdout: 2\n"]);
  expect(await run(`await Deno.jupyter.broadcast("status", {})`)).toEqual([
    `RangeError: Cannot broadcast "status" as it must be a message of displays or comms: use display_data, update_display_data, clear_output, comm_open, comm_msg or comm_close`,
  ]);
  expect(await run(`Deno.jupyter.image(new Uint8Array([1]))`)).toEqual([
    "TypeError: Cannot show image as it must be PNG or JPEG: its first bytes are of neither",
  ]);
});

test("execute() survives displays that throw, never end in time or are no JSON", async () => {
  expect(await run(`({ [Symbol.for("Jupyter.display")]() { throw new Error("in display") } })`)).toEqual([
    "Error: in display",
  ]);
  const circle = await run(
    `const c: any = {}; c.c = c; ({ [Symbol.for("Jupyter.display")]: () => ({ "application/json": c }) })`,
  );
  expect(circle[0]).toMatch(/^TypeError: Converting circular structure to JSON/);
  const hang = await child.execute("a", `({ [Symbol.for("Jupyter.display")]() { for (;;); } })`, { timeoutMs: 100 });
  expect(shown(hang)).toEqual(["TimeoutError: the cell ran longer than 100 ms"]);
  expect(await run("1")).toEqual(["1"]);
});

test("execute() shows rejections and errors that nobody handles, and goes on", async () => {
  const [rejected, value] = await run(`Promise.reject(new Error("unhandled")); 1`);
  expect(rejected).toMatch(/^stderr: Unhandled rejection: Error: unhandled\n {4}at cell \[\d+\]:1:16\n$/);
  expect(value).toBe("1");
  const [thrown] = await run(
    `setTimeout(() => { throw new Error("timer") }, 1); await new Promise((done) => setTimeout(done, 30))`,
  );
  expect(thrown).toMatch(/^stderr: Uncaught: Error: timer\n {4}at .*cell \[\d+\]:1:26\)\n$/);
});

test("execute() shows what late code throws under the cell that started it", async () => {
  const late = `throw new Error("late boom")`;
  const table = [
    `setTimeout(() => { ${late} }, 50)`,
    `const i = setInterval(() => { clearInterval(i); ${late} }, 50)`,
    `import { setTimeout as set } from "node:timers"; set(() => { ${late} }, 50)`,
    `import { setImmediate as soon } from "node:timers"; setTimeout(() => soon(() => { ${late} }), 50)`,
    `setTimeout(() => queueMicrotask(() => { ${late} }), 50)`,
    `setTimeout(() => process.nextTick(() => { ${late} }), 50)`,
    `setTimeout(async () => { await 0; ${late} }, 50)`,
    `setTimeout(() => { Promise.reject(new Error("late boom")) }, 50)`,
  ];
  for (const source of table) {
    const told: OutputEvent[] = [];
    const first = await child.execute("starts", `${source}; 0`, { onOutput: (event) => void told.push(event) });
    expect(shown(first), source).toEqual(["0"]);
    const next = await child.execute("waits", "await new Promise((done) => setTimeout(done, 150)); 1");
    expect(shown(next), source).toEqual(["1"]);
    expect(JSON.stringify(told.slice(1)), source).toMatch(/(Uncaught|Unhandled rejection): Error: late boom/);
  }
});

test("execute() gives open() root, pin and a recorder that knows the cell", async () => {
  const first = await child.execute(
    "a",
    `import { pin, read, root, unproven, wrote } from "boathouse";
    read({ name: "t", table: "t", version: 3, digest: "d" }); read({ name: "t", table: "t", version: 3, digest: "d" });
    await new Promise((done) => setTimeout(done, 5)); read({ name: "m", model: "m", version: "1", digest: "e" }); unproven("clock"); wrote({ table: "t" });
    [root, JSON.stringify(pin)]`,
  );
  expect(first.inputs.map(({ name }) => name)).toEqual(["t", "m"]);
  expect(first.unproven).toEqual(["clock"]);
  expect(first.writes).toEqual([{ table: "t" }]);
  expect(shown(first)).toEqual([`[\n  "${bench.root}",\n  '{"tables":{"t":{"version":3}}}'\n]`]);
  expect((await child.execute("b", "1")).inputs).toEqual([]);
});

test("execute() runs in the notebook's folder", async () => {
  await bench.write("notebooks/data.txt", "here");
  expect(await run(`Deno.readTextFileSync("data.txt")`)).toEqual([`"here"`]);
  expect(await run(`[import.meta.url, import.meta.resolve("./x.ts")]`)).toEqual([
    `[\n  "file://${bench.cwd}/",\n  "file://${bench.cwd}/x.ts"\n]`,
  ]);
});

test("execute() tells each output as it comes, also behind its end", async () => {
  const told: OutputEvent[] = [];
  const onOutput = (event: OutputEvent) => void told.push(event);
  const source = `console.log(1); await Deno.jupyter.broadcast("clear_output", { wait: true });
    await Deno.jupyter.display(2, { display_id: "told" });
    setTimeout(() => console.log("late"), 20); 3`;
  const { executionCount } = await child.execute("a", source, { onOutput });
  const text = (value: unknown) => ({ data: { "text/plain": `${value}` }, metadata: {} });
  const shown = [
    { kind: "stream", name: "stdout", text: "1\n" },
    { kind: "clear", wait: true },
    { kind: "display", output: { output_type: "display_data", ...text(2) }, displayId: "told" },
    { kind: "display", output: { output_type: "execute_result", ...text(3), execution_count: executionCount } },
  ];
  expect(told).toEqual(shown);

  const later: OutputEvent[] = [];
  const update = `await new Promise((done) => setTimeout(done, 60));
    await Deno.jupyter.display(4, { display_id: "told", update: true }); throw new Error("no")`;
  await child.execute("b", update, { onOutput: (event) => void later.push(event) });
  expect(told).toEqual([...shown, { kind: "stream", name: "stdout", text: "late\n" }]);
  expect(later).toMatchObject([
    { kind: "update", ...text(4), displayId: "told" },
    { kind: "error", output: { ename: "Error", evalue: "no" } },
  ]);
});

test("execute() shows an update of what nobody has displayed", async () => {
  const told: OutputEvent[] = [];
  await child.execute("a", `await Deno.jupyter.display(5, { display_id: "unknown", update: true })`, {
    onOutput: (event) => void told.push(event),
  });
  expect(told).toMatchObject([{ kind: "display", displayId: "unknown", output: { data: { "text/plain": "5" } } }]);
});

test("execute() uses no number for a silent cell", async () => {
  const { executionCount } = await child.execute("a", "1");
  const silent = await child.execute("b", "throw new Error('x')", { silent: true });
  expect(silent.executionCount).toBe(executionCount);
  expect(silent.error).toMatchObject({ cell: "b", line: 1, column: 7 });
  expect((await child.execute("c", "1")).executionCount).toBe(executionCount + 1);
});

test("evaluate() shows each expression by itself, and uses no number", async () => {
  const { executionCount } = await child.execute("a", "const twice = (n: number) => 2 * n");
  expect(await child.evaluate({ ok: "twice(4)", none: "undefined", wrong: "twice(", bad: "missing.x", none2: "" }))
    .toMatchObject({
      ok: { status: "ok", data: { "text/plain": "8" }, metadata: {} },
      none: { status: "ok", data: { "text/plain": "undefined" } },
      wrong: { status: "error", ename: "SyntaxError" },
      bad: { status: "error", ename: "ReferenceError", evalue: "missing is not defined", traceback: expect.any(Array) },
      none2: { status: "ok" },
    });
  expect((await child.execute("b", "1")).executionCount).toBe(executionCount + 1);
});

test("execute() runs one cell at a time", async () => {
  const first = child.execute("slow", "await new Promise((done) => setTimeout(done, 50))");
  await expect(child.execute("next", "1")).rejects.toThrow(Error);
  await expect(child.execute("next", "1")).rejects.toThrow(
    `Cannot run cell "next" as one cell runs at a time: "slow" is running`,
  );
  expect((await first).status).toBe("ok");
});

test("execute() keeps variables, and functions see later definitions", async () => {
  await run("let n = 1; const get = () => n");
  await run("n = 5");
  expect(await run("get()")).toEqual(["5"]);
  await run("const n = 6");
  expect(await run("get()")).toEqual(["6"]);
  await run("let n = await Promise.reject(new Error('no'))");
  expect(await run("n")).toEqual(["6"]);
});

test("execute() numbers cells as asked, else one after the other", async () => {
  expect((await child.execute("a", "1", { executionCount: 900 })).executionCount).toBe(900);
  expect((await child.execute("a", "1")).executionCount).toBe(901);
});
