import { dirname, resolve } from "node:path";
import { cellName } from "../../lib/cells/directives/mod.ts";
import { declaredValues, upstreamOf } from "../../lib/cells/mod.ts";
import { type CodeCell, isCode, type Notebook, readNotebook } from "../../lib/notebook/mod.ts";
import { type Child, type ChildOptions, startChild } from "../kernel/mod.ts";
import { askSchema } from "./check_parameters.ts";
import { jsonOf } from "./literal.ts";
import { parametersCell } from "./parameters.ts";
import { readNotebookText } from "./read_text.ts";
import { checkLanguage } from "./check_language.ts";
import type { ParameterField } from "./sent/read_parameters.ts";

/** A parameter of a notebook. */
export interface NotebookParameter {
  /** Its name. */
  name: string;
  /** Its type as people read it; empty where it is not known. */
  type: string;
  /** Whether it must be given. */
  required: boolean;
  /** The value that it has otherwise, as one writes it on a command line. */
  fallback?: string;
  /** What it is for. */
  description?: string;
}

/** How parameters are read. */
export interface DescribeOptions {
  /** Absolute folder of the workbench. */
  root: string;
  /** Ends the reading. */
  signal?: AbortSignal;
  /** Process of the cells. */
  child?: Pick<ChildOptions, "env" | "permissions" | "memoryMb">;
}

/**
 * Lists the parameters of a notebook. Those of an exported schema are read in a process of their own, in which the cell
 * tagged `parameters` and the cells that it needs run; without a schema they are what that cell declares, and nothing
 * runs.
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
 * import { describeParameters } from "./describe_parameters.ts";
 *
 * const cell = { cell_type: "code", id: "a", metadata: { tags: ["parameters"] }, source: "const n = 5;", outputs: [], execution_count: null };
 * const file = await Deno.makeTempFile({ suffix: ".ipynb" });
 * await Deno.writeTextFile(file, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
 * const [n] = await describeParameters(file, { root: Deno.cwd() });
 * console.assert(n?.name === "n" && n.fallback === "5");
 * ```
 */
export async function describeParameters(file: string, options: DescribeOptions): Promise<NotebookParameter[]> {
  const notebook = readNotebook(await readNotebookText(resolve(file), file), file);
  checkLanguage(notebook, file);
  const found = parametersCell(notebook);
  if (!found) return [];
  if (!found.hasSchema) return declaredValues(found.cell.source).map(describeDeclared);
  const { root, signal, child: process } = options;
  await using child = await startChild({ root, cwd: dirname(resolve(file)), ...process });
  await runNeeded(child, notebook, found.cell, { file, signal });
  const { fields } = await askSchema({ child, cell: found.cell, file, signal }, { values: {}, texts: {} });
  return fields.map(describeField);
}

/** For the cells that a schema needs: imports, mostly. */
const NEEDED_MS = 60_000;

async function runNeeded(
  child: Child,
  notebook: Notebook,
  cell: CodeCell,
  { file, signal }: { file: string; signal: AbortSignal | undefined },
): Promise<void> {
  const cells = notebook.cells.filter(isCode);
  const upstream = upstreamOf(cells.map(({ id, source }) => ({ id, source })));
  const needed = new Set([cell.id]);
  for (const id of needed) for (const up of upstream.get(id) ?? []) needed.add(up);
  for (const { id, source } of cells.filter(({ id }) => needed.has(id))) {
    const { error } = await child.execute(id, source, { timeoutMs: NEEDED_MS, ...(signal ? { signal } : {}) });
    if (!error) continue;
    throw new Error(
      `Cannot read parameters of notebook "${file}" as cell "${
        cellName({ id, source })
      }" must run: ${error.name}: ${error.message}`,
    );
  }
}

function describeDeclared(
  { name, text, value, comment }: ReturnType<typeof declaredValues>[number],
): NotebookParameter {
  return {
    name,
    type: value === undefined ? "" : value === null ? "JSON" : Array.isArray(value) ? "list" : typeof value,
    required: text === undefined,
    ...(text === undefined ? {} : { fallback: value === undefined ? text : commandLineText(value) }),
    ...(comment === undefined ? {} : { description: comment }),
  };
}

function describeField({ fallback, ...field }: ParameterField): NotebookParameter {
  return fallback === undefined ? field : { ...field, fallback: commandLineText(jsonOf(fallback)) };
}

function commandLineText(value: unknown): string {
  if (typeof value === "string") return value.replace(/T00:00:00\.000Z$/, "");
  const isPlain = Array.isArray(value) &&
    value.every((item) => typeof item === "number" || /^[^",[\]]+$/.test(String(item)));
  return isPlain ? value.map(commandLineText).join(",") : JSON.stringify(value);
}
