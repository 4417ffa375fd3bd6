import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type Child, startChild } from "./child.ts";

let bench: TempWorkbench;
let child: Child;

beforeAll(async () => {
  bench = await makeWorkbench();
  await bench.write(
    "notebooks/boom.ts",
    "interface A {\n  b: 1;\n}\n\nexport function boom(a?: A): never {\n  throw new TypeError(`boom ${a}`);\n}\n",
  );
  await bench.write("notebooks/broken.ts", "export const a = ;\n");
  await bench.write("notebooks/throws.ts", "export const a = 1;\nthrow new Error('while loading');\n");
  child = await startChild({ root: bench.root, cwd: bench.cwd });
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

let count = 100;
/** Runs a cell that fails: its place as data, and its traceback with the cell called [N]. */
async function fail(source: string) {
  const executionCount = count++;
  const { status, outputs, error } = await child.execute(`id${executionCount}`, source, { executionCount });
  expect(status, source).toBe("error");
  const output = outputs.at(-1)!;
  if (output.output_type !== "error") throw new Error(`expected an error, got ${output.output_type}`);
  expect(error).toMatchObject({ name: output.ename, message: output.evalue });
  if (error!.cell !== undefined) expect(error!.cell).toBe(`id${executionCount}`);
  const traceback = output.traceback.join("\n").replaceAll(`[${executionCount}]`, "[N]");
  return { place: `${error!.line}:${error!.column}`, traceback };
}

test("execute() places errors exactly, with the source line", async () => {
  const { place, traceback } = await fail(
    `import { boom } from "./boom.ts";\n\nfunction f(x: number) {\n  boom();\n}\n  f(1);`,
  );
  expect(place).toBe("4:3");
  expect(traceback).toBe(
    `TypeError: boom undefined
   4 |   boom();
     |   ^
    at boom (notebooks/boom.ts:6:9)
    at f (cell [N]:4:3)
    at cell [N]:6:3`,
  );
});

test("execute() places what is thrown in every way", async () => {
  const table: [source: string, place: string, head: string][] = [
    ["const a: string = 'x';\n\n  throw new RangeError('bad');", "3:9", "RangeError: bad"],
    ["type T = {\n  a: 1;\n};\nmissing.x", "4:1", "ReferenceError: missing is not defined"],
    ["const o: any = null;\no.x.y", "2:3", "TypeError: Cannot read properties of null (reading 'x')"],
    ["JSON.parse('{')", "1:6", "SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    ["notDefined = 4", "1:11", "ReferenceError: notDefined is not defined"],
    ["\nawait (async () => {\n  await 0;\n  throw new Error('later');\n})()", "4:9", "Error: later"],
    ["class A {\n  static m() {\n    throw new Error('in class');\n  }\n}\nA.m()", "3:11", "Error: in class"],
    ["let m = 1; let m = 2", "1:16", "SyntaxError: Identifier 'm' has already been declared"],
    ["1;\nreturn 5", "2:1", "SyntaxError: Illegal return statement"],
    ["const u = 1;\nconst v = ;", "2:11", "SyntaxError: Expression expected"],
    ["\n  import { y } from './missing.ts'", "2:21", `TypeError: Module not found "notebooks/missing.ts".`],
    ["const late = 1;\nawait import('./missing.ts')", "2:13", `TypeError: Module not found "notebooks/missing.ts".`],
    ["import 'no-such-package'", "1:8", `TypeError: Import "no-such-package" not a dependency`],
  ];
  for (const [source, place, head] of table) {
    const found = await fail(source);
    expect(found.traceback.split("\n")[0], source).toContain(head);
    expect(found.place, found.traceback).toBe(place);
    expect(found.traceback.split("\n")[1], source).toMatch(new RegExp(`^ +${place.split(":")[0]} \\| `));
  }
});

test("execute() shows what is no error as it is", async () => {
  const table: [source: string, head: string][] = [
    ["\nthrow 'text'", `Uncaught "text"\n   2 | throw 'text'\n     |       ^\n    at cell [N]:2:7`],
    [
      "function f() { throw 5 }\nf()",
      `Uncaught 5\n   1 | function f() { throw 5 }\n     |                      ^\n    at f (cell [N]:1:22)\n    at cell [N]:2:1`,
    ],
    ["try { throw 5 } catch {}\nthrow 6", `Uncaught 6\n   2 | throw 6`],
    ["throw { a: 1 }", "Uncaught { a: 1 }"],
    ["throw null", "Uncaught null"],
    ["throw undefined", "Uncaught undefined"],
    ["throw 10n", "Uncaught 10n"],
    ["throw NaN", "Uncaught NaN"],
    ["throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })", "Uncaught {}"],
  ];
  for (const [source, head] of table) expect((await fail(source)).traceback, source).toContain(head);
});

test("execute() shows causes and what an error carries", async () => {
  const { traceback, place } = await fail("throw new RangeError('bad', {\n  cause: new Error('why'),\n})");
  expect(place).toBe("1:7");
  expect(traceback).toContain("[cause]: Error: why\n      at cell [N]:2:10");
  expect((await fail("throw Object.assign(new Error('e'), { code: 'E1' })")).traceback).toContain(`code: "E1"`);
});

test("execute() names the cell of the function that threw", async () => {
  await child.execute("defines", "function inner() {\n  throw new Error('deep');\n}", { executionCount: 500 });
  const { error, outputs } = await child.execute("calls", "1;\ninner()", { executionCount: 501 });
  expect(error).toEqual({ name: "Error", message: "deep", cell: "defines", line: 2, column: 9 });
  expect(outputs).toMatchObject([{
    traceback: [
      "Error: deep",
      "   2 |   throw new Error('deep');",
      "     |         ^",
      "    at inner (cell [500]:2:9)",
      "    at cell [501]:2:1",
    ],
  }]);
});

test("execute() keeps the outputs before an error, and the stack of printed errors", async () => {
  const { outputs } = await child.execute(
    "a",
    "console.log('before');\nconsole.log(new Error('printed'));\nthrow new Error('x')",
    { executionCount: 600 },
  );
  expect(outputs[0]).toEqual({
    output_type: "stream",
    name: "stdout",
    text: "before\nError: printed\n    at cell [600]:2:13\n",
  });
});

test("execute() shows errors of modules, without paths of this machine", async () => {
  const broken = await fail(`import { a } from "./broken.ts";`);
  expect(broken.traceback).toContain("notebooks/broken.ts:1:18");
  expect(broken.traceback).not.toContain(bench.root);
  const thrown = await fail(`import { a } from "./throws.ts";`);
  expect(thrown.traceback).toContain("at notebooks/throws.ts:2:7");
  expect(thrown.traceback).not.toContain(bench.root);
});

test("execute() says which imported names a module lacks", async () => {
  const { outputs, status } = await child.execute("a", `import { boom, Boom as B } from "./boom.ts"; typeof B`);
  expect(status).toBe("ok");
  expect(outputs[0]).toEqual({
    output_type: "stream",
    name: "stderr",
    text: `"./boom.ts" does not export "Boom"; import what is a type by "import type"\n`,
  });
});

test("execute() names the cell that imports what is not there, and the way out", async () => {
  for (
    const source of [
      "1;\nimport 'no-such'",
      "1;\nconst m = await import('no-such')",
      "1;\nasync function f() { await import('no-such') }\nawait f()",
    ]
  ) {
    const { outputs, error } = await child.execute("a", source, { executionCount: 700 });
    expect(error?.message, source).toBe(
      `Import "no-such" not a dependency and not in import map from cell 700, line 2: ` +
        `add it by "deno add npm:no-such", or import a file as "./no-such"`,
    );
    expect(error, source).toMatchObject({ cell: "a", line: 2 });
    expect(JSON.stringify(outputs), source).not.toMatch(/file:|kernel-ext/);
  }
});

const UNCAUGHT = `setTimeout(() => { throw new Error("late") }); await new Promise(() => {})`;

test("execute() shows of a crash what the author wrote, and no file of the kernel", async () => {
  await bench.write("notebooks/timer.ts", `setTimeout(() => {\n  throw new Error("late");\n});\n`);
  const table: [source: string, shown: RegExp][] = [
    [
      `process.on("uncaughtException", (e) => { throw e }); import "./timer.ts"; await new Promise(() => {})`,
      /notebooks\/timer\.ts:2:9/,
    ],
    [
      `process.on("uncaughtException", (e) => { throw e }); ${UNCAUGHT}`,
      /error: Uncaught Error: late\\n {4}at [^"]*\(a cell\)/,
    ],
    [`import fs from "node:fs"; fs.closeSync(3); console.log(1);`, /file descriptor 3 must stay open/],
  ];
  for (const [source, shown] of table) {
    const { outputs, error } = await child.execute("a", source, { timeoutMs: 20_000 });
    expect(error?.name, source).toBe("ProcessEnded");
    expect(JSON.stringify(outputs), source).toMatch(shown);
    expect(JSON.stringify(outputs), source).not.toMatch(/kernel-ext|ext:|node:internal|<anonymous>/);
    expect(JSON.stringify(outputs), source).not.toContain(bench.root);
  }
});

test("execute() survives errors that nobody caught in a world that a cell broke", async () => {
  for (
    const source of [
      "Event.prototype.preventDefault = () => {};",
      "String.prototype.replaceAll = () => { throw new Error('broken') };",
    ]
  ) {
    const shows = source.startsWith("Event") ? "Uncaught: Error: late" : "a cell broke the globals): broken";
    const told = Promise.withResolvers<void>();
    const stop = new AbortController();
    const running = child.execute("a", `${source} ${UNCAUGHT}`, {
      signal: stop.signal,
      onOutput: (event) => event.kind === "stream" && told.resolve(),
    });
    await told.promise;
    stop.abort();
    const { outputs, error } = await running;
    expect(["Interrupted", "GlobalsBroken"], source).toContain(error?.name);
    expect(JSON.stringify(outputs), source).toContain(shows);
    expect((await child.execute("b", "7")).status).toBe("ok");
  }
});

test("cells see the notebook's folder as the program, and none of the kernel's arguments", async () => {
  const { outputs } = await child.execute(
    "a",
    "JSON.stringify([Deno.args, process.argv.length, Deno.mainModule === import.meta.url])",
  );
  expect(outputs).toMatchObject([{ data: { "text/plain": `"[[],1,true]"` } }]);
});
