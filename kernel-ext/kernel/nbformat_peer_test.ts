import * as fc from "fast-check";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";
import { isCode, readNotebook, writeNotebook } from "../../lib/notebook/mod.ts";
import { runNotebook, type RunOptions } from "../runner/mod.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const PROGRAM = fileURLToPath(new URL("./testdata/nbformat_check.py", import.meta.url));
const LIMIT_MS = 300_000;

const jupyter = useJupyter();

/** What nbformat finds wrong, file by file. */
async function faults(folder: string): Promise<Record<string, string>> {
  const found = Object.entries(
    JSON.parse(await jupyter().tool("python", [PROGRAM, folder])) as Record<string, string | null>,
  );
  expect(found.length).toBeGreaterThan(0);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null));
}

async function makeFolder(name: string): Promise<string> {
  const folder = join(jupyter().folder, name);
  await Deno.mkdir(folder);
  return folder;
}

const code = (source: string, id: string) => ({
  cell_type: "code",
  id,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});

async function run(folder: string, name: string, notebook: object, options: Partial<RunOptions> = {}) {
  const file = join(folder, `${name}.ipynb`);
  await Deno.writeTextFile(`${file}.in`, JSON.stringify(notebook));
  const { status } = await runNotebook(`${file}.in`, { root: ROOT, out: file, timeoutMs: 60_000, ...options });
  return status;
}

/** Cells that end in order, each by what it shows; none may make a file that is no notebook. */
const SHOWN: Record<string, string> = {
  nothing: "undefined",
  text: `console.log("é 🚣 \\u2028 \\0 \\x1b[31m"); "x"`,
  half: `console.log("\\ud83d"); "\\ud83d"`,
  bundle:
    `Deno.jupyter.display({ "text/plain": "é\\n\\n", "application/json": { a: [1, null, "x"] }, "text/html": "<b>\\n</b>" }, { raw: true })`,
  numbers: `Deno.jupyter.display({ "text/plain": 42, "text/html": null, "image/png": true }, { raw: true })`,
  "not json":
    `Deno.jupyter.display({ "application/json": { a: NaN, b: Infinity, c: undefined, d: () => 1 } }, { raw: true })`,
  bigint: `Deno.jupyter.display({ "application/json": { a: 10n } }, { raw: true })`,
  "no types": `Deno.jupyter.display({ "": "x", "a b": "y", "TEXT/PLAIN": "z", "text/plain": "w" }, { raw: true })`,
  prototype:
    `Deno.jupyter.display(JSON.parse('{"__proto__": "x", "constructor": "y", "text/plain": "z"}'), { raw: true })`,
  list: `Deno.jupyter.display({ "text/plain": ["a", "b"], "text/html": { deep: 1 } }, { raw: true })`,
  "no bundle": `({ [Symbol.for("Jupyter.display")]: () => "text" })`,
  "a list as bundle": `({ [Symbol.for("Jupyter.display")]: () => ["text"] })`,
  metadata: `Deno.jupyter.broadcast("display_data", { data: { "text/plain": "x" }, metadata: 3, transient: {} })`,
  "no data": `Deno.jupyter.broadcast("display_data", { data: null, metadata: null })`,
  cyclic: `const o = { a: 1 }; o.o = o; Deno.jupyter.display({ "application/json": o }, { raw: true })`,
  "cyclic value": `const p = {}; p.p = p; p`,
  getter: `({ get a() { throw new Error("no") } })`,
  then: `({ then(resolve) { resolve({ then: 1 }) } })`,
  "lying bundle": `({ [Symbol.for("Jupyter.display")]: () => ({ get "text/plain"() { throw new Error("no") } }) })`,
  proxy: `new Proxy({}, { get() { throw new Error("no") } })`,
  error: `throw Object.assign(new Error("m"), { name: 3, message: { a: 1 }, stack: null })`,
  thrown: `throw { toString() { throw new Error("no") } }`,
  nullish: `throw null`,
  rejected: `void Promise.reject(undefined); 1`,
  syntax: `const = 3`,
  progress:
    `await Deno.jupyter.display({ "text/plain": "0" }, { raw: true, display_id: "p" }); await Deno.jupyter.display({ "text/plain": "1" }, { raw: true, display_id: "p", update: true })`,
  cleared: `console.log("a"); await Deno.jupyter.broadcast("clear_output", { wait: true }); console.log("b")`,
  streams: `console.log("a"); console.error("b"); console.log("c")`,
  exit: `Deno.exit(3)`,
  loud: `for (let n = 0; n < 3000; n++) console.log("x".repeat(1000))`,
};

