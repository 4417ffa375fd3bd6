import { checkSyntax, parseCell } from "../../lib/cells/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { type CodeCell, isCode, type Notebook, type NotebookCell } from "../../lib/notebook/mod.ts";
import { jsonOf, literalText } from "./literal.ts";
import { type Encoded, encodeValue } from "./sent/encode_value.ts";

/** Parameters as they are given. */
export interface GivenParameters {
  /** Values of JSON or YAML, by name. */
  values: Record<string, Json>;
  /** Texts of a command line, by name; they win. */
  texts: Record<string, string>;
}

/**
 * Finds the cell that declares a notebook's parameters.
 *
 * @param notebook The notebook.
 * @returns The first code cell tagged `parameters`, and whether it exports a schema; null where no cell is tagged.
 */
export function parametersCell({ cells }: Notebook): { cell: CodeCell; hasSchema: boolean } | null {
  const cell = cells.find((cell): cell is CodeCell => isCode(cell) && isTagged(cell, "parameters"));
  return cell ? { cell, hasSchema: parseCell(cell.source).exports.includes("Parameters") } : null;
}

/**
 * Checks the names of parameters.
 *
 * @param notebook The notebook.
 * @param names The names.
 * @param file Name of the file, for errors.
 * @throws {RangeError} When the cell tagged `parameters` has no schema and does not declare a name; the message lists
 *   those it does.
 * @throws {TypeError} When a name cannot be declared.
 */
export function checkNames(notebook: Notebook, names: readonly string[], file: string): void {
  const refuse = (name: string, rule: string) => `Cannot run notebook "${file}" as parameter "${name}" must be ${rule}`;
  const found = parametersCell(notebook);
  const declared = found && !found.hasSchema ? parseCell(found.cell.source).defines : null;
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

/**
 * Reads parameters for a notebook without a schema: what looks like JSON is JSON, any other text is a text.
 *
 * @param given The parameters.
 * @returns The values by name.
 */
export function guessParameters({ values, texts }: GivenParameters): Record<string, Encoded> {
  const guessed = Object.entries(texts).map(([name, text]) => [name, guess(text)]);
  const all = Object.entries({ ...values, ...Object.fromEntries(guessed) });
  return Object.fromEntries(all.map(([name, value]) => [name, encodeValue(value)]));
}

/**
 * Gives a notebook the values of its parameters as papermill does: a cell tagged `injected-parameters` behind the one
 * tagged `parameters`, or first where none is. A cell that an earlier run injected is replaced, and dropped when there
 * are no parameters, so that a run depends on its own parameters alone.
 *
 * @param notebook The notebook.
 * @param parameters Values by name, encoded.
 * @returns The notebook with its injected cell.
 * @throws {TypeError} When a value cannot stand in a cell as text.
 *
 * @example
 * ```ts
 * import { injectParameters } from "./parameters.ts";
 *
 * const { cells } = injectParameters({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }, { n: 5 });
 * console.assert(cells[0]?.source === "// Parameters\nconst n = 5;");
 * ```
 */
export function injectParameters(notebook: Notebook, parameters: Record<string, Encoded>): Notebook {
  const cells = notebook.cells.filter((cell) => !OF_RUNS.some((tag) => isTagged(cell, tag)));
  const { papermill: _, ...metadata } = notebook.metadata;
  if (Object.keys(parameters).length === 0) return { ...notebook, cells, metadata };
  const at = cells.findIndex((cell) => isCode(cell) && isTagged(cell, "parameters"));
  const injected = injectedCell(parameters, new Set(cells.map(({ id }) => id)));
  return {
    ...notebook,
    cells: [...cells.slice(0, at + 1), injected, ...cells.slice(at + 1)],
    metadata: { ...metadata, papermill: { parameters: recordedParameters(parameters) } },
  };
}

/** Parameters as records of a run hold them. */
export function recordedParameters(parameters: Record<string, Encoded>): Record<string, Json> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, jsonOf(value)]));
}

const INJECTED = "injected-parameters";
/** Tags of cells that a run puts in: ours, and what papermill shows an error in. */
const OF_RUNS: readonly string[] = [INJECTED, "papermill-error-cell-tag"];

function isTagged(cell: NotebookCell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}

function guess(text: string): Json {
  return /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|\[.*\]|\{.*\}|".*")$/s.test(text) ? parse(text) : text;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function injectedCell(parameters: Record<string, Encoded>, taken: ReadonlySet<string>): CodeCell {
  const lines = Object.entries(parameters).map(([name, value]) => `const ${name} = ${literalText(value)};`);
  let id = INJECTED;
  for (let n = 2; taken.has(id); n++) id = `${INJECTED}-${n}`;
  const source = ["// Parameters", ...lines].join("\n");
  return { cell_type: "code", id, metadata: { tags: [INJECTED] }, source, outputs: [], execution_count: null };
}
