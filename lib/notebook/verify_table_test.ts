import { join } from "node:path";
import { expect, test } from "vitest";
import { readNotebook, stampProvenance, verifyNotebook, writeNotebook } from "./mod.ts";
import { notebookOf, type SketchedCell } from "./testdata/sketch.ts";

const CELLS: SketchedCell[] = [
  { id: "question", markdown: "# What drives delay?" },
  {
    id: "imports",
    code: `import { lake } from "boathouse";\nimport { fitRidge } from "./ridge.ts";\nimport { z } from "zod";`,
  },
  { id: "plot", code: `import * as Plot from "boathouse/plot";` },
  { id: "params", code: `const until = "2001-05-01";\nconst limit = 10;`, tags: ["parameters"] },
  { id: "load", code: "const rows = await lake.sql`SELECT * FROM flights WHERE date < ${until}`;" },
  { id: "top", code: "rows.rows().slice(0, limit)" },
  { id: "fit", code: "const model = fitRidge(rows);" },
  { id: "chart", code: `//| label: delay-by-hour\nPlot.plot({ marks: [Plot.dot(rows)] })` },
  { id: "check", code: "z.number().parse(model.slope)" },
  { id: "alone", code: "1 + 1" },
];
const CODE = CELLS.filter((cell) => cell.code !== undefined).map((cell) => cell.id);
const PARAMETERS = { until: "2001-05-01", limit: 10 };
const FILES = {
  "deno.json": JSON.stringify({
    version: "0.1.0",
    imports: {
      boathouse: "./lib/mod.ts",
      "shared/": "./lib/",
      "boathouse/plot": "./lib/plot/mod.ts",
      zod: "npm:zod@4.6.7",
      arquero: "npm:arquero@8.0.3",
    },
  }),
  "deno.lock": JSON.stringify({
    version: "5",
    specifiers: { "npm:zod@4.6.7": "4.6.7", "npm:arquero@8.0.3": "8.0.3", "npm:yaml@2.9.1": "2.9.1" },
    npm: {
      "acorn@8.19.0": { integrity: "sha512-acorn" },
      "arquero@8.0.3": { integrity: "sha512-arquero", dependencies: ["acorn"] },
      "yaml@2.9.1": { integrity: "sha512-yaml" },
      "zod@4.6.7": { integrity: "sha512-zod" },
    },
  }),
  "lib/mod.ts": "export const lake = {};",
  "lib/scale.ts": "export const scale = 1;",
  "notebooks/flights/ridge.ts":
    `import { solve } from "./matrix.ts";\nimport "arquero";\n// Ridge regression\nexport function fitRidge(rows: unknown) {\n  return solve(rows);\n}\n`,
  "notebooks/flights/matrix.ts": "export const solve = (rows: unknown) => ({ slope: 1, rows });\n",
};
const NOTEBOOK = "notebooks/flights/1_explore.ipynb";
const ENDS = { "0": 206500, "1": 206500 };

/** A workbench of real files whose notebook was run from top to bottom. */
class Bench {
  constructor(readonly root: string) {}
  path(name: string): string {
    return join(this.root, name);
  }
  replace(name: string, from: string | RegExp, to: string): void {
    const text = Deno.readTextFileSync(this.path(name));
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`the edit of ${name} changes nothing`);
    Deno.writeTextFileSync(this.path(name), changed);
  }
  cells(edit: (cells: Raw[]) => Raw[]): void {
    const raw = JSON.parse(Deno.readTextFileSync(this.path(NOTEBOOK))) as { cells: Raw[] };
    raw.cells = edit(raw.cells);
    Deno.writeTextFileSync(this.path(NOTEBOOK), JSON.stringify(raw));
  }
  cell(id: string, edit: (cell: Raw) => void): void {
    this.cells((cells) => cells.map((cell) => (cell.id === id && edit(cell), cell)));
  }
  source(id: string, from: string | RegExp, to: string): void {
    this.cell(id, (cell) => {
      const text = [cell.source].flat().join("");
      cell.source = text.replace(from, to);
      if (cell.source === text) throw new Error(`the edit of cell ${id} changes nothing`);
    });
  }
  async run(ids: string[], parameters: Record<string, string | number> = PARAMETERS): Promise<void> {
    const notebook = readNotebook(Deno.readTextFileSync(this.path(NOTEBOOK)), NOTEBOOK);
    const cells = new Map(ids.map((id) => [id, {
      outputs: [],
      inputs: id === "load" ? [{ name: "flights", table: "flights", incarnation: "7f", ends: ENDS, rows: 413000 }] : [],
      unproven: [],
    }]));
    const options = { root: this.root, from: this.path("notebooks/flights") };
    const stamped = await stampProvenance(notebook, { cells, parameters }, options);
    Deno.writeTextFileSync(this.path(NOTEBOOK), writeNotebook(stamped));
  }
}
// deno-lint-ignore no-explicit-any
type Raw = any;

