import { expect, test } from "vitest";
import { upstreamOf } from "./upstream.ts";

function upstream(...sources: string[]): Record<string, string> {
  const cells = sources.map((source, index) => ({ id: `c${index}`, source }));
  return Object.fromEntries([...upstreamOf(cells)].map(([id, needed]) => [id, needed.join()]));
}

test("upstreamOf() takes the last definition before a use", () => {
  expect(upstream("const a = 1", "const a = 2", "a", "const a = 3")).toEqual({ c0: "", c1: "", c2: "c1", c3: "" });
});

test("upstreamOf() follows imports, types and functions, directly only", () => {
  expect(upstream("import { f } from 'm'", "type T = 1", "const g = (x: T) => f(x)", "g(1)")).toEqual({
    c0: "",
    c1: "",
    c2: "c0,c1",
    c3: "c2",
  });
});

test("upstreamOf() keeps a type and a value of one name apart", () => {
  expect(upstream("interface Row { a: 1 }", "const Row = 5", "const r = [] as Row[]", "Row + 1")).toMatchObject({
    c2: "c0",
    c3: "c1",
  });
});

test("upstreamOf() counts cells that change a value between its definition and its use", () => {
  const changes = [
    "x = 2",
    "x++",
    "x.y = 1",
    "x.push(1)",
    "delete x.y",
    "({ y: x } = z)",
    "[x] = z",
    "for (x of z) {}",
  ];
  changes.push("Object.assign(x, z)", "x.a.b[0] += 1", "(x!).sort()");
  for (const change of changes) {
    expect(upstream("let x = [] as any", change, "x"), change).toMatchObject({ c2: "c0,c1" });
  }
});

test("upstreamOf() ignores what only reads, and what a function would change when it is called", () => {
  for (
    const other of ["x.map(f)", "f(x)", "const y = [x]", "-x", "const f = () => { x = 3 }", "{ let x = 1; x = 2 }"]
  ) {
    expect(upstream("let x = 1", other, "x"), other).toMatchObject({ c2: "c0" });
  }
});
