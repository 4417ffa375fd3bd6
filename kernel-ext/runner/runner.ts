import { dirname, resolve } from "node:path";
import { type ChildOptions, limitsOf } from "../kernel/mod.ts";
import type { DescribeOptions, NotebookParameter } from "./describe_parameters.ts";
import { startEarly } from "./early_child.ts";
import { readNotebookText } from "./read_text.ts";
import type { RunOptions, RunReport } from "./run_notebook.ts";

/**
 * Runs a notebook as `run_notebook.ts` does. What that needs, TypeScript for one, takes longer to load than a process of
 * cells to start, so both go on at the same time.
 *
 * @param file Path of the notebook.
 * @param options Where to save, parameters, limits.
 * @returns What came of each cell.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is no notebook, or a parameter or a time limit does not fit.
 * @throws {Error} When it cannot be saved, or no process can be started.
 *
 * @example
 * ```ts
 * import { runNotebook } from "./runner.ts";
 *
 * const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
 * const folder = await Deno.makeTempDir();
 * const cells = [{ cell_type: "code", id: "a", metadata: {}, source: "20 + 1", outputs: [], execution_count: null }];
 * await Deno.writeTextFile(`${folder}/a.ipynb`, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
 * const { status } = await runNotebook(`${folder}/a.ipynb`, { root, out: `${folder}/b.ipynb` });
 * console.assert(status === "ok");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function runNotebook(file: string, options: RunOptions): Promise<RunReport> {
  const { root, pin, resume = false } = options;
  const child = await withLimits(file, options.child);
  // A run that goes on may need no process, and knows its snapshot only when the notebook is read.
  await using early = resume
    ? null
    : startEarly({ root, cwd: dirname(resolve(file)), ...child, ...(pin ? { pin } : {}) });
  const { runNotebook: run } = await import("./run_notebook.ts");
  return await run(file, { ...options, child }, early ?? undefined);
}

/**
 * Lists the parameters of a notebook as `describe_parameters.ts` does, which is loaded when it is called.
 *
 * @param file Path of the notebook.
 * @param options Folder of the workbench.
 * @returns The parameters in the order in which they are declared; none without a tagged cell.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is no notebook.
 * @throws {Error} When a cell fails, or the schema does not answer.
 *
 * @example
 * ```ts
 * import { describeParameters } from "./runner.ts";
 *
 * const file = await Deno.makeTempFile({ suffix: ".ipynb" });
 * await Deno.writeTextFile(file, JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
 * console.assert((await describeParameters(file, { root: Deno.cwd() })).length === 0);
 * await Deno.remove(file);
 * ```
 */
export async function describeParameters(file: string, options: DescribeOptions): Promise<NotebookParameter[]> {
  const child = await withLimits(file, options.child);
  return await (await import("./describe_parameters.ts")).describeParameters(file, { ...options, child });
}

/** Adds what the notebook says that its cells may do and hold; what is no notebook is refused when it is read whole. */
async function withLimits<T extends Pick<ChildOptions, "permissions" | "memoryMb">>(
  file: string,
  child?: T,
): Promise<Partial<T> & Pick<ChildOptions, "permissions" | "memoryMb">> {
  const text = await readNotebookText(resolve(file), file);
  const { permissions = ["-A"], memoryMb } = child ?? {};
  try {
    return { ...child, ...limitsOf({ permissions, ...(memoryMb === undefined ? {} : { memoryMb }) }, text) } as T;
  } catch (error) {
    if (error instanceof SyntaxError) return { ...child } as T;
    throw error;
  }
}
