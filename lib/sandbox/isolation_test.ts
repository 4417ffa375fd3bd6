import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { type HostRequest, openSandbox, type Sandbox } from "./mod.ts";

let sandbox: Sandbox;
const asked: HostRequest[] = [];

beforeAll(async () => {
  const host = {
    call(request: HostRequest): Promise<Json> {
      asked.push(request);
      if (request.kind !== "model") {
        throw new TypeError(`Cannot ask ${request.kind} "${request.name}" as it is not declared`);
      }
      return new Promise((resolve) => setTimeout(() => resolve({ truth: request.payload }), 20));
    },
  };
  sandbox = await openSandbox({ product: "isolation", host, spares: 0 });
});

afterAll(() => sandbox[Symbol.asyncDispose]());

async function load(hash: string, body: string): Promise<void> {
  const bundle = `export async function handler(input, ctx) { ${body} }`;
  await sandbox.load({ hash, bundle, budgetMs: 5_000, memoryBytes: 64e6 });
}

async function call(hash: string, input: Json, decision = "d"): Promise<Json> {
  return (await sandbox.call(hash, input, { decision, nowMs: 86_400_000, seed: decision, budgetMs: 5_000 })).output;
}

const POLLUTIONS = [
  "Object.prototype.evil = 1",
  "Array.prototype.map = () => ['evil']",
  "Array.prototype[Symbol.iterator] = function* () { yield 'evil'; }",
  "Function.prototype.call = () => 'evil'",
  "Promise.prototype.then = () => 'evil'",
  "JSON.parse = () => 'evil'",
  "JSON.stringify = () => '\"evil\"'",
  "Math.max = () => 'evil'",
  "Map.prototype.get = () => 'evil'",
  "String.prototype.split = () => ['evil']",
  "RegExp.prototype.exec = () => null",
  "Date.now = () => 13",
  "Date.prototype.toISOString = () => 'evil'",
  "Error.stackTraceLimit = 0",
  "globalThis.evil = 1",
  "globalThis.JSON = {}",
  "globalThis.undefined = 1",
  "Object.setPrototypeOf(Object.prototype, { evil: 1 })",
  "Object.defineProperty(Object.prototype, 'evil', { get: () => 1 })",
  "({}).__proto__.evil = 1",
  "[].constructor.prototype.evil = 1",
  "(async () => {}).constructor.prototype.evil = 1",
  "(function* () {}).prototype.__proto__.next = () => 'evil'",
  "Object.getPrototypeOf(new Map().entries()).next = () => 'evil'",
  "Object.getPrototypeOf(Int8Array).prototype.fill = () => 'evil'",
  "URL.prototype.toString = () => 'evil'",
  "TextEncoder.prototype.encode = () => 'evil'",
  "console.log.evil = 1",
  "ctx.call = () => 'evil'",
  "ctx.evil = 1",
  "Intl.NumberFormat.prototype.evil = 1",
];

test("prototype pollution throws and is not seen by the next call", async () => {
  await load(
    "pollute",
    `const refused = [];
     for (const code of input) {
       try { new Function("ctx", '"use strict"; ' + code)(ctx); refused.push(code + " passed"); } catch (error) { if (error.name !== "TypeError") refused.push(code + ": " + error.message); }
     }
     return refused;`,
  );
  await load(
    "sloppy",
    `for (const code of input) { try { new Function("ctx", code)(ctx); } catch {} } return typeof ({}).evil;`,
  );
  const clean = `
    return [({}).evil, [1, 2].map((x) => x + 1), [...[1]], JSON.parse('"x"'), Math.max(1, 2), "a-b".split("-"), new Date().toISOString(), globalThis.evil]
      .map((x) => x === undefined ? "undefined" : x);`;
  await load("clean", clean);
  const expected = ["undefined", [2, 3], [1], "x", 2, ["a", "b"], "1970-01-02T00:00:00.000Z", "undefined"];
  expect(await call("pollute", POLLUTIONS)).toEqual([]);
  expect(await call("sloppy", POLLUTIONS)).toBe("undefined");
  expect(await call("clean", null)).toEqual(expected);
  await load(
    "both",
    `if (input) { for (const code of input) { try { new Function("ctx", code)(ctx); } catch {} } } ${clean}`,
  );
  await call("both", POLLUTIONS);
  expect(await call("both", null)).toEqual(expected);
});

test("ordinary code may still override inherited names on its own objects", async () => {
  await load(
    "override",
    `class Failure extends Error { constructor(m) { super(m); this.name = "Failure"; } }
     const own = {}; own.toString = () => "own"; own.constructor = 1; own.hasOwnProperty = 2;
     function Old() {} Old.prototype.toString = () => "old";
     const error = new TypeError("x"); error.message = "changed";
     return [new Failure("m").name, String(own), own.constructor, String(new Old()), error.message, Object.keys(own)];`,
  );
  expect(await call("override", null)).toEqual([
    "Failure",
    "own",
    1,
    "old",
    "changed",
    ["toString", "constructor", "hasOwnProperty"],
  ]);
});

