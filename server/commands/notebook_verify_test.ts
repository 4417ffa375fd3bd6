import { join } from "node:path";
import { expect, test } from "vitest";
import { stampProvenance, type Unproven, writeNotebook } from "../../lib/notebook/mod.ts";
import { callVerb } from "./_test_call.ts";
import { notebookVerify as verb } from "./notebook_verify.ts";

const notebookVerify = verb({ runner: () => Promise.reject(new Error("nothing runs again")) });
const code = (id: string, source: string) => {
  return { cell_type: "code" as const, id, metadata: {}, source, outputs: [], execution_count: null };
};
const CELLS = [code("a", `import { x } from "./x.ts";`), code("b", "x + 1"), code("c", "2")];

/** A workbench of its own with notebooks as a run left them. */
async function makeWorkbench(files: Record<string, string | Record<string, Unproven[]>>) {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const folder = join(root, "notebooks");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(root, "boathouse.yaml"), "");
  await Deno.writeTextFile(join(root, "deno.json"), `{ "version": "0.1.0" }`);
  await Deno.writeTextFile(join(folder, "x.ts"), "export const x = 1;");
  for (const [name, given] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), typeof given === "string" ? given : await ran(root, given));
  }
  return { root, folder, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function ran(root: string, unproven: Record<string, Unproven[]>): Promise<string> {
  const notebook = { cells: CELLS, metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
  const cells = new Map(CELLS.map(({ id }) => [id, { outputs: [], inputs: [], unproven: unproven[id] ?? [] }]));
  return writeNotebook(await stampProvenance(notebook, { cells }, { root, from: join(root, "notebooks") }));
}

test("notebook verify tells one line per fresh notebook, and exits with 0", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": {}, "b.ipynb": {} });
  const { text, json, exitCode } = await callVerb(notebookVerify, bench.root);
  expect(text.split("\n")).toEqual([
    "fresh         notebooks/a.ipynb  3 cells",
    "fresh         notebooks/b.ipynb  3 cells",
    "",
    "2 notebooks: 2 fresh",
  ]);
  expect(exitCode).toBe(0);
  expect(json).toMatchObject({
    notebooks: [{ notebook: "notebooks/a.ipynb", code: "fresh", inputs: "none", proof: "proven", problem: null }, {}],
  });
  const [cell] = (json as { notebooks: { cells: unknown[] }[] }).notebooks[0]!.cells;
  expect(cell).toEqual({
    cell: "a",
    number: 1,
    label: null,
    code: { verdict: "fresh", reason: "", chain: [] },
    inputs: { verdict: "none", reason: "", chain: [] },
    proof: { verdict: "proven", reason: "", chain: [] },
  });
});

test("notebook verify tells what is not fresh, the chain to the cause, and the way out", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": {} });
  await Deno.writeTextFile(join(bench.folder, "x.ts"), "export const x = 2;");
  const { text, exitCode } = await callVerb(notebookVerify, bench.root);
  expect(text.split("\n")).toEqual([
    "stale         notebooks/a.ipynb  2 of 3 cells",
    `  1 "a" is stale: module "notebooks/x.ts" changed (a → notebooks/x.ts)`,
    `  2 "b" is stale: module "notebooks/x.ts" changed (b → notebooks/x.ts)`,
    "",
    "1 notebook: 1 stale; boathouse notebook run FILE makes one fresh",
  ]);
  expect(exitCode).toBe(1);
});

test("notebook verify never calls fresh what is unproven, and exits by the code", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": { a: ["clock", "file"] } });
  const { text, exitCode } = await callVerb(notebookVerify, bench.root);
  expect(text).not.toContain("fresh ");
  expect(text).toContain("unproven      notebooks/a.ipynb  3 cells");
  expect(text).toContain(`  1 "a" is unproven: read the clock, a file`);
  expect(exitCode).toBe(0);
});

