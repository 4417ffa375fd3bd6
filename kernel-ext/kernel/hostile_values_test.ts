import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type Child, startChild } from "./child.ts";
import type { Output } from "../../lib/notebook/mod.ts";

let bench: TempWorkbench;
let child: Child;

beforeAll(async () => {
  bench = await makeWorkbench();
  // The time for a value to be ready is ten minutes; that of the ones here is never.
  child = await startChild({ root: bench.root, cwd: bench.cwd, displayMs: 1_000 });
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const DISPLAY = `[Symbol.for("Jupyter.display")]`;
const INSPECT = `[Symbol.for("Deno.customInspect")]`;
const shows = (bundle: string) => `({ ${DISPLAY}: () => (${bundle}) })`;
/** A proxy of which each trap throws. */
const TRAPS = `new Proxy({}, new Proxy({}, { get: () => () => { throw new Error("trap") } }))`;
const wide = (names: number) => `const o = {}; for (let i = 0; i < ${names}; i++) o["k" + i] = i;`;
const LATE =
  "Error: Cannot show the value as it must be ready within 1 s: it is not; await what it needs, or show less of it";
const CUT = /^stderr: Output of this cell was cut at 8,388,608 bytes\nDropped: [\d,]+ (bytes of text|displays?)\n$/;

/** Each value, and the end of what its cell shows: a text, or an error and the place that it names. */
const TABLE: [name: string, source: string, shown: string | RegExp, place?: string][] = [
  ["a display that never settles", `1;\n${shows("new Promise(() => {})")}`, LATE, "2:1"],
  ["a display whose then never calls", `1;\n${shows("{ then() {} }")}`, LATE, "2:1"],
  [
    "a display that spins after an await",
    `1;\n${shows("(async () => { await 0; throw new Error('late') })()")}`,
    "Error: late",
    "2:74",
  ],
  [
    "a then that settles twice and throws",
    `({ then(resolve) { resolve(1); resolve(2); throw 3; } })`,
    "{ then: [Function: then] }",
  ],
  ["a then that throws", `({ then() { throw new Error("then"); } })`, "{ then: [Function: then] }"],
  ["a then that is a getter", `({ get then() { throw new Error("then"); } })`, "{ then: [Getter] }"],
  ["an awaited then that lies", `await ({ then(resolve) { resolve(1); resolve(2); throw 3; } })`, "1"],
  ["an awaited then that throws", `1;\nawait ({ then() { throw new Error("then"); } })`, "Error: then", "2:25"],
  ["a display whose then lies", shows(`{ then(r) { r({ "text/plain": "first" }); r(5); } }`), "first"],
  [
    "a display that returns itself",
    `const self = { ${DISPLAY}: () => self };\nself`,
    "{ Symbol(Jupyter.display): [Function: [Jupyter.display]] }",
  ],
  [
    "10^7 own names",
    `const o = {}; for (let i = 0; i < 1e7; i++) o[i] = i; o`,
    /"99": 99\n\}\n… 9,999,900 more names are not shown$/,
  ],
  [
    "10^6 own names",
    `const o = {}; for (let i = 0; i < 1e6; i++) o[i] = i; o`,
    /"99": 99\n\}\n… 999,900 more names are not shown$/,
  ],
  ["10^5 own names behind a proxy", `${wide(1e5)} new Proxy(o, {})`, /… 99,900 more names are not shown$/],
  [
    "10^5 own names below",
    `${wide(1e5)} ({ a: [o] })`,
    "{ a: [Array] }\n… deeper levels are not shown, as they have more than 50,000 names",
  ],
  ["10^5 own names, thrown", `${wide(1e5)}\nthrow o`, /^Uncaught: \{[^]*… 99,900 more names are not shown$/, "2:7"],
  [
    "10^8 items on four levels",
    `let a = [1]; for (let i = 0; i < 4; i++) a = new Array(100).fill(a); a`,
    /… deeper levels are not shown/,
  ],
  ["a wide object in a map", `${wide(1e5)} new Map([["a", o]])`, /^Map\(1\) \{ "a" => \[Object\] \}\n… deeper levels/],
  ["a wide key of a map", `${wide(1e5)} new Map([[o, 1]])`, /^Map\(1\) \{ \[Object\] => 1 \}\n… deeper levels/],
  ["a wide object in a set", `${wide(1e5)} new Set([o])`, /^Set\(1\) \{ \[Object\] \}\n… deeper levels/],
  ["a wide object in a promise", `${wide(1e5)} const p = Promise.resolve(o); ({ p })`, /… deeper levels are not shown/],
  [
    "10^5 symbols",
    `const o = {}; for (let i = 0; i < 1e5; i++) o[Symbol()] = i; o`,
    /… 99,900 more names are not shown$/,
  ],
  [
    "10^8 items in maps",
    `let a = 1; for (let i = 0; i < 4; i++) a = new Map(Array.from({ length: 100 }, (_, k) => [k, a])); a`,
    /… deeper levels are not shown/,
  ],
  [
    "10^6 items in sets",
    `const sets = (n) => n === 0 ? 1 : new Set(Array.from({ length: 100 }, (_, k) => n === 1 ? k : sets(n - 1))); sets(3)`,
    /… deeper levels are not shown/,
  ],
  ["10^4 long texts", `let a = "x".repeat(1e6); a = new Array(100).fill(a); new Array(100).fill(a)`, /… deeper levels/],
  [
    "printed names without end",
    `${wide(1e5)} console.log("a", o)`,
    /^stdout: a \{\n[^]*… 99,900 more names are not shown\n$/,
  ],
  ["printed names below", `${wide(1e5)} console.error("%o", [o])`, /^stderr: \[ \[Object\] \]\n… deeper levels/],
  [
    "printed levels without end",
    `let d = {}; for (let i = 0; i < 1e5; i++) d = { d }; console.log(d)`,
    /^stdout: [^]*\[Object\]/,
  ],
  [
    "10^8 printed items",
    `let a = [1]; for (let i = 0; i < 4; i++) a = new Array(100).fill(a); console.log(a)`,
    /… deeper levels are not shown/,
  ],
  ["a long array", `new Array(1e7).fill(1)`, /more items\n\]$/],
  ["a long text", `"x".repeat(1e8)`, /x{9000}/],
  ["objects in 10^5 levels", `let d = {}; for (let i = 0; i < 1e5; i++) d = { d }; d`, /\[Object\]/],
  [
    "10^5 levels of JSON",
    `let d = {}; for (let i = 0; i < 1e5; i++) d = { d };\n${shows(`{ "application/json": d }`)}`,
    "RangeError: Maximum call stack size exceeded",
    "2:1",
  ],
  ["10^6 displays", `for (let i = 0; i < 1e6; i++) Deno.jupyter.display(i); 5`, CUT],
  ["10^6 awaited displays", `for (let i = 0; i < 1e6; i++) await Deno.jupyter.display(i); 5`, CUT],
  [
    "5 · 10^4 updates of 10^4 displays",
    `const show = Deno.jupyter.display;
    for (let i = 0; i < 1e4; i++) await show("first", { display_id: "many" });
    for (let i = 0; i <= 5e4; i++) await show(i, { display_id: "many", update: true });`,
    "50000",
  ],
  ["10^6 clears", `for (let i = 0; i < 1e6; i++) Deno.jupyter.broadcast("clear_output", { wait: true }); 5`, CUT],
  ["a proxy whose traps throw", `1;\n${TRAPS}`, "Error: trap", "2:56"],
  [
    "a proxy whose traps throw no error",
    `1;\nnew Proxy({}, new Proxy({}, { get: () => () => { throw 5 } }))`,
    "Uncaught: 5",
    "2:1",
  ],
  ["a proxy that throws from has", `1;\nnew Proxy({}, { has() { throw new Error("has"); } })`, "Error: has", "2:31"],
  ["a proxy that throws from get", `new Proxy({}, { get() { throw new Error("get"); } })`, "{}"],
  ["a proxy in an object", `({ a: ${TRAPS} })`, "{ a: {} }"],
  ["a proxy as a display", `1;\n${shows(TRAPS)}`, "Error: trap", "2:99"],
  [
    "a revoked proxy",
    `1;\nconst r = Proxy.revocable({}, {}); r.revoke();\nr.proxy`,
    "TypeError: Cannot perform 'has' on a proxy that has been revoked",
    "3:1",
  ],
  ["a proxy that is thrown", `1;\nthrow ${TRAPS}`, "Uncaught: {}", "2:7"],
  [
    "a revoked proxy that is thrown",
    `const r = Proxy.revocable({}, {}); r.revoke();\nthrow r.proxy`,
    "Uncaught: (a value whose text cannot be made)",
    "2:7",
  ],
  ["a cyclic value", `const c = { a: 1 }; c.self = c; c`, "<ref *1> { a: 1, self: [Circular *1] }"],
  [
    "a cyclic value as JSON",
    `const c = {}; c.self = c;\n${shows(`{ "application/json": c }`)}`,
    /^TypeError: Converting circular structure to JSON/,
    "2:1",
  ],
  ["an error that is its own cause", `const e = new Error("c"); e.cause = e;\nthrow e`, "Error: c", "1:11"],
  ["a getter that throws", `({ get a() { throw new Error("getter"); } })`, "{ a: [Getter] }"],
  [
    "a display that is a getter that throws",
    `1;\n({ get ${DISPLAY}() { throw new Error("getter"); } })`,
    "Error: getter",
    "2:50",
  ],
  [
    "contents with a getter that throws",
    `1;\n${shows(`{ get "text/plain"() { throw new Error("bundle"); } }`)}`,
    "Error: bundle",
    "2:73",
  ],
  [
    "a toJSON that never ends",
    `1;\n${shows(`{ "application/json": { toJSON() { return { a: this }; } } }`)}`,
    "RangeError: Maximum call stack size exceeded",
    "2:1",
  ],
  ["a toHTML that throws", `1;\n({ toHTML() { throw new Error("html"); }, toMarkdown() {} })`, "Error: html", "2:21"],
  ["an inspector that throws", `1;\n({ ${INSPECT}() { throw new Error("inspect"); } })`, "Error: inspect", "2:49"],
  ["an inspector that gives a proxy", `1;\n({ ${INSPECT}() { return ${TRAPS}; } })`, "Error: trap", "2:105"],
  [
    "an inspector that gives 30 MB",
    `({ ${INSPECT}() { return "x".repeat(3e7); } })`,
    /x… \(28,000,000 more characters\)$/,
  ],
  [
    "an error with 30 MB of message",
    `1;\nthrow new Error("x".repeat(3e7))`,
    /^Error: x{100000}… \(29,900,000 more characters\)$/,
    "2:7",
  ],
  [
    "an error whose message throws",
    `1;\nthrow Object.defineProperty(new Error("x"), "message", { get() { throw 1; } })`,
    "Error: (a value whose text cannot be made)",
    "2:29",
  ],
  [
    "an error whose stack throws",
    `1;\nthrow Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } })`,
    "Error: x",
    "2:7",
  ],
  ["half of a surrogate pair", `"\\ud800"`, `"\ufffd"`],
  [
    "values that JSON lacks",
    shows(`{ "text/plain": 5n, "application/json": { a: 1n, b: undefined, c: () => 1 } }`),
    "5",
  ],
];

test.each(TABLE)("hostile values: %s", async (_name, source, shown, place) => {
  // The limit is there so that a cell without an answer fails the test instead of hanging it.
  const { outputs, error } = await child.execute("a", source, { timeoutMs: 100_000 });
  const last = textOf(outputs.at(-1)!);
  if (typeof shown === "string") expect(last).toBe(shown);
  else expect(last).toMatch(shown);
  expect(error ? `${error.line}:${error.column}` : undefined).toBe(place);
  const pid = child.pid;
  expect((await child.execute("next", "7")).outputs).toMatchObject([{ data: { "text/plain": "7" } }]);
  expect(child.pid, "its process lives").toBe(pid);
}, 120_000);

function textOf(output: Output): string {
  if (output.output_type === "stream") return `${output.name}: ${output.text}`;
  return output.output_type === "error" ? `${output.ename}: ${output.evalue}` : String(output.data["text/plain"]);
}