async function openBench(): Promise<Bench> {
  const bench = new Bench(await Deno.makeTempDir());
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.mkdir(join(bench.path(name), ".."), { recursive: true });
    await Deno.writeTextFile(bench.path(name), text);
  }
  await Deno.writeTextFile(bench.path(NOTEBOOK), writeNotebook(notebookOf(CELLS)));
  await bench.run(CODE);
  return bench;
}

const STALE_FROM_LOAD = { load: "stale", top: "stale", fit: "stale", chart: "stale", check: "stale" };

interface Row {
  edit: string;
  apply(bench: Bench): void | Promise<void>;
  /** Verdicts by cell id; a code cell not named here stays fresh. */
  expected: Record<string, string>;
  /** Reasons to be found, by cell id. */
  reasons?: Record<string, string>;
}

const TABLE: Row[] = [
  { edit: "nothing", apply: () => {}, expected: {} },
  {
    edit: "white space in a cell",
    apply: (b) => b.source("fit", "fitRidge(rows);", "fitRidge(\n  rows\n);"),
    expected: {},
  },
  { edit: "comment in a cell", apply: (b) => b.source("load", /^/, "// all flights\n"), expected: {} },
  {
    edit: "source without a run",
    apply: (b) => b.source("fit", "fitRidge(rows)", "fitRidge(rows, 2)"),
    expected: { fit: "dirty", check: "stale" },
    reasons: {
      fit: "its source was edited after its run",
      check: `cell "fit" was edited after this cell ran (check → fit)`,
    },
  },
  {
    edit: "source edited, then put back",
    apply: (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      b.source("fit", "(rows, 2)", "(rows)");
    },
    expected: {},
  },
  {
    edit: "upstream edited, only downstream run again",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["check"]);
    },
    expected: { fit: "dirty", check: "stale", alone: "out of order" },
    reasons: { alone: `cell "check" above it ran after it` },
  },
  {
    edit: "upstream edited and run again, downstream not",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["fit"]);
    },
    expected: { chart: "out of order", check: "stale", alone: "out of order" },
    reasons: { check: `cell "fit" was edited after this cell ran (check → fit)` },
  },
  {
    edit: "upstream edited and run again with all below it",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["fit", "chart", "check", "alone"]);
    },
    expected: {},
  },
  {
    edit: "source at the far end of a chain",
    apply: (b) => b.source("load", "SELECT *", "SELECT delay"),
    expected: { ...STALE_FROM_LOAD, load: "dirty" },
    reasons: { check: `cell "load" was edited after this cell ran (check → fit → load)` },
  },
  {
    edit: "helper module",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "solve(rows)", "solve(rows, 1)"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: {
      fit: `module "notebooks/flights/ridge.ts" changed (fit → notebooks/flights/ridge.ts)`,
      check: `module "notebooks/flights/ridge.ts" changed (check → fit → notebooks/flights/ridge.ts)`,
    },
  },
  {
    edit: "module that the helper imports",
    apply: (b) => b.replace("notebooks/flights/matrix.ts", "slope: 1", "slope: 2"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: {
      fit: `module "notebooks/flights/matrix.ts" changed ` +
        "(fit → notebooks/flights/ridge.ts → notebooks/flights/matrix.ts)",
    },
  },
  {
    edit: "helper gone",
    apply: (b) => Deno.removeSync(b.path("notebooks/flights/matrix.ts")),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { imports: `module "notebooks/flights/matrix.ts" is gone` },
  },
  {
    edit: "white space in the helper",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "  return", "\n      return"),
    expected: {},
  },
  {
    edit: "comment in the helper",
    apply: (b) => b.replace("notebooks/flights/ridge.ts", "// Ridge regression", "/** Ridge */"),
    expected: {},
  },
  {
    // The kernel still has the module that the cell of the imports loaded.
    edit: "helper edited, only the cell that calls it run again",
    apply: async (b) => {
      b.replace("notebooks/flights/ridge.ts", "solve(rows)", "solve(rows, 1)");
      await b.run(["fit"]);
    },
    expected: { imports: "stale", fit: "stale", chart: "out of order", check: "stale", alone: "out of order" },
    reasons: { fit: `module "notebooks/flights/ridge.ts" changed` },
  },
  {
    edit: "package bumped, only the cell that calls it run again",
    apply: async (b) => {
      b.replace("deno.lock", /"npm:zod@4.6.7":"4.6.7"/, `"npm:zod@4.6.7":"4.6.8"`);
      b.replace("deno.lock", /"zod@4.6.7":\{/, `"zod@4.6.8":{`);
      await b.run(["check"]);
    },
    expected: { imports: "stale", check: "stale", alone: "out of order" },
  },
  {
    edit: "module that the import map names",
    apply: async (b) => {
      b.replace("notebooks/flights/matrix.ts", /^/, `import "shared/scale.ts";\n`);
      await b.run(CODE);
      b.replace("lib/scale.ts", "= 1", "= 2");
    },
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { fit: `module "lib/scale.ts" changed` },
  },
  {
    edit: "cell that does not parse",
    apply: (b) => b.source("fit", "const model", "const const model ("),
    expected: { fit: "dirty", check: "stale" },
  },
  {
    edit: "helper imports another module",
    apply: (b) => {
      Deno.writeTextFileSync(b.path("notebooks/flights/more.ts"), "export {};");
      b.replace("notebooks/flights/matrix.ts", /^/, `import "./more.ts";\n`);
    },
    expected: { imports: "stale", fit: "stale", check: "stale" },
  },
  {
    edit: "module that no cell reaches",
    apply: (b) => Deno.writeTextFileSync(b.path("notebooks/flights/other.ts"), "export const other = 1;"),
    expected: {},
  },
  {
    edit: "deno.lock: a package that a cell reaches",
    apply: (b) => {
      b.replace("deno.lock", /"npm:zod@4.6.7":"4.6.7"/, `"npm:zod@4.6.7":"4.6.8"`);
      b.replace("deno.lock", /"zod@4.6.7":\{"integrity":"sha512-zod"/, `"zod@4.6.8":{"integrity":"sha512-new"`);
    },
    expected: { imports: "stale", check: "stale" },
    reasons: { check: `package "zod" is 4.6.8, and was 4.6.7 (check → zod)` },
  },
  {
    edit: "deno.lock: other bytes under the same version",
    apply: (b) => b.replace("deno.lock", "sha512-zod", "sha512-forged"),
    expected: { imports: "stale", check: "stale" },
    reasons: { check: `package "zod@4.6.7" has other contents (check → zod)` },
  },
  {
    edit: "deno.lock: a dependency of a package that a helper reaches",
    apply: (b) => b.replace("deno.lock", "sha512-acorn", "sha512-new"),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { fit: `package "acorn@8.19.0" has other contents` },
  },
  {
    edit: "deno.lock: a package not reached",
    apply: (b) => b.replace("deno.lock", "sha512-yaml", "sha512-new"),
    expected: {},
  },
  {
    edit: "deno.lock gone",
    apply: (b) => Deno.removeSync(b.path("deno.lock")),
    expected: { imports: "stale", fit: "stale", check: "stale" },
    reasons: { check: `package "zod" is not in deno.lock (check → zod)` },
  },
  {
    edit: "Boathouse's version",
    apply: (b) => b.replace("deno.json", `"0.1.0"`, `"0.2.0"`),
    expected: { ...STALE_FROM_LOAD, imports: "stale", plot: "stale" },
    reasons: { load: `package "boathouse" is 0.2.0, and was 0.1.0 (load → boathouse)` },
  },
  { edit: "Boathouse's own library", apply: (b) => b.replace("lib/mod.ts", "{}", "{ sql: 1 }"), expected: {} },
  {
    edit: "parameter changed",
    apply: (b) => b.replace(NOTEBOOK, /"until": "2001-05-01"/, `"until": "2001-06-01"`),
    expected: STALE_FROM_LOAD,
    reasons: { load: `parameter "until" is "2001-06-01", and was "2001-05-01"` },
  },
  {
    edit: "parameter that only another cell reads",
    apply: (b) => b.replace(NOTEBOOK, /"limit": 10/, `"limit": 20`),
    expected: { top: "stale" },
  },
  {
    edit: "some cells run with another parameter",
    apply: (b) => b.run(["load", "top"], { until: "2001-05-01", limit: 99 }),
    expected: { fit: "out of order", chart: "out of order", check: "out of order", alone: "out of order" },
  },
  {
    edit: "default of a parameter",
    apply: (b) => b.source("params", `2001-05-01`, `2001-04-01`),
    expected: { ...STALE_FROM_LOAD, params: "dirty" },
  },
  {
    edit: "independent cells reordered",
    apply: (b) => b.cells((cells) => move(cells, "alone", "top")),
    expected: { top: "out of order", fit: "out of order", chart: "out of order", check: "out of order" },
    reasons: { top: `cell "alone" above it ran after it` },
  },
  {
    edit: "a cell moved above what it needs",
    apply: (b) => b.cells((cells) => move(cells, "fit", "load")),
    expected: { load: "out of order", top: "out of order", fit: "stale", chart: "stale", check: "stale" },
    reasons: {
      fit: `cell "load" no longer gives it a value`,
      chart: `cell "load" ran out of order (chart → load)`,
    },
  },
  {
    edit: "upstream cell deleted",
    apply: (b) => b.cells((cells) => cells.filter((cell) => cell.id !== "load")),
    expected: { top: "stale", fit: "stale", chart: "stale", check: "stale" },
    reasons: {
      top: `cell "load" is gone (top → load)`,
      check: `cell "load" is gone`,
    },
  },
  {
    edit: "cell deleted that nothing needs",
    apply: (b) => b.cells((cells) => cells.filter((cell) => cell.id !== "top")),
    expected: {},
  },
  {
    edit: "cell inserted in between that redefines a name",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "const rows = [];" })),
    expected: { again: "never run", fit: "stale", chart: "stale", check: "stale" },
    reasons: { fit: `cell "again" now gives it a value (fit → again)` },
  },
  {
    edit: "cell inserted in between that pushes into a value",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "rows.extra = 1;" })),
    expected: { again: "never run", fit: "stale", chart: "stale", check: "stale" },
  },
  {
    edit: "cell inserted that nothing needs",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "2 + 2" })),
    expected: { again: "never run" },
    reasons: { again: "no run of it is recorded" },
  },
  {
    edit: "outputs removed",
    apply: (b) => b.cell("chart", (cell) => Object.assign(cell, { outputs: [], execution_count: null })),
    expected: { chart: "never run" },
    reasons: { chart: "its outputs were removed" },
  },
  {
    edit: "outputs of an upstream cell removed",
    apply: (b) => b.cell("fit", (cell) => Object.assign(cell, { outputs: [], execution_count: null })),
    expected: { fit: "never run", check: "stale" },
    reasons: { check: `cell "fit" has no run (check → fit)` },
  },
  {
    edit: "run again by a kernel that records nothing",
    apply: (b) => b.cell("fit", (cell) => Object.assign(cell, { execution_count: 31 })),
    expected: { fit: "out of order", check: "stale" },
    reasons: { fit: "it ran again without a record: execution count 31, recorded run 6" },
  },
  {
    edit: "execution order wrong",
    apply: (b) => b.run(["fit"]).then(() => b.run(["load"])),
    expected: {
      top: "out of order",
      fit: "out of order",
      chart: "out of order",
      check: "out of order",
      alone: "out of order",
    },
    reasons: { fit: `cell "load" above it ran after it`, top: `cell "load" above it ran after it` },
  },
  {
    edit: "provenance removed",
    apply: (b) => b.cell("fit", (cell) => delete cell.metadata.boathouse),
    expected: { fit: "never run", check: "stale" },
  },
  {
    edit: "directive",
    apply: (b) => b.source("chart", "delay-by-hour", "delay-by-day"),
    expected: { chart: "dirty" },
  },
  { edit: "Markdown", apply: (b) => b.source("question", "delay", "lateness"), expected: {} },
  { edit: "tags", apply: (b) => b.cell("alone", (cell) => (cell.metadata.tags = ["remove_input"])), expected: {} },
  {
    edit: "no lake to be reached",
    apply: (b) =>
      Deno.writeTextFileSync(b.path("boathouse.yaml"), `lake: "s3://away/lake?endpoint=http://127.0.0.1:1"\n`),
    expected: {},
  },
  {
    // A raw table is known by its end offsets: files merged or rewritten in the lake change nothing here.
    edit: "table compacted",
    apply: (b) => {
      Deno.mkdirSync(b.path("lake/tables/flights/_delta_log"), { recursive: true });
      Deno.writeTextFileSync(b.path("lake/tables/flights/_delta_log/00000000000000000009.json"), "{}");
    },
    expected: {},
  },
  {
    edit: "another Deno recorded",
    apply: (b) => b.replace(NOTEBOOK, /"deno": "[^"]+"/, `"deno": "9.9.9"`),
    expected: {},
  },
  { edit: "written again in another layout", apply: (b) => b.cells((cells) => cells), expected: {} },
  {
    edit: "the whole workbench moved",
    apply: (b) => {
      const to = `${b.root}-moved`;
      Deno.renameSync(b.root, to);
      Object.assign(b, { root: to });
    },
    expected: {},
  },
];

