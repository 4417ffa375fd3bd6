import { expect, test } from "vitest";
import { makeWorkbench } from "./_temp_workbench.ts";
import { type Child, type Execution, startChild } from "./child.ts";

const breaks = (path: string) => `${path} = () => { throw new Error("broken"); }; 5`;
const HARMLESS = [
  breaks("JSON.stringify"),
  `JSON.stringify = () => '{"r":"end","n":1}'; 5`,
  "globalThis.JSON = undefined; 5",
  `Object.defineProperty(Object.prototype, "toJSON", { value: () => "gone" }); 5`,
  `Object.defineProperty(Array.prototype, "toJSON", { value: () => "gone" }); 5`,
  "globalThis.Promise = undefined; 5",
  "Object.prototype.then = () => {}; 5",
  `Object.defineProperty(Object.prototype, "get", { value: 5 }); 5`,
  breaks("Promise.prototype.then"),
  breaks("Promise.resolve"),
  breaks("Map.prototype.get"),
  breaks("Set.prototype.has"),
  breaks("Set.prototype[Symbol.iterator]"),
  breaks("Function.prototype.call"),
  breaks("Function.prototype.apply"),
  breaks("TextEncoder.prototype.encode"),
  breaks("Object.keys"),
  breaks("Reflect.apply"),
  breaks("globalThis.setTimeout = globalThis.setImmediate"),
  breaks("Symbol.for"),
  "globalThis.Set = globalThis.Map = globalThis.Error = globalThis.Object = globalThis.Array = undefined; 5",
  "globalThis.console = undefined; 5",
  breaks("__bh.done"),
];

test("a cell that breaks a global is told as any other, and so is the next", async () => {
  await using bench = await makeWorkbench();
  const shown = { output_type: "execute_result", data: { "text/plain": "5" }, metadata: {} };
  for (const source of HARMLESS) {
    await using child = await startChild({ root: bench.root, cwd: bench.cwd });
    const { status, outputs, error } = await run(child, `globalThis.kept = 6; ${source}`);
    if (source.startsWith("__bh")) expect(error?.name).toBe("TypeError");
    else expect({ status, outputs }, source).toEqual({ status: "ok", outputs: [{ ...shown, execution_count: 1 }] });
    const next = await run(child, "kept");
    expect(next.outputs, source).toMatchObject([{ data: { "text/plain": "6" } }]);
    const failed = await run(child, "throw 7");
    expect(failed.error, source).toMatchObject({ name: "Uncaught", message: "7" });
  }
}, 60_000);

test("cells that break iterators or promises get an answer at once, and their values stay", async () => {
  await using bench = await makeWorkbench();
  const table = [
    breaks("Array.prototype[Symbol.iterator]"),
    `Object.defineProperty(Promise.prototype, "constructor", { get() { throw new Error("broken"); } }); 5`,
    ...["filter", "map", "push", "join"].map((name) => breaks(`Array.prototype.${name}`)),
    breaks("String.prototype.replace"),
    breaks("RegExp.prototype.exec"),
  ];
  for (const source of table) {
    await using child = await startChild({ root: bench.root, cwd: bench.cwd });
    await run(child, "const kept = 6");
    const pid = child.pid;
    for (const next of [source, "kept", "throw new Error('told')", "await 1"]) {
      const { error, outputs } = await run(child, next);
      const names = next.startsWith("throw") ? ["Error", "GlobalsBroken"] : [undefined, "GlobalsBroken"];
      expect(names, `${source}: ${next}`).toContain(error?.name);
      expect(JSON.stringify(outputs)).not.toContain(bench.root);
    }
    expect(child.pid, source).toBe(pid);
  }
}, 60_000);

test("errors keep their line when a cell replaces how stacks are made", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  for (const given of ["() => { throw 1 }", "undefined", "5"]) {
    await run(child, `Error.prepareStackTrace = ${given}`);
    expect((await run(child, "0;\nthrow new Error('a')")).error, given).toMatchObject({
      cell: "a",
      line: 2,
      column: 7,
    });
  }
  const { outputs } = await run(
    child,
    `const before = Error.prepareStackTrace; Error.prepareStackTrace = (_, sites) => sites.length;
    const { stack } = new Error("b"); Error.prepareStackTrace = before; typeof stack`,
  );
  expect(outputs).toMatchObject([{ data: { "text/plain": '"number"' } }]);
  expect((await run(child, "throw new Error('c')")).error).toMatchObject({ line: 1, column: 7 });
});

/** The limit is there so that a cell without an answer fails the test instead of hanging it. */
async function run(child: Child, source: string): Promise<Execution> {
  const result = await child.execute("a", source, { timeoutMs: 8_000 });
  expect(result.error?.name, source).not.toBe("TimeoutError");
  expect(result.error?.message ?? "", source).not.toContain("did not stop");
  return result;
}
