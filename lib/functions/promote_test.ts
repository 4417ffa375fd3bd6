import { afterEach, beforeEach, expect, test } from "vitest";
import { buildOnnx } from "../models/mod.ts";
import { openSandbox, SandboxError } from "../sandbox/mod.ts";
import { cellOf, HEAD, openPromoteBench, type PromoteBench } from "./_test_workbench.ts";
import { readAttestation, readSourceMap, stackMapper } from "./mod.ts";

let bench: PromoteBench;

beforeEach(async () => void (bench = await openPromoteBench()));
afterEach(() => bench[Symbol.asyncDispose]());

const TWICE = cellOf("({ x }) => ({ y: 2 * x })");
const EXAMPLE = { c2: { input: { x: 4 }, output: { y: 8 } } };

test("promote() refuses names that are no plain names, before it reads anything", async () => {
  for (const name of ["../../x", "a/b", "a\\b", "", ".", "a.b", "$f", "__proto__", "(", "f@1", "a".repeat(101)]) {
    const refused = bench.promote(name);
    await expect(refused).rejects.toThrow(RangeError);
    await expect(refused).rejects.toThrow(
      `Cannot promote ${JSON.stringify(name)} as a function's name must be a letter and then letters, digits and _`,
    );
  }
  expect((await bench.control.state()).offset).toBe(0);
});

test("promote() takes notebooks of the workbench only", async () => {
  await bench.write([HEAD, TWICE]);
  await Deno.symlink("/etc", `${bench.root}/notebooks/out`);
  for (const notebook of ["../a.ipynb", "/etc/passwd", "notebooks/out/passwd", "notebooks/none.ipynb"]) {
    await expect(bench.promote("f", { notebook })).rejects.toThrow(/^Cannot promote from ".*" as /);
  }
});

test("promote() refuses cells that never ran, that changed since, a dirty tree, and no export", async () => {
  await bench.write([HEAD, TWICE], { ran: false });
  await expect(bench.promote("f")).rejects.toThrow('Cannot promote "f" as cell "c1" is never run');
  await bench.write([HEAD, TWICE]);
  const file = `${bench.root}/notebooks/a.ipynb`;
  await expect(bench.promote("f")).rejects.toThrow(
    /^Cannot promote "f" as the working tree has changes, such as ".*": commit them, or pass --allow-dirty$/,
  );
  await bench.commit();
  await expect(bench.promote("g")).rejects.toThrow(
    'Cannot promote "g" as no cell of the notebook exports it: write "export const g = defineFunction(…)"',
  );
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("2 * x", "3 * x"));
  await expect(bench.promote("f", { allowDirty: true })).rejects.toThrow(/as cell "c1" is dirty: .*; run "boathouse/);
  expect((await bench.control.state()).offset).toBe(0);
});

test("promote() refuses what is no defineFunction, a failing type check, and a value of the run", async () => {
  const refusal = async (...sources: string[]) => {
    await bench.write([HEAD, ...sources]);
    return await bench.promote("f", { allowDirty: true }).then(
      () => null,
      (error) => `${error.name}: ${error.message}`,
    );
  };
  expect(await refusal("export const f = (x: number) => x;")).toBe(
    'TypeError: Cannot promote "f" as its cell must export what defineFunction returns: ' +
      "Cannot answer as the function threw TypeError: it is not made by defineFunction",
  );
  const forged =
    "export const f = Object.assign(() => 1, { spec: { input: z.object({}), output: z.object({}), run: () => ({}) } });";
  expect(await refusal(forged)).toContain("it is not made by defineFunction");
  expect(await refusal(cellOf("({ x }) => ({ y: `${x}` })"))).toMatch(
    /^TypeError: Cannot promote the function as its type check failed in cell "c1" line [1-6]: TS2322 /,
  );
  expect(await refusal("const rows = await Promise.resolve([1]);", cellOf("({ x }) => ({ y: rows[x]! })"))).toBe(
    'TypeError: Cannot slice "f" as "rows" (f → rows) must not be computed at run time: cell "c1" line 1 awaits ' +
      "Promise.resolve([1]); log it as a model, pass it as input, or write it as a literal",
  );
}, 300_000);

test("promote() replays examples by the models and lookups that the context has", async () => {
  await bench.models.log("m", { onnx: buildOnnx({ intercept: 1, slopes: { x: 2 } }), example: { x: 1 } });
  const run = `async ({ x }, { models, lookups }) => {
    const [[model], lookup] = await Promise.all([models.m.predict([{ x }]), lookups.l.get<number>({ x: x + 1 })]);
    return { y: model! * 100 + lookup };
  }`;
  const cells = [HEAD, cellOf(run, 'models: { m: "m@1" }, lookups: { l: "m@1" },'), "//| example\nawait f({ x: 3 })"];
  const call = { input: { x: 3 }, output: { y: 709 }, models: { m: "1" } };
  await bench.write(cells, { examples: { c2: call } });
  await bench.commit();
  expect(await bench.promote("f")).toMatchObject({ examples: 1 });
  await bench.write(cells, { examples: { c2: { ...call, output: { y: 907 } } } });
  await bench.commit();
  await expect(bench.promote("f")).rejects.toThrow("/y: 907 became 709");
}, 300_000);

