import { expect, test } from "vitest";
import { makeWorkbench } from "./_temp_workbench.ts";
import { startChild } from "./child.ts";

const KINDS: Record<string, [declaration: string, shown: string]> = {
  const: ["const x = 1", "1"],
  let: ["let x = 2", "2"],
  var: ["var x = 3", "3"],
  function: ["function x() {}", "[Function: x]"],
  async: ["async function x() {}", "[AsyncFunction: x]"],
  class: ["class x {}", "[class x]"],
  enum: ["enum x { A }", `{ "0": "A", A: 0 }`],
  namespace: ["namespace x { export const a = 1 }", "{ a: 1 }"],
  import: [`import { x } from "./x.ts"`, "4"],
  star: [`import * as x from "./x.ts"`, "[Module: null prototype] { x: 4 }"],
  pattern: ["const { a: [x] } = { a: [5] }", "5"],
  loop: ["for (var x = 0; x < 3; x++) {}", "3"],
  using: ["using x = null", "null"],
};

test("execute() lets every kind of declaration follow every other", async () => {
  await using bench = await makeWorkbench();
  await bench.write("notebooks/x.ts", "export const x = 4;");
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  for (const [first, [before]] of Object.entries(KINDS)) {
    for (const [second, [after, shown]] of Object.entries(KINDS)) {
      await child.execute("a", before);
      const { outputs } = await child.execute("b", `${after}\nx`);
      expect(outputs, `${first} then ${second}`).toMatchObject([{ data: { "text/plain": shown } }]);
    }
  }
});

test("execute() takes what TypeScript has and V8 lacks", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const table: [source: string, shown: string][] = [
    [
      "abstract class A { constructor(protected n: number) {} abstract f(): number }\nclass B extends A { f() { return this.n } }\nnew B(3).f()",
      "3",
    ],
    [
      "function twice(m: any, c: any) { return function (this: any) { return 2 * m.call(this) } }\nclass D { @twice f() { return 4 } }\nnew D().f()",
      "8",
    ],
    ["const enum E { A = 'a' }\nE.A", `"a"`],
    ["let s = 0; for await (const x of (async function* () { yield 1; yield 2 })()) s += x; s", "3"],
    ["let t = 0; for await (const x of [Promise.resolve(1), 2]) { t += x } t", "3"],
    ["lab: for (const i of [1]) { for (;;) break lab }\n'out'", `"out"`],
    ["const f = <T,>(x: T): T => x; f(5 satisfies number)!", "5"],
    ["{ let inner = 1; function hidden() { return inner } }\ntypeof hidden", `"undefined"`],
    [
      "const log: string[] = []; { using r = { [Symbol.dispose]: () => void log.push('end') }; log.push('in') } log.join()",
      `"in,end"`,
    ],
  ];
  for (const [source, shown] of table) {
    const { outputs } = await child.execute("a", source);
    expect(outputs, source).toMatchObject([{ data: { "text/plain": shown } }]);
  }
});
