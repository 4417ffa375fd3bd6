import { expect, test } from "vitest";
import { sliceCells } from "./slice.ts";

const slice = (...sources: string[]) => sliceCells(sources.map((source, at) => ({ id: `c${at}`, source })), "f").source;

test("sliceCells() refuses state that no change of a name shows", () => {
  const closure = "changes a variable that outlives its call";
  const instance = "changes `this` from one call to the next";
  const table: [sources: string[], message: string][] = [
    [
      ["const next = (() => { let n = 0;\nreturn () => ++n })()", "const f = () => next()"],
      `(f → next) … "c0" line 2 ${closure}`,
    ],
    [
      [
        "function make(n: number) {\n  return { next() { n += 1; return n } } }\nconst it = make(0)",
        "const f = () => it.next()",
      ],
      `(f → it → make) … "c0" line 2 ${closure}`,
    ],
    [
      ["class S { static n = 0; static next() { return ++this.n } }", "const f = () => S.next()"],
      `(f → S) … "c0" line 1 ${instance}`,
    ],
    [
      ["class S { n = 0;\nnext() { return this.n++ } }\nconst s = new S()", "const f = () => s.next()"],
      `(f → s → S) … "c0" line 2 ${instance}`,
    ],
    [
      ["function* g() { yield 1 }", "const it = g()", "const f = () => it.next()"],
      `(f → it) … "c1" line 1 keeps an iterator that runs on`,
    ],
    [
      ["const it = [1, 2].values()", "const f = () => it.next()"],
      `(f → it) … "c0" line 1 keeps an iterator that runs on`,
    ],
    [
      ["const re = /a/g", "const f = (s: string) => re.test(s)"],
      '(f → re) … "c0" line 1 is a global pattern whose `test` and `exec` go on where the last match ended',
    ],
  ];
  for (const [sources, message] of table) {
    const [route, place] = message.split(" … ");
    const name = route!.slice(1, -1).split(" → ").at(-1);
    expect(() => slice(...sources), sources.join(" | ")).toThrow(TypeError);
    expect(() => slice(...sources)).toThrow(
      `Cannot slice "f" as "${name}" ${route} must keep no state: cell ${place}; make it a constant or pass it as input`,
    );
  }
});

test("sliceCells() takes what computes with variables of its own", () => {
  const table: string[][] = [
    ["const total = (() => { let sum = 0; [1, 2].forEach((x) => sum += x); return sum })()", "const f = () => total"],
    ["class Sum { n = 0; add(x: number) { this.n += x; return this } }", "const f = (x: number) => new Sum().add(x).n"],
    ["class A { n = 0; add() { this.n++ } }\nclass B extends A {}", "const f = () => new B().add()"],
    ["function* g() { let n = 0; while (n < 3) yield n++ }\nconst all = [...g()]", "const f = () => all"],
    ["const counter = () => { let n = 0; return () => ++n }", "const f = () => counter()()"],
    ["const re = /a/g", "const f = (s: string) => s.replace(re, 'b')"],
    ["const keys = Object.keys({ a: 1 }), pairs = [...new Map([[1, 2]]).entries()]", "const f = () => [keys, pairs]"],
  ];
  for (const sources of table) expect(slice(...sources)).toContain("export const f = ");
});

test("sliceCells() refuses state of local modules, also of those that an import map names", () => {
  const files: Record<string, string> = {
    "/w/a.ts": `import { next } from "counters"; export const a = next`,
    "/m/counters.ts": `const n = 1\nlet calls = 0\nexport const next = () => n + ++calls`,
    "/w/pure.ts":
      `const table: number[] = []; for (let i = 0; i < 3; i++) table.push(i)\nexport const at = (i: number) => table[i]`,
  };
  const local = {
    folder: "/w",
    readFile: (path: string) => files[path] ?? null,
    mapped: (name: string) => name === "counters" ? "/m/counters.ts" : null,
  };
  const sliceOf = (specifier: string, name: string) =>
    sliceCells(
      [{ id: "c0", source: `import { ${name} } from "${specifier}"` }, { id: "c1", source: `const f = () => ${name}` }],
      "f",
      local,
    );
  expect(() => sliceOf("./a.ts", "a")).toThrow(
    `Cannot slice "f" as "a" (f → a) must keep no state: cell "c0" line 1 reaches ../m/counters.ts, which changes "calls" in line 3 ` +
      "whenever it is called; make it a constant or pass it as input",
  );
  expect(() => sliceOf("counters", "next")).toThrow(TypeError);
  expect(sliceOf("./pure.ts", "at").source).toContain("./pure.ts");
});
