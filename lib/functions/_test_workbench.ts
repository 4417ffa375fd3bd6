import { openBus } from "../bus/mod.ts";
import { type Control, openControl } from "../control/mod.ts";
import { type Models, openModels } from "../models/mod.ts";
import { type CellRun, type Notebook, stampProvenance, writeNotebook } from "../notebook/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { EXAMPLE_MIME } from "./define.ts";
import { promote, type Promoted, type PromoteRequest } from "./promote.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** A workbench of its own in a git repository, whose notebook is stamped as if its cells had run. */
export interface PromoteBench extends AsyncDisposable {
  root: string;
  store: Store;
  control: Control;
  models: Models;
  /** Writes the notebook `notebooks/a.ipynb` with cells c0, c1, …; an example shows the call that is given for its cell. */
  write(sources: readonly string[], options?: { examples?: Record<string, unknown>; ran?: boolean }): Promise<void>;
  /** Commits all that is there. */
  commit(): Promise<void>;
  promote(name: string, options?: Partial<PromoteRequest>): Promise<Promoted>;
  /** Text of one file of a version. */
  part(hash: string, part: string): Promise<string>;
}

/** Imports that every notebook of these tests begins with. */
export const HEAD = `import { defineFunction, z } from "boathouse";`;

/** A function of x that answers y. */
export function cellOf(run: string, more = ""): string {
  return `//| export
export const f = defineFunction({
  input: z.object({ x: z.number() }),
  output: z.object({ y: z.number() }),${more && `\n  ${more}`}
  run: ${run},
});`;
}

/** Opens the workbench in a temporary folder. */
export async function openPromoteBench(): Promise<PromoteBench> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-promote-" }));
  const stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(root, { recursive: true }));
  await Deno.mkdir(`${root}/notebooks`);
  await Deno.writeTextFile(`${root}/.gitignore`, "lake\nnode_modules\n");
  await writeDenoJson(root);
  await git(root, "init", "-q");
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${root}/lake/bus` }));
  const store = await openStore({ kind: "directory", dir: `${root}/lake` });
  const control = stack.use(await openControl({ bus, key: "k".repeat(32), onAlert: () => {} }));
  const models = stack.use(await openModels({ store, dir: `${root}/lake/registry` }));
  return {
    root,
    store,
    control,
    models,
    async write(sources, { examples = {}, ran = true } = {}) {
      const cells = sources.map((source, at) => {
        return { cell_type: "code" as const, id: `c${at}`, metadata: {}, source, outputs: [], execution_count: null };
      });
      const notebook: Notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
      const runs = cells.map((
        { id },
      ): [string, CellRun] => [id, { outputs: shown(examples[id]), inputs: [], unproven: [] }]);
      const from = `${root}/notebooks`;
      const stamped = ran ? await stampProvenance(notebook, { cells: new Map(runs) }, { root, from }) : notebook;
      await Deno.writeTextFile(`${from}/a.ipynb`, writeNotebook(stamped));
    },
    async commit() {
      await git(root, "add", "-A");
      await git(
        root,
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
      );
    },
    promote: (name, options = {}) =>
      promote({ notebook: "notebooks/a.ipynb", name, root, by: "test", why: "test", ...options }, {
        store,
        control,
        models,
      }),
    part: async (hash, part) => new TextDecoder().decode(await store.get(`objects/functions/${hash}/${part}`)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The packages and rules of Boathouse's own workbench, from another folder. */
async function writeDenoJson(root: string): Promise<void> {
  const { imports, compilerOptions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const absolute = Object.entries<string>(imports).map(([name, target]) => [name, target.replace(/^\.\//, ROOT)]);
  const config = { version: "0.1.0", nodeModulesDir: "auto", imports: Object.fromEntries(absolute), compilerOptions };
  await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify(config));
  await Deno.copyFile(`${ROOT}deno.lock`, `${root}/deno.lock`);
  await Deno.symlink(`${ROOT}node_modules`, `${root}/node_modules`);
}

function shown(call: unknown): CellRun["outputs"] {
  if (call === undefined) return [];
  const data = { [EXAMPLE_MIME]: { models: {}, calls: [], ...call as object } } as unknown as Record<string, never>;
  return [{ output_type: "execute_result", data, metadata: {}, execution_count: 1 }];
}

async function git(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("git", { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
