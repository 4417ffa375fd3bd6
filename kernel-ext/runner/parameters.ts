import { checkSyntax, parseCell } from "../../lib/cells/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { type CodeCell, isCode, type Notebook, type NotebookCell } from "../../lib/notebook/mod.ts";

/**
 * Gives a notebook the values of its parameters as papermill does: a cell tagged `injected-parameters` behind the one
 * tagged `parameters`, or first where none is. A cell that an earlier run injected is replaced, and dropped when there
 * are no parameters, so that a run depends on its own parameters alone.
 *
 * @param notebook The notebook.
 * @param parameters Values by name.
 * @param file Name of the file, for errors.
 * @returns The notebook with its injected cell.
 * @throws {RangeError} When the cell tagged `parameters` does not declare a name; the message lists those it does.
 * @throws {TypeError} When a name cannot be declared.
 *
 * @example
 * ```ts
 * import { injectParameters } from "./parameters.ts";
 *
 * const { cells } = injectParameters({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }, { n: 5 }, "a.ipynb");
 * console.assert(cells[0]?.source === "// Parameters\nconst n = 5;");
 * ```
 */
export function injectParameters(notebook: Notebook, parameters: Record<string, Json>, file: string): Notebook {
  const cells = notebook.cells.filter((cell) => !isTagged(cell, INJECTED));
  const { papermill: _, ...metadata } = notebook.metadata;
  if (Object.keys(parameters).length === 0) return { ...notebook, cells, metadata };
  const at = cells.findIndex((cell) => isCode(cell) && isTagged(cell, "parameters"));
  checkNames(Object.keys(parameters), cells[at], file);
  const injected = injectedCell(parameters, new Set(cells.map(({ id }) => id)));
  return {
    ...notebook,
    cells: [...cells.slice(0, at + 1), injected, ...cells.slice(at + 1)],
    metadata: { ...metadata, papermill: { parameters } },
  };
}

const INJECTED = "injected-parameters";

function isTagged(cell: NotebookCell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}

function checkNames(names: string[], declaring: NotebookCell | undefined, file: string): void {
  const refuse = (name: string, rule: string) => `Cannot run notebook "${file}" as parameter "${name}" must be ${rule}`;
  const declared = declaring && parseCell(declaring.source).defines;
  for (const name of names) {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || checkSyntax(`const ${name} = 0;`).diagnostics[0]) {
      throw new TypeError(refuse(name, "a name that TypeScript can declare"));
    }
    if (declared && !declared.includes(name)) {
      throw new RangeError(
        refuse(name, `declared by its cell tagged "parameters": that has ${declared.join(", ") || "none"}`),
      );
    }
  }
}

function injectedCell(parameters: Record<string, Json>, taken: ReadonlySet<string>): CodeCell {
  const lines = Object.entries(parameters).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  let id = INJECTED;
  for (let n = 2; taken.has(id); n++) id = `${INJECTED}-${n}`;
  const source = ["// Parameters", ...lines].join("\n");
  return { cell_type: "code", id, metadata: { tags: [INJECTED] }, source, outputs: [], execution_count: null };
}
