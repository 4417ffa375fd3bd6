import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type Child, startChild } from "./child.ts";

let bench: TempWorkbench;
let child: Child;
const late: Record<string, unknown[]> = {};

beforeAll(async () => {
  bench = await makeWorkbench();
  await Deno.mkdir(`${bench.root}/node_modules/pkg`, { recursive: true });
  await bench.write(
    "deno.json",
    `{ "imports": { "boathouse": "./boathouse.ts", "pkg": "./node_modules/pkg/mod.js" } }`,
  );
  await bench.write(
    "node_modules/pkg/mod.js",
    `const loaded = [Deno.readTextFileSync(new URL("own.txt", import.meta.url)), Date.now(), Math.random()];
    export const read = (path) => Deno.readTextFileSync(path);
    export const readLater = async (path) => { await 0; return await Deno.readTextFile(path) };
    export const get = async (url) => { await 0; return await fetch(url) };
    export const now = () => Date.now();
    export const nowLater = async () => { await new Promise((done) => setTimeout(done, 1)); return Date.now() };
    export const sample = (list) => list[Math.floor(Math.random() * list.length)];`,
  );
  await bench.write("node_modules/pkg/own.txt", "own");
  await bench.write(
    "notebooks/helper.ts",
    `export const read = () => Deno.readTextFileSync("data.txt"); export const pure = (n: number) => 2 * n;
    export const now = () => new Date(); export const later = async () => { await 0; return Deno.readTextFile("data.txt") };`,
  );
  await bench.write("notebooks/reads_at_load.ts", `export const text = Deno.readTextFileSync("data.txt");`);
  await bench.write(
    "notebooks/named.ts",
    `import { readFileSync } from "node:fs"; export const read = () => readFileSync("data.txt");`,
  );
  await bench.write("notebooks/data.txt", "here");
  await bench.write("notebooks/data.json", `{ "a": 1 }`);
  await Deno.writeFile(`${bench.cwd}/a.png`, new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
  child = await startChild({
    root: bench.root,
    cwd: bench.cwd,
    onLate: (id, _, { unproven }) => late[id] = unproven,
  });
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const CLOSED = "http://127.0.0.1:1/";
const FOUND: Record<string, readonly string[]> = {
  file: [
    `Deno.readTextFileSync("data.txt")`,
    `await Deno.readTextFile("data.txt")`,
    `await 0; await (async () => { await new Promise((d) => setTimeout(d, 2)); await Deno.readFile("data.txt") })()`,
    `const file = await Deno.open("data.txt"); file.close()`,
    `Deno.statSync("data.txt").mtime`,
    `for await (const entry of Deno.readDir(".")) entry.name`,
    `Deno.watchFs(".").close()`,
    `import fs from "node:fs"; fs.readFileSync("data.txt")`,
    `import { readFileSync } from "node:fs"; readFileSync("data.txt")`,
    `import { readFile } from "node:fs/promises"; await readFile("data.txt")`,
    `import { createReadStream } from "node:fs"; for await (const part of createReadStream("data.txt")) part`,
    `import { read } from "./helper.ts"; read()`,
    `import { later } from "./helper.ts"; await later()`,
    `import { read as named } from "./named.ts"; named()`,
    `import { text } from "./reads_at_load.ts"; text`,
    `import { read as byPackage } from "pkg"; byPackage("data.txt")`,
    `import { readLater } from "pkg"; await readLater("data.txt")`,
    `import { DatabaseSync } from "node:sqlite"; new DatabaseSync("a.db").close()`,
    `await (await fetch(import.meta.resolve("./data.txt"))).text()`,
    `Deno.jupyter.image("a.png")`,
    `Deno.readTextFileSync("/proc/self/status")`,
    `try { Deno.readTextFileSync("missing.txt") } catch {}`,
    `new Deno.Command("true").outputSync()`,
    `import { execSync } from "node:child_process"; execSync("true")`,
    `const code = "Deno.readTextFileSync('data.txt'); postMessage(0)";
    const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" });
    await new Promise((done) => worker.onmessage = done); worker.terminate()`,
  ],
  network: [
    `await fetch("${CLOSED}").catch(() => 0)`,
    `await Deno.connect({ port: 1 }).catch(() => 0)`,
    `Deno.listen({ port: 0 }).close()`,
    `await Deno.serve({ port: 0, onListen() {} }, () => new Response()).shutdown()`,
    `new WebSocket("ws://127.0.0.1:1").onerror = () => 0`,
    `new EventSource("${CLOSED}").close()`,
    `import http from "node:http"; await new Promise((done) => http.get("${CLOSED}").on("error", done))`,
    `import { connect } from "node:net"; connect(1, "127.0.0.1").on("error", () => 0); await new Promise((d) => setTimeout(d, 20))`,
    `import { get } from "pkg"; await get("${CLOSED}").catch(() => 0)`,
    `import { lookup } from "node:dns/promises"; await lookup("localhost")`,
  ],
  clock: [
    `Date.now()`,
    `new Date()`,
    `Date()`,
    `Reflect.construct(Date, [])`,
    `class Day extends Date {}; new Day()`,
    `performance.now()`,
    `Temporal.Now.instant()`,
    `Temporal.Now.plainDateISO()`,
    `process.hrtime.bigint()`,
    `import { hrtime } from "node:process"; hrtime()`,
    `import { performance as timer } from "node:perf_hooks"; timer.now()`,
    `console.time("a"); console.timeEnd("a")`,
    `await new Promise((done) => setTimeout(() => done(Date.now()), 2))`,
    `import { now } from "./helper.ts"; now()`,
    `import { now as byPackage } from "pkg"; byPackage()`,
    `import { nowLater } from "pkg"; await nowLater()`,
    `import { unproven } from "boathouse"; unproven("clock")`,
  ],
  random: [
    `Math.random()`,
    `crypto.randomUUID()`,
    `crypto.getRandomValues(new Uint8Array(4))`,
    `await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"])`,
    `import { randomUUID } from "node:crypto"; randomUUID()`,
    `import nodeCrypto from "node:crypto"; nodeCrypto.randomBytes(4)`,
    `import * as all from "node:crypto"; all.randomInt(5)`,
    `import { sample } from "pkg"; sample([1, 2])`,
    `[3, 1, 2].sort(() => Math.random() - 0.5)`,
    `Array.from({ length: 2 }, Math.random)`,
  ],
};
for (const [kind, sources] of Object.entries(FOUND)) {
  for (const source of sources) {
    test(`execute() tells that a cell read ${kind}: ${source}`, async () => {
      const { status, unproven, error } = await child.execute("a", source);
      expect([status, error]).toEqual(["ok", undefined]);
      expect(unproven).toEqual([kind]);
    });
  }
}

const QUIET = [
  `new Date(2001, 0)`,
  `new Date(0).getFullYear() + Date.UTC(2001) + Date.parse("2001-01-01")`,
  `new Date("2001-05-31") instanceof Date && new Date(0).constructor === Date`,
  `Temporal.PlainDate.from("2001-05-31").add({ days: 1 })`,
  `console.log(new Date(0)); console.error("a"); console.table([{ a: 1 }])`,
  `await new Promise((done) => setTimeout(done, 30)); console.log("waited")`,
  `AbortSignal.timeout(10).aborted`,
  `import { pure } from "./helper.ts"; pure(1)`,
  `import data from "./data.json" with { type: "json" }; data`,
  `import { get as unused } from "pkg"; typeof unused`,
  `import path from "node:path"; path.join("a", "b")`,
  `import { createHash } from "node:crypto"; createHash("sha256").update("a").digest("hex")`,
  `await crypto.subtle.digest("SHA-256", new Uint8Array(4))`,
  `Deno.writeTextFileSync("out.csv", "a"); await Deno.mkdir("out", { recursive: true }); await Deno.remove("out")`,
  `import { writeFileSync } from "node:fs"; writeFileSync("out.csv", "a")`,
  `const out = Deno.openSync("out.csv", { write: true, create: true }); out.close()`,
  `Deno.makeTempDirSync() !== Deno.makeTempFileSync()`,
  `Deno.env.get("HOME"); Deno.cwd(); Deno.execPath(); import.meta.resolve("./data.txt")`,
  `structuredClone(new Map([[1, new Date(0)]]))`,
  `await Deno.jupyter.display({ a: 1 }, { display_id: "d" })`,
  `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "x" }) })`,
  `throw new Error("with a stack")`,
  `Promise.reject(new Error("unhandled"))`,
  `import { DatabaseSync } from "node:sqlite"; new DatabaseSync(":memory:").close()`,
  `const quiet = new Worker("data:text/javascript,postMessage(0)", { type: "module" });
  await new Promise((done) => quiet.onmessage = done); quiet.terminate()`,
  `Math.max(...Array.from({ length: 1_000 }, (_, i) => Math.sin(i)))`,
  `new Intl.DateTimeFormat("en").format(new Date(0))`,
  `process.stdout.write("a"); Deno.stdout.writeSync(new Uint8Array([97]))`,
  `new URL("https://example.org/a?b=1").searchParams.get("b")`,
  `new Response("a").text()`,
];
for (const source of QUIET) {
  test(`execute() does not tell of: ${source}`, async () => {
    expect((await child.execute("a", source)).unproven).toEqual([]);
  });
}

test("execute() tells each kind once, and of each cell by itself", async () => {
  const both = await child.execute(
    "a",
    `Deno.readTextFileSync("data.txt"); fetch("${CLOSED}").catch(() => 0); Math.random() + Date.now()`,
  );
  expect(both.unproven).toEqual(["clock", "file", "network", "random"]);
  expect((await child.execute("b", "1")).unproven).toEqual([]);
  await child.execute("c", `const load = async () => { await 0; return Deno.readTextFileSync("data.txt") }`);
  expect((await child.execute("d", "await load()")).unproven).toEqual(["file"]);
});

test("execute() tells late reads of the cell that started them", async () => {
  const first = await child.execute(
    "early",
    `const read = new Promise<void>((done) => {
       setTimeout(() => { Math.random(); Deno.readTextFileSync("data.txt"); done(); }, 20);
     });`,
  );
  expect(first.unproven).toEqual([]);
  const second = await child.execute("after", `await read`);
  expect(second.unproven).toEqual([]);
  expect(late.early).toEqual(["file", "random"]);
});

test("execute() tells late reads by packages that no other cell was running for", async () => {
  const opened = Promise.withResolvers<void>();
  await child.execute(
    "sqlite",
    `import { DatabaseSync } from "node:sqlite";
     setTimeout(() => { new DatabaseSync("late.db"); console.log("opened"); }, 10);`,
    { onOutput: (event) => event.kind === "stream" && opened.resolve() },
  );
  await opened.promise;
  expect((await child.execute("next", "1")).unproven).toEqual([]);
  expect(late.sqlite).toEqual(["file"]);
});

test("execute() watches cells without any permission too", async () => {
  await using strict = await startChild({ root: bench.root, cwd: bench.cwd, permissions: [] });
  expect(await strict.execute("a", "Math.random(); 1")).toMatchObject({ status: "ok", unproven: ["random"] });
  const { error, unproven } = await strict.execute("b", `Deno.readTextFileSync("data.txt")`);
  expect([error?.name, unproven]).toEqual(["NotCapable", ["file"]]);
});

test("startChild() leaves nothing in the temporary folder", async () => {
  const own = await Deno.makeTempDir({ dir: bench.root });
  const before = Deno.env.get("TMPDIR");
  Deno.env.set("TMPDIR", own);
  try {
    await using _child = await startChild({ root: bench.root, cwd: bench.cwd });
    expect([...Deno.readDirSync(own)]).toEqual([]);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
});
