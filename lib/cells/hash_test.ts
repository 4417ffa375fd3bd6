import { expect, test } from "vitest";
import { sourceHash } from "./hash.ts";

const same = (a: string, b: string) => sourceHash(a) === sourceHash(b);

test("sourceHash() ignores white space and comments", () => {
  expect(sourceHash("f(1)")).toMatch(/^[0-9a-f]{64}$/);
  expect(same("f( 1 ,\n 2 )", "f(1, 2)")).toBe(true);
  expect(same("// why\nconst a = 1; /* b */", "const a = 1;")).toBe(true);
  expect(same("/** doc */\nfunction f() {}", "function f() {}")).toBe(true);
  expect(same("<p>{a}</p>", "<p>{ a }</p>")).toBe(true);
});

test("sourceHash() sees every change of meaning", () => {
  const table = [
    ["f(1)", "f(2)"],
    ["'a b'", "'a  b'"],
    ["`a b`", "`a  b`"],
    ["/a b/", "/a  b/"],
    ["<p>a b</p>", "<p>a  b</p>"],
    ["const a: number = 1", "const a: string = 1"],
    ["function f() { return x }", "function f() { return\nx }"],
    ["a\n(b)", "a;(b)"],
    ["a - -b", "a --b"],
    ["ab", "a;b"],
  ];
  for (const [a, b] of table) expect(same(a!, b!), `${a} | ${b}`).toBe(false);
});

test("sourceHash() counts directives, and neither their layout nor other comments", () => {
  expect(same("//| export\nf()", "f()")).toBe(false);
  expect(same("//| tolerance: 0.1\nf()", "//| tolerance: 0.2\nf()")).toBe(false);
  expect(same("//|   label:  a\n\nf()", "//| label: a\n// note\nf()")).toBe(true);
});

test("sourceHash() hashes a text that does not parse as it stands", () => {
  expect(same("let = =", "let  = =")).toBe(false);
  expect(same("let = =", "let = =")).toBe(true);
});