test("promote() replays examples, asks each twice, and says where they differ", async () => {
  const promoted = async (run: string, examples: Record<string, unknown>, before = "1;") => {
    await bench.write([HEAD, before, cellOf(run), "//| example\nawait f({ x: 4 });"], { examples });
    return await bench.promote("f", { allowDirty: true }).then(({ examples }) => examples, (error) => error.message);
  };
  const call = { c3: { input: { x: 4 }, output: { y: 8 } } };
  expect(await promoted("({ x }) => ({ y: 2 * x })", call)).toBe(1);
  expect(await promoted("({ x }) => ({ y: 3 * x })", call)).toMatch(
    /as example 1 gives another answer in the sandbox: \/y: 8 became 12; run the notebook again, or set "\/\/\| tolerance"$/,
  );
  expect(
    await promoted(
      "({ x }) => { const s = seen; s.push(x); return { y: 8 * s.length } }",
      call,
      "const seen: number[] = [];",
    ),
  )
    .toMatch(
      /as example 1 gives another answer when it is asked again: \/y: 8 became 16; keep nothing from one call to the next$/,
    );
  const throwing = "({ x }) => { if (x) throw new RangeError('no'); return { y: x } }";
  expect(await promoted(throwing, call)).toContain(
    "as an example fails in the sandbox: Cannot answer as the function threw RangeError: no",
  );
}, 300_000);

test(
  "promote() keeps where a version comes from, and its stack traces name cell and line of the notebook",
  async () => {
    await Deno.writeTextFile(
      `${bench.root}/notebooks/deep.ts`,
      "// a\nexport function deep(x: number): number {\n  throw new RangeError(`deep ${x}`);\n}\n",
    );
    const lines = [
      "import { deep } from './deep.ts';",
      "type N = number;",
      "",
      "function check(x: N): N {",
      "  return deep(x) + 1;",
      "}",
    ];
    await bench.write([HEAD, lines.join("\n"), cellOf("({ x }) => {\n    return { y: check(x) };\n  }")]);
    await bench.commit();
    const { hash, manifest } = await bench.promote("f");
    expect(manifest).toMatchObject({ name: "f", permissions: [], hosts: {}, lookups: {}, budgetMs: 100 });
    expect(await readAttestation(bench.store, hash)).toEqual({
      notebook: "notebooks/a.ipynb",
      cell: "c2",
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      dirty: false,
      author: "test",
      at: expect.any(String),
      deno: Deno.version.deno,
      boathouse: expect.any(String),
      packages: { [`zod@${await zodVersion()}`]: expect.stringMatching(/^sha512-/) },
    });
    await using sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) }, spares: 0 });
    await sandbox.load({ hash, bundle: await bench.part(hash, "bundle.js"), budgetMs: 20_000, memoryBytes: 2 ** 26 });
    const context = { decision: "d", nowMs: 0, seed: "s", budgetMs: 20_000 };
    const error: SandboxError = await sandbox.call(hash, { x: 7 }, context).then(() => null as never, (error) => error);
    expect(stackMapper(await readSourceMap(bench.store, hash))(error.detail.stack!).split("\n")).toEqual([
      "RangeError: deep 7",
      expect.stringMatching(/ at deep \(notebooks\/deep\.ts:3\)$/),
      expect.stringMatching(/ at check\d* \(notebooks\/a\.ipynb#c1:5\)$/),
      expect.stringMatching(/ at .*run \(notebooks\/a\.ipynb#c2:6\)$/),
    ]);
    const map = JSON.parse(await readSourceMap(bench.store, hash));
    expect(map.sources.sort()).toEqual(["notebooks/a.ipynb#c1", "notebooks/a.ipynb#c2", "notebooks/deep.ts"]);
  },
  300_000,
);

test("promote() of one name at once: both end, the later offset is newest, and every version is whole", async () => {
  await bench.write([HEAD, TWICE, "//| example\nawait f({ x: 4 });"], { examples: EXAMPLE });
  const other = await openPromoteBench();
  await using _other = other;
  await other.write([HEAD, cellOf("({ x }) => ({ y: x + x })"), "//| example\nawait f({ x: 4 });"], {
    examples: EXAMPLE,
  });
  const { store, control, models } = bench;
  const { promote } = await import("./promote.ts");
  const ask = (root: string) =>
    promote({ notebook: "notebooks/a.ipynb", name: "f", root, allowDirty: true, by: "t", why: "t" }, {
      store,
      control,
      models,
    });
  const [one, two, again] = await Promise.all([ask(bench.root), ask(other.root), ask(bench.root)]);
  expect(again.hash).toBe(one.hash);
  expect(two.hash).not.toBe(one.hash);
  const { hash, history } = (await control.state()).functions.f!;
  expect(hash).toBe(history.at(-1)!.hash);
  expect(new Set(history.map(({ hash }) => hash))).toEqual(new Set([one.hash, two.hash]));
  for (const { hash, manifest } of [one, two]) {
    expect(JSON.parse(await bench.part(hash, "manifest.json"))).toEqual({ ...manifest });
    for (const part of ["bundle.js", "bundle.js.map", "examples.json", "attestation.json"]) {
      expect((await bench.part(hash, part)).length).toBeGreaterThan(2);
    }
  }
}, 300_000);

async function zodVersion(): Promise<string> {
  const path = new URL("../../node_modules/zod/package.json", import.meta.url);
  return JSON.parse(await Deno.readTextFile(path)).version;
}