test("runs are notebooks, whatever their cells show and however they end", async () => {
  const folder = await makeFolder("runs");
  for (const [name, source] of Object.entries(SHOWN)) {
    const notebook = { cells: [code(source, "a"), code("1 + 1", "b")], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await run(folder, name, notebook, { child: { maxOutputBytes: 1_000_000 } });
  }
  const endless = { cells: [code("for (;;);", "a"), code("2", "b")], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  expect(await run(folder, "timeout", endless, { timeoutMs: 200 })).toBe("error");
  expect(await run(folder, "aborted", endless, { signal: AbortSignal.timeout(2_000) })).toBe("aborted");
  expect(await faults(folder)).toEqual({});
}, LIMIT_MS);

test("what clients of the kernel save is a notebook, whatever its cells show", async () => {
  const folder = await makeFolder("clients");
  const cells = Object.values(SHOWN).map((source, at) => code(source, `c${at}`));
  const metadata = { kernelspec: { name: "boathouse", display_name: "Boathouse", language: "typescript" } };
  const file = join(folder, "in.ipynb.json");
  await Deno.writeTextFile(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
  await jupyter().tool("jupyter-nbconvert", [
    "--execute",
    "--allow-errors",
    "--to",
    "notebook",
    "--output",
    "out.ipynb",
    file,
  ]);
  const { cells: ran } = readNotebook(await Deno.readTextFile(join(folder, "out.ipynb")), "out.ipynb");
  expect(ran.filter(isCode).filter(({ execution_count }) => execution_count === null)).toEqual([]);
  expect(await faults(folder)).toEqual({});
}, LIMIT_MS);

test("old notebooks are nbformat 4.5 when they have run", async () => {
  const folder = await makeFolder("old");
  const three = JSON.parse(await Deno.readTextFile(join(ROOT, "lib/notebook/testdata/nbformat_3.ipynb")));
  expect(await run(folder, "3.0", three)).toBe("ok");
  const { id: _, ...cell } = code("1 + 1", "a");
  const markdown = { cell_type: "markdown", metadata: {}, source: ["# Why?\n", "so"] };
  for (const nbformat_minor of [0, 1, 2, 3, 4]) {
    expect(
      await run(folder, `4.${nbformat_minor}`, {
        cells: [markdown, cell, cell],
        metadata: {},
        nbformat: 4,
        nbformat_minor,
      }),
    ).toBe("ok");
  }
  expect(await faults(folder)).toEqual({});
}, LIMIT_MS);

test("committed notebooks are what nbformat would write", async () => {
  expect(await faults(join(ROOT, "notebooks"))).toEqual({});
});

test("writeNotebook() writes the bytes of nbformat", async () => {
  const folder = await makeFolder("written");
  const text = fc.string({
    unit: fc.constantFrom(
      "a",
      "\n",
      "\r",
      "é",
      "🚣",
      "\u2028",
      "\x85",
      "\f",
      "\\",
      '"',
      "\0",
      "\x7f",
      "\x1d",
      "\v",
      "/",
    ),
  });
  const mimes = fc.constantFrom(
    "text/plain",
    "text/html",
    "image/svg+xml",
    "image/png",
    "text/markdown",
    "application/x-other",
  );
  const keys = fc.string({ unit: fc.constantFrom("a", "Z", "_", "é", "-") });
  // JavaScript puts keys that are whole numbers in front.
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/"\d+":/.test(JSON.stringify(value)));
  const data = fc.tuple(fc.dictionary(mimes, text), fc.dictionary(fc.constant("application/json"), json)).map((
    [a, b],
  ) => ({ ...a, ...b }));
  const metadata = fc.dictionary(keys, fc.oneof(text, fc.dictionary(keys, fc.integer())));
  const output = fc.oneof(
    fc.record({ output_type: fc.constant("stream"), name: fc.constantFrom("stdout", "stderr"), text }),
    fc.record({ output_type: fc.constant("display_data"), data, metadata: fc.constant({}) }),
    fc.record({
      output_type: fc.constant("execute_result"),
      data,
      metadata: fc.constant({}),
      execution_count: fc.nat(),
    }),
    fc.record({ output_type: fc.constant("error"), ename: text, evalue: text, traceback: fc.array(text) }),
  );
  const cell = fc.oneof(
    fc.record({
      cell_type: fc.constant("code"),
      metadata,
      source: text,
      outputs: fc.array(output),
      execution_count: fc.option(fc.nat()),
    }),
    fc.record({
      cell_type: fc.constant("markdown"),
      metadata,
      source: text,
      attachments: fc.dictionary(keys, fc.dictionary(mimes, text)),
    }),
    fc.record({ cell_type: fc.constant("raw"), metadata, source: text }),
  );
  const notebooks = fc.sample(fc.record({ cells: fc.array(cell), metadata }), { numRuns: 300, seed: 42 });
  for (const [at, { cells, metadata }] of notebooks.entries()) {
    const named = cells.map((one, index) => ({ ...one, id: `c${index}` }));
    const notebook = readNotebook(
      JSON.stringify({ cells: named, metadata, nbformat: 4, nbformat_minor: 5 }),
      "n.ipynb",
    );
    await Deno.writeTextFile(join(folder, `${at}.ipynb`), writeNotebook(notebook));
  }
  expect(await faults(folder)).toEqual({});
}, LIMIT_MS);