test("notebook verify judges the others beside a broken notebook, and exits with 1", async () => {
  const newer = JSON.stringify({ cells: [], metadata: { boathouse: { schema: 2 } }, nbformat: 4, nbformat_minor: 5 });
  await using bench = await makeWorkbench({ "a.ipynb": "{", "b.ipynb": {}, "c.ipynb": newer });
  const { text, json, exitCode } = await callVerb(notebookVerify, bench.root);
  expect(text).toContain(`Cannot read notebook "${join(bench.folder, "a.ipynb")}" as its text must be JSON`);
  expect(text).toMatch(/fresh +notebooks\/b\.ipynb/);
  expect(text).toContain("schema must be 1: got 2, of another Boathouse; update this one or run the notebook again");
  expect(text).toMatch(/3 notebooks: 2 broken, 1 fresh$/);
  expect(json).toMatchObject({ notebooks: [{ problem: expect.any(String) }, { problem: null }, {}] });
  expect(exitCode).toBe(1);
});

test("notebook verify names a malformed record, and takes a notebook without any as never run", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": {} });
  const raw = JSON.parse(await Deno.readTextFile(join(bench.folder, "a.ipynb")));
  raw.cells[1].metadata.boathouse.order = "first";
  await Deno.writeTextFile(join(bench.folder, "b.ipynb"), JSON.stringify(raw));
  for (const cell of raw.cells) delete cell.metadata.boathouse;
  raw.metadata = {};
  await Deno.writeTextFile(join(bench.folder, "c.ipynb"), JSON.stringify(raw));
  const { text } = await callVerb(notebookVerify, bench.root);
  expect(text).toContain(`Cannot read provenance of cell "b" as metadata.boathouse.order must be valid`);
  expect(text).toContain("run the notebook again");
  expect(text).toMatch(/never run +notebooks\/c\.ipynb +3 of 3 cells/);
});

test("notebook verify names cell and line of directives that say nothing", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": {} });
  const path = join(bench.folder, "a.ipynb");
  const cells = [code("a", "//| lable: delay\n1"), code("b", "//| label: x"), code("c", "// c\n//| label: x")];
  await Deno.writeTextFile(path, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  const { text, json } = await callVerb(notebookVerify, bench.root);
  expect(text.split("\n")).toEqual(expect.arrayContaining([
    `  cell "a", line 1: unknown directive "lable": did you mean "label"?`,
    `  cell "x", line 2: label "x" is that of cell "b" too: rename one`,
  ]));
  expect(json).toMatchObject({ notebooks: [{ directives: [{ cell: "a", line: 1 }, { cell: "c", line: 2 }] }] });
});

test("notebook verify takes files, folders and paths with .., each notebook once", async () => {
  await using bench = await makeWorkbench({ "a.ipynb": {}, "b.ipynb": {} });
  await Deno.mkdir(join(bench.folder, ".ipynb_checkpoints"));
  await Deno.writeTextFile(join(bench.folder, ".ipynb_checkpoints/a.ipynb"), "{");
  const paths = [`${bench.folder}/../notebooks/b.ipynb`, bench.root];
  const { text } = await callVerb(notebookVerify, "/nowhere", paths);
  expect(text.split("\n").slice(0, 2)).toEqual([
    "fresh         notebooks/b.ipynb  3 cells",
    "fresh         notebooks/a.ipynb  3 cells",
  ]);
});

test("notebook verify refuses a path without notebooks", async () => {
  await using bench = await makeWorkbench({});
  const call = (path: string) => callVerb(notebookVerify, bench.root, [path]);
  await expect(call(bench.folder)).rejects.toThrow(
    new RangeError(
      `Cannot verify "${bench.folder}" as it must hold notebooks: no .ipynb file below it; name another folder`,
    ),
  );
  await expect(call(`${bench.folder}/none`)).rejects.toThrow(
    new RangeError(
      `Cannot verify "${bench.folder}/none" as it must be a notebook or a folder: nothing is there; check the path`,
    ),
  );
  await expect(callVerb(notebookVerify, bench.root)).rejects.toThrow(RangeError);
});
