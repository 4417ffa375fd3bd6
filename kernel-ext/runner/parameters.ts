import type { Json } from "../../lib/events/mod.ts";
import type { CodeCell, Notebook, NotebookCell } from "../../lib/notebook/mod.ts";
import { isCode } from "../../lib/notebook/mod.ts";

const ID = "injected-parameters";

/**
 * Puts values in place of a notebook's parameters as papermill does: a cell tagged `injected-parameters` behind the one
 * tagged `parameters`; an earlier injected cell is replaced.
 *
 * @param notebook the notebook
 * @param parameters values by name
 * @param file name of the file, for errors
 * @returns the notebook to run
 * @throws {RangeError} when the notebook has no cell tagged `parameters`, or that cell does not define a name
 */
export async function injectParameters(
  notebook: Notebook,
  parameters: Record<string, Json>,
  file: string,
): Promise<Notebook> {
  const names = Object.keys(parameters);
  const kept = notebook.cells.filter((cell) => !hasTag(cell, ID));
  if (names.length === 0) return { ...notebook, cells: kept };
  const at = kept.findIndex((cell) => hasTag(cell, "parameters"));
  const tagged = kept[at];
  if (!tagged || !isCode(tagged)) {
    throw new RangeError(`Cannot set parameters of "${file}" as it has no cell tagged "parameters": tag one`);
  }
  const { parseCell } = await import("../../lib/cells/mod.ts");
  const known = parseCell(tagged.source).defines;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot set parameter "${unknown}" of "${file}" as it has ${known.join(", ") || "none"}`);
  }
  return { ...notebook, cells: [...kept.slice(0, at + 1), injected(parameters), ...kept.slice(at + 1)] };
}

function injected(parameters: Record<string, Json>): CodeCell {
  return {
    cell_type: "code",
    id: ID,
    metadata: { tags: [ID] },
    source: Object.entries(parameters).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`).join("\n"),
    outputs: [],
    execution_count: null,
  };
}

function hasTag(cell: NotebookCell, tag: string): boolean {
  return Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}