function move(cells: Raw[], id: string, before: string): Raw[] {
  const moved = cells.find((cell) => cell.id === id);
  return cells.filter((cell) => cell.id !== id).flatMap((cell) => cell.id === before ? [moved, cell] : [cell]);
}

function insert(cells: Raw[], before: string, { id, code }: { id: string; code: string }): Raw[] {
  const added = { cell_type: "code", id, metadata: {}, source: code, outputs: [], execution_count: null };
  return cells.flatMap((cell) => cell.id === before ? [added, cell] : [cell]);
}

test.each(TABLE)("verifyNotebook() after edit: $edit", async ({ apply, expected, reasons = {} }) => {
  const bench = await openBench();
  await apply(bench);
  const verdicts = await verifyNotebook(bench.path(NOTEBOOK), { root: bench.root });
  const found = Object.fromEntries(verdicts.map((verdict) => [verdict.cell, verdict.verdict]));
  const all = Object.fromEntries(verdicts.map((verdict) => [verdict.cell, expected[verdict.cell] ?? "fresh"]));
  expect(found).toEqual(all);
  expect(Object.keys(found)).toEqual(expect.arrayContaining(Object.keys(expected)));
  for (const [cell, reason] of Object.entries(reasons)) {
    expect(verdicts.find((verdict) => verdict.cell === cell)!.reason).toContain(reason);
  }
  await Deno.remove(bench.root, { recursive: true });
});

test("verifyNotebook() names file and cell for duplicate ids", async () => {
  const bench = await openBench();
  bench.cell("alone", (cell) => (cell.id = "fit"));
  const file = bench.path(NOTEBOOK);
  await expect(verifyNotebook(file, { root: bench.root })).rejects.toThrow(
    new TypeError(`Cannot read notebook "${file}" as ids of cells must be unique: cells 7 and 10 are both "fit"`),
  );
});

test("stampProvenance() gives the same bytes for the same run", async () => {
  const [one, two] = [await openBench(), await openBench()];
  expect(Deno.readTextFileSync(one.path(NOTEBOOK))).toBe(Deno.readTextFileSync(two.path(NOTEBOOK)));
  await one.run(CODE);
  expect(Deno.readTextFileSync(one.path(NOTEBOOK))).toBe(Deno.readTextFileSync(two.path(NOTEBOOK)));
});
