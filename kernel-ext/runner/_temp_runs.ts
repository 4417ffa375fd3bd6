import { type CodeCell, type Notebook, readNotebook } from "../../lib/notebook/mod.ts";
import { runNotebook, type RunOptions, type RunReport } from "./run_notebook.ts";

/** A cell of a notebook under test: code, unless it says otherwise. */
export type Source = string | { source: string; id?: string; tags?: string[]; type?: "markdown" };

/** A run under test. */
export interface TestRun {
  report: RunReport;
  /** What was saved. */
  text: string;
  notebook: Notebook;
}

/** A workbench in a folder of its own, whose notebooks are run. */
export interface TempRuns extends AsyncDisposable {
  root: string;
  /** Writes a notebook; cells are called c0, c1, … unless they say otherwise. */
  write(name: string, ...sources: Source[]): Promise<string>;
  /** Runs a notebook into a fresh copy, or where the options say. */
  run(file: string, options?: Partial<RunOptions>): Promise<TestRun>;
}

/** Makes a workbench whose `boathouse` has findings, zod, and a recorder that tests tell what was read. */
export async function makeRuns(): Promise<TempRuns> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-runner-" }));
  await Deno.mkdir(`${root}/notebooks`);
  await Deno.writeTextFile(`${root}/deno.json`, `{ "version": "0.1.0", "imports": { "boathouse": "./boathouse.ts" } }`);
  await Deno.writeTextFile(
    `${root}/boathouse.ts`,
    `export { finding } from "${new URL("../../lib/notebook/finding.ts", import.meta.url)}";
     export { z } from "${new URL("../../node_modules/zod/index.js", import.meta.url)}";
     export const read = (input: unknown) => (globalThis as any)[Symbol.for("Boathouse.recorder")].read(input);
     export const wrote = (output: unknown) => (globalThis as any)[Symbol.for("Boathouse.recorder")].wrote(output);
     export const unproven = (kind: unknown) => (globalThis as any)[Symbol.for("Boathouse.recorder")].unproven(kind);
     export const pin = (globalThis as any)[Symbol.for("Boathouse.pin")];`,
  );
  return {
    root,
    write: async (name, ...sources) => {
      const file = `${root}/notebooks/${name}.ipynb`;
      const notebook = { cells: sources.map(cellOf), metadata: {}, nbformat: 4, nbformat_minor: 5 };
      await Deno.writeTextFile(file, JSON.stringify(notebook));
      return file;
    },
    run: async (file, options = {}) => {
      const out = `${root}/runs/${crypto.randomUUID()}/out.ipynb`;
      const report = await runNotebook(file, { root, out, ...options });
      const text = await Deno.readTextFile(report.out);
      return { report, text, notebook: readNotebook(text, report.out) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** The outputs of each cell; null for Markdown. */
export function outputsOf({ notebook }: TestRun): (CodeCell["outputs"] | null)[] {
  return notebook.cells.map((cell) => cell.cell_type === "code" ? cell.outputs : null);
}

function cellOf(given: Source, index: number): object {
  const { source, tags, type, id = `c${index}` } = typeof given === "string"
    ? { source: given, tags: undefined, type: undefined }
    : given;
  const common = { id, metadata: tags ? { tags } : {}, source };
  return type ? { cell_type: type, ...common } : { cell_type: "code", outputs: [], execution_count: null, ...common };
}
