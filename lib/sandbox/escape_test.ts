import { builtinModules } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { openSandbox, type Sandbox } from "./mod.ts";

let sandbox: Sandbox;
let folder: string;
let seen = 0;

beforeAll(async () => {
  folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/secret.js`, "export default 'LOCAL SECRET';");
  await Deno.writeTextFile(`${folder}/secret.json`, '"LOCAL SECRET"');
  const host = { call: () => Promise.resolve(null) };
  sandbox = await openSandbox({ product: "escape", host, spares: 0 });
});

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

async function run(body: string, input: Json = null): Promise<Json> {
  const hash = `h${seen++}`;
  const bundle = `export async function handler(input, ctx) { ${body} }`;
  await sandbox.load({ hash, bundle, budgetMs: 5_000, memoryBytes: 64e6 });
  const context = { decision: hash, nowMs: 1_000, seed: "s", budgetMs: 5_000 };
  return (await sandbox.call(hash, input, context)).output;
}

// Tries an import in each way that a module has: dynamic, static in a module of its own, through a data: module, as text.
const IMPORT = `
  const wrap = (code) => "data:text/javascript," + encodeURIComponent(code);
  const quoted = JSON.stringify(input);
  const ways = [
    () => import(input),
    () => import(wrap("import * as m from " + quoted + "; export default m;")),
    () => import(wrap("export * from " + quoted + ";")),
    () => import(wrap("export default await import(" + quoted + ");")),
    () => import(input, { with: { type: "json" } }),
    () => import(input, { with: { type: "text" } }),
    () => import(input, { with: { type: "bytes" } }),
    () => eval("import(" + quoted + ")"),
    () => new Function("return import(" + quoted + ")")(),
  ];
  const loaded = [], refused = [];
  for (const way of ways) await way().then((m) => loaded.push(Object.keys(m).join()), (error) => refused.push(error.message.split("\\n")[0]));
  return { loaded, refused };`;

const HOSTS = [
  "https://deno.land/std@0.224.0/version.ts",
  "https://jsr.io/@std/assert/meta.json",
  "https://esm.sh/zod",
  "https://cdn.jsdelivr.net/npm/zod",
  "https://raw.githubusercontent.com/denoland/std/main/README.md",
  "https://gist.githubusercontent.com/a/b",
  "https://unpkg.com/zod",
  "https://registry.npmjs.org/zod",
  "http://127.0.0.1:8400/x.js",
  "https://localhost/x.js",
  "http://[::1]/x.js",
];

for (
  const url of [
    ...HOSTS,
    "npm:zod@4.6.7",
    "npm:esbuild",
    "jsr:@std/assert",
    "zod",
    "blob:null/0",
    "bun:ffi",
    "node:ffi",
  ]
) {
  test(`import() of ${url} is refused`, async () => {
    const { loaded, refused } = await run(IMPORT, url) as { loaded: string[]; refused: string[] };
    expect(loaded).toEqual([]);
    expect(refused).toHaveLength(9);
  });
}

test("import() of local code is refused", async () => {
  for (const name of ["secret.js", "secret.json", "../../../../etc/passwd"]) {
    const { loaded, refused } = await run(IMPORT, new URL(name, pathToFileURL(`${folder}/`)).href) as {
      loaded: string[];
      refused: string[];
    };
    expect(loaded).toEqual([]);
    expect(refused.join("\n")).toMatch(/Requires read access/);
  }
});

test("import() of the sandbox's own files is refused", async () => {
  const { loaded } = await run(IMPORT, new URL("./_child.ts", import.meta.url).href) as { loaded: string[] };
  expect(loaded).toEqual([]);
});

test("import() of every module of Node is refused, with the reason", async () => {
  const names = builtinModules.filter((name) => !name.startsWith("_"));
  const body = `
    const loaded = [], other = [];
    for (const name of input) for (const url of [name, "node:" + name]) {
      await import(url).then(() => loaded.push(url), (error) => error.message.startsWith("Cannot import a node: module") || other.push(error.message));
    }
    return { loaded, other };`;
  expect(names.length).toBeGreaterThan(40);
  const { loaded, other } = await run(body, names.map((name) => name.replace(/^node:/, ""))) as {
    loaded: string[];
    other: string[];
  };
  expect(loaded).toEqual([]);
  expect(other).toEqual([]);
});

test("a data: module computes, and reaches nothing either", async () => {
  const body = `
    const m = await import("data:text/javascript," + encodeURIComponent("export default [1 + 1, typeof Deno, typeof fetch, typeof process]"));
    return m.default;`;
  expect(await run(body)).toEqual([2, "undefined", "undefined", "undefined"]);
});

const PLATFORM = [
  "Deno",
  "process",
  "fetch",
  "Worker",
  "WebSocket",
  "EventSource",
  "XMLHttpRequest",
  "BroadcastChannel",
  "MessageChannel",
  "MessagePort",
  "EventTarget",
  "Event",
  "localStorage",
  "caches",
  "indexedDB",
  "navigator",
  "location",
  "performance",
  "crypto",
  "WebAssembly",
  "Buffer",
  "global",
  "self",
  "postMessage",
  "onmessage",
  "addEventListener",
  "importScripts",
  "setInterval",
  "reportError",
  "Blob",
  "File",
  "Response",
  "ReadableStream",
  "prompt",
  "require",
  "module",
  "__dirname",
];

test("no global reaches file, network, environment, subprocess, FFI, clock or other workers", async () => {
  const body = `
    const root = new Function("return this")();
    const has = (name) => typeof root[name] !== "undefined" || eval("typeof " + name) !== "undefined";
    return [...input.filter((name) => name in root || has(name)), ...["gc"].filter(has)];`;
  expect(await run(body, PLATFORM)).toEqual([]);
});

test("nothing is left of the platform on the global's symbols and prototypes", async () => {
  const body = `
    const found = [];
    for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
      const value = globalThis[symbol];
      if (value && typeof value === "object") found.push(...Object.values(value.listeners ?? {}).flat().map((l) => typeof l.callback));
    }
    return { found, prototype: Object.getPrototypeOf(globalThis) === Object.prototype, internals: typeof globalThis[Symbol.for("Deno.internal")] };`;
  expect(await run(body)).toEqual({ found: [], prototype: true, internals: "undefined" });
});

test("constructors of functions lead to the same frozen global", async () => {
  const body = `
    const roots = [
      (() => {}).constructor("return globalThis")(),
      await (async () => {}).constructor("return globalThis")(),
      (function* () {}).constructor("return globalThis")().next().value,
      ctx.call.constructor("return globalThis")(),
      console.log.constructor("return globalThis")(),
      setTimeout.constructor("return globalThis")(),
    ];
    return roots.map((root) => [root === globalThis, Object.isFrozen(root), typeof root.Deno]);`;
  expect(await run(body)).toEqual(Array(6).fill([true, true, "undefined"]));
});

test("a stack trace's call sites cannot be had", async () => {
  const body = `
    let got = "nothing";
    try { Error.prepareStackTrace = (_, sites) => sites; got = typeof new Error().stack; } catch (error) { got = error.name; }
    return got;`;
  expect(await run(body)).toBe("TypeError");
});
