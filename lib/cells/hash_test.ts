import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

test("sourceHash() ignores what a formatter changes", () => {
  const table = [
    ["f('it\\'s')", 'f("it\'s")'],
    ["a\nb", "a; b;"],
    ["f(a, [b,], {c,},)", "f(a, [b], { c })"],
    ["x => x + 1", "(x) => (x + 1)"],
    ["const a = ((1 + 2)) * 3, b = (c)", "const a = (1 + 2) * 3, b = c"],
    ["if (a) b; else c", "if (a) {\n  b;\n} else {\n  c;\n}"],
    ["for (;;) ;", "for (;;);"],
    ["new Foo", "new Foo()"],
    ["import { b, a as c } from 'm'", 'import { a as c, b } from "m";'],
    ["export { b, a }", "export { a, b };"],
    ["type A = | 'x' | 'y'; type B = | C", 'type A = "x" | "y";\ntype B = (C);'],
    ["interface I { a: 1, b: 2\n c: 3 }", "interface I { a: 1; b: 2; c: 3 }"],
    ["class K { a = 1; ; b() {} }", "class K {\n  a = 1\n  b() {}\n}"],
    ["enum E { A, B, }", "enum E { A, B }"],
    ["const n = 1_000 + 0x10", "const n = 1000 + 16"],
    ["f(`a\r\nb`)\r\ng", "f(`a\nb`)\ng"],
    ["<p>\n  a\n  b\n</p>", "<p>a{}</p>".replace("{}", "\n      b")],
    ["//| a\n//| b: 1\nf()", "//| b: 1\n//| a\nf()"],
    [";[1].map(f)", "[1].map(f)"],
    ["(async () => { await a })()", "(async () => {\n  await a;\n})();"],
    ["const f = <T,>(x: T) => x", "const f = <T>(x: T) => x"],
  ];
  for (const [a, b] of table) expect(same(a!, b!), `${a} | ${b}`).toBe(true);
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
    ["[1, ,]", "[1,]"],
    ["(a?.b).c", "a?.b.c"],
    ["(a, b)", "[a, b]"],
    ["f((a, b))", "f(a, b)"],
    ["() => ({})", "() => {}"],
    ["new (f())()", "new f()()"],
    ["(a ?? b) || c", "a ?? (b || c)"],
    ["if (a) { if (b) c } else d", "if (a) { if (b) c; else d }"],
    ["for (a;;) b", "for (;a;) b"],
    ["++a", "a++"],
    ["let a", "var a"],
    ["import { a } from 'm'", "import { a as b } from 'm'"],
    ["import { a } from 'm'", "import type { a } from 'm'"],
    ["import {} from 'm'", "import 'm'"],
    ["import * as a from 'm'", "import a from 'm'"],
    ["type A = B | C", "type A = B & C"],
    ["f`a`", "f('a')"],
    ["({ 'a-b': 1 })", "({ 'a': -b, 1: 1 })"],
    ["1", "'1'"],
    ["1", "1n"],
    ["a", "'a'"],
    ["async () => 1", "() => 1"],
    ["function* f() {}", "function f() {}"],
    ["class A { static a }", "class A { a }"],
    ["class A { get a() { return 1 } }", "class A { a() { return 1 } }"],
    ["x as any", "x satisfies any"],
    ["await using a = b", "using a = b"],
    ["for await (const a of b) c", "for (const a of b) c"],
    ["{ a: 1 }", "({ a: 1 })"],
    ["export default a", "export = a"],
    ["/a/g.test(b)", "/a/i.test(b)"],
    ["a = b", "a == b"],
    ["a.b", "a?.b"],
    ["(f) = function () {}", "f = function () {}"],
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

test("sourceHash() stays the same when deno fmt lays out our own code in another way", async () => {
  const folder = await Deno.makeTempDir();
  const from = fileURLToPath(new URL(".", import.meta.url));
  const names = [...Deno.readDirSync(from)].filter(({ name }) => name.endsWith(".ts")).map(({ name }) => name);
  const hashes = new Map(names.map((name) => [name, sourceHash(Deno.readTextFileSync(join(from, name)))]));
  for (const name of names) await Deno.copyFile(join(from, name), join(folder, name));
  const options = ["--no-semicolons", "--single-quote", "--line-width=50", "--indent-width=4", "--use-tabs"];
  const fmt = new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...options, "."], cwd: folder });
  expect((await fmt.output()).success).toBe(true);
  let changed = 0;
  for (const [name, hash] of hashes) {
    const text = await Deno.readTextFile(join(folder, name));
    if (text !== await Deno.readTextFile(join(from, name))) changed++;
    expect(sourceHash(text), name).toBe(hash);
  }
  expect(changed).toBeGreaterThan(names.length / 2);
  await Deno.remove(folder, { recursive: true });
}, 60_000);
