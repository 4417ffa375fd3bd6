import { expect, test } from "vitest";
import type { Output } from "../../lib/notebook/mod.ts";
import { makeWorkbench } from "./_temp_workbench.ts";
import { startChild } from "./child.ts";

const line = (message: object) => `fs.writeSync(3, ${JSON.stringify(`${JSON.stringify(message)}\n`)});`;
const FORGED = { "text/plain": "forged" };

/** What a later cell does to write under the first one, of which it knows the number. */
const FORGERIES = [
  `await __bh.begin("cell_1"); console.log("forged");`,
  `await __bh.done("cell_1"); console.log("forged");`,
  `try { __bh.prepare({ n: 1, label: "1", segments: [], versions: {}, imports: {} }); } catch {}
   await __bh.begin("cell_1"); console.log("forged");`,
  ...["fail", "stop", "interrupt", "close", "prepare"].map((name) => `__bh.${name}(1, "Forged", "forged");`),
  `__boathouseKernel.stop(1, "Forged", "forged");`,
  `let __bh = { begin: (name) => console.log("forged") }; await __bh.begin("cell_1");`,
  `const __bh = new Proxy({}, { get: () => () => {} });`,
  `import { AsyncLocalStorage } from "node:async_hooks";
   const real = AsyncLocalStorage.prototype.getStore;
   AsyncLocalStorage.prototype.getStore = function () { const run = real.call(this); if (run) run.n = 1; return run; };
   console.log("forged");`,
  line({ r: "stream", n: 1, name: "stdout", text: "forged" }),
  line({ r: "display", n: 1, kind: "display_data", data: FORGED, metadata: {} }),
  line({ r: "error", n: 1, ename: "Forged", evalue: "forged", stack: [] }),
  line({ r: "clear", n: 1, wait: false }),
  line({ r: "read", n: 1, input: { name: "forged", table: "forged" } }),
  line({ r: "unproven", n: 1, kind: "network" }),
  line({ r: "ready", key: "" }) + line({ r: "clear", n: 1, wait: false }),
  line({ r: "exit", n: 1, code: 3 }),
  `fs.writeSync(3, '{"r":"stre');`,
  `fs.writeSync(3, 'x'.repeat(70_000)); console.log("mine");`,
];

test("no cell writes under an older cell by naming it; late output of the older one arrives", async () => {
  await using bench = await makeWorkbench();
  for (const forgery of FORGERIES) {
    const late: { cell: string; outputs: Output[]; reads: object }[] = [];
    const onLate = (cell: string, outputs: Output[], reads: object) => late.push({ cell, outputs, reads });
    await using child = await startChild({ root: bench.root, cwd: bench.cwd, onLate });
    const first = `const gate = Promise.withResolvers(); gate.promise.then(() => console.log("late")); "mine"`;
    const { outputs: before } = await child.execute("first", first);
    const forging = await child.execute("second", `import fs from "node:fs"; ${forgery} 7`, { timeoutMs: 20_000 });
    expect(forging.error?.name, forgery).not.toBe("TimeoutError");
    expect(late, forgery).toEqual([]);
    // Whatever has become of its globals, the process answers.
    const third = await child.execute("third", "gate.resolve(0); await 0; 8", { timeoutMs: 20_000 });
    expect(third.outputs, forgery).toMatchObject([{ data: { "text/plain": "8" } }]);
    expect(late, forgery).toEqual([{
      cell: "first",
      outputs: [...before, { output_type: "stream", name: "stdout", text: "late\n" }],
      reads: { inputs: [], unproven: [] },
    }]);
  }
}, 120_000);

test("a cell cannot say by the kernel's channel what it has read", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  await bench.write("notebooks/a.txt", "a");
  const file = `${bench.cwd}/a.txt`;
  const { unproven } = await child.execute(
    "a",
    `const fs = await import("node:fs"); ${line({ r: "end", n: 1, known: [file] })} ${
      line({ r: "closed", known: [file] })
    }
     await Deno.readTextFile(${JSON.stringify(file)})`,
  );
  expect(unproven).toEqual(["file"]);
});