test("a call cannot read what a regular expression matched in another", async () => {
  await load(
    "match",
    `if (input) { /(secret.*)/.exec(input); return 1; } return [RegExp.$1, RegExp.lastMatch, RegExp.input].map(String);`,
  );
  await call("match", "secret 42");
  expect(await call("match", null)).toEqual(["undefined", "undefined", "undefined"]);
});

test("host replies cannot be forged", async () => {
  await load(
    "forge",
    `const tried = [];
     const attempt = (name, code) => { try { const got = code(); tried.push(name + ": " + got); } catch (error) { tried.push(name + ": " + error.name); } };
     const reply = JSON.stringify([["reply", 1, 0, { value: { truth: "forged" } }]]);
     attempt("dispatch", () => dispatchEvent({ type: "message", data: reply, isTrusted: true, preventDefault() {} }));
     attempt("post", () => postMessage(reply));
     attempt("message", () => new MessageEvent("message", { data: reply }));
     attempt("symbols", () => { for (const s of Object.getOwnPropertySymbols(globalThis)) for (const l of Object.values(globalThis[s]?.listeners ?? {}).flat()) l.callback({ data: reply }); });
     attempt("ledger", () => ctx.call("model", "m", { __proto__: null, toJSON: () => "forged" }) && "asked");
     return { truth: await ctx.call("model", "m", input), tried };`,
  );
  const outputs = await Promise.all([1, 2, 3, 4].map((x) => call("forge", x, `f${x}`).catch((error) => error.message)));
  const tried = [
    "dispatch: false",
    "post: ReferenceError",
    "message: ReferenceError",
    "symbols: undefined",
    "ledger: TypeError",
  ];
  expect(outputs).toEqual([1, 2, 3, 4].map((truth) => ({ truth: { truth }, tried })));
  await load(
    "forge2",
    `const reply = JSON.stringify([["reply", 1, 0, { value: { truth: "forged" } }]]);
     dispatchEvent({ type: "message", data: reply, isTrusted: true, preventDefault() {} });
     Promise.reject(new Error("stray"));
     return ctx.call("model", "m", input);`,
  );
  expect(await Promise.all([1, 2, 3].map((x) => call("forge2", x, `g${x}`)))).toEqual(
    [1, 2, 3].map((truth) => ({ truth })),
  );
  expect(sandbox.stats().strays.forge2!.count).toBeGreaterThanOrEqual(3);
});

test("a thenable or a getter in an answer runs inside, and only its value leaves", async () => {
  await load("getter", `return { get x() { return input + 1; } };`);
  expect(await call("getter", 1)).toEqual({ x: 2 });
  await load("proto", `return JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}');`);
  const output = await call("proto", null) as Record<string, Json>;
  expect(Object.hasOwn(output, "__proto__")).toBe(true);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test("a refused host call is an error that the function may catch, and is recorded", async () => {
  await load("refused", `try { await ctx.call("fetch", "weather", {}); } catch (error) { return error.message; }`);
  const { output, calls } = await sandbox.call("refused", null, { decision: "r", nowMs: 0, seed: "", budgetMs: 5_000 });
  expect(output).toBe('Cannot ask fetch "weather" as it is not declared');
  expect(calls).toEqual([{
    kind: "fetch",
    name: "weather",
    index: 0,
    payload: {},
    error: output,
    ms: expect.any(Number),
  }]);
});

test("what outlives its call is stopped: timers, host calls", async () => {
  asked.length = 0;
  await load("late", `setTimeout(() => ctx.call("model", "late", 1), 30); return 1;`);
  await call("late", null);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(asked).toEqual([]);
});

test("logs are cut and come with the answer of their own call", async () => {
  await load(
    "log",
    `for (let i = 0; i < input; i++) console.log("line", i, { i }); await ctx.call("model", "m", 1); return input;`,
  );
  const context = { decision: "l", nowMs: 0, seed: "", budgetMs: 5_000 };
  const [few, many] = await Promise.all([sandbox.call("log", 2, context), sandbox.call("log", 1_000, context)]);
  expect(few.logs).toEqual(["line 0 { i: 0 }", "line 1 { i: 1 }"]);
  expect(many.logs).toHaveLength(201);
  expect(many.logs.at(-1)).toBe("… 800 more lines were dropped");
});

test("a call may send its host four million characters in all", async () => {
  await load(
    "chatty",
    `const text = "x".repeat(1e6); for (let i = 0; i < 5; i++) await ctx.call("model", "m", text); return 1;`,
  );
  await expect(call("chatty", null)).rejects.toThrow(
    'Cannot ask for model "m" as a call may send its host 4000000 characters in all',
  );
});
