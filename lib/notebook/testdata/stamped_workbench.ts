import { join } from "node:path";
import { type Output, readNotebook, stampProvenance, type Unproven, writeNotebook } from "../mod.ts";
import { notebookDigest } from "../_digests.ts";
import { notebookOf, type SketchedCell } from "./sketch.ts";

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
/** Ids of the code cells. */
export const CODE = CELLS.filter((cell) => cell.code !== undefined).map((cell) => cell.id);
/** What the notebook was run with. */
export const PARAMETERS = { until: "2001-05-01", limit: 10 };
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
/** The notebook, from the root. */
export const NOTEBOOK = "notebooks/flights/1_explore.ipynb";
const ENDS = { "0": 206500, "1": 206500 };

/** A workbench of real files whose notebook was run from top to bottom. */
export class Bench {
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
  /** Makes the notebook's record another one, as a run leaves it. */
  record(change: (record: Raw) => Raw): void {
    const raw = JSON.parse(Deno.readTextFileSync(this.path(NOTEBOOK)));
    const record = change(raw.metadata.boathouse);
    raw.metadata.boathouse = { ...record, digest: notebookDigest(record) };
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
  async run(
    ids: string[],
    parameters: Record<string, string | number> = PARAMETERS,
    unproven: Record<string, Unproven[]> = {},
    outputs: Record<string, Output[]> = {},
  ): Promise<void> {
    const notebook = readNotebook(Deno.readTextFileSync(this.path(NOTEBOOK)), NOTEBOOK);
    const cells = new Map(ids.map((id) => [id, {
      outputs: outputs[id] ?? [],
      inputs: id === "load" ? [{ name: "flights", table: "flights", incarnation: "7f", ends: ENDS, rows: 413000 }] : [],
      unproven: unproven[id] ?? [],
    }]));
    const options = { root: this.root, from: this.path("notebooks/flights") };
    const stamped = await stampProvenance(notebook, { cells, parameters }, options);
    Deno.writeTextFileSync(this.path(NOTEBOOK), writeNotebook(stamped));
  }
}
/** A cell as JSON. */
// deno-lint-ignore no-explicit-any
export type Raw = any;

/** Makes such a workbench in a temporary folder. */
export async function openBench(): Promise<Bench> {
  const bench = new Bench(await Deno.makeTempDir());
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.mkdir(join(bench.path(name), ".."), { recursive: true });
    await Deno.writeTextFile(bench.path(name), text);
  }
  await Deno.writeTextFile(bench.path(NOTEBOOK), writeNotebook(notebookOf(CELLS)));
  await bench.run(CODE);
  return bench;
}
