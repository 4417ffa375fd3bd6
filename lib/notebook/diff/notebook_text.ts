import type { Json } from "../../events/mod.ts";
import { isCode, type Notebook, type NotebookCell, type Output } from "../notebook.ts";
import { provenanceOf } from "../provenance.ts";
import { readFigure } from "./figure.ts";
import { inputText } from "./input_change.ts";
import { asShown, joinStreams, textOf } from "./_shown_output.ts";
import { visible, withoutColours } from "../visible.ts";

/** Longer outputs are cut, in lines. */
const MAX_LINES = 2_000;
const MAX_LINE = 2_000;

/**
 * Writes a notebook as plain lines that tools compare well, such as `git diff` by a textconv: cells by id, tables a row
 * a line with all digits, figures by their digests. Traces of a run are left out.
 *
 * @param notebook The notebook.
 * @returns The text; equal notebooks give equal texts.
 *
 * @example
 * ```ts
 * import { notebookText } from "./notebook_text.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why?" };
 * console.assert(notebookText({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }) === "%% a (markdown)\n# Why?\n");
 * ```
 */
export function notebookText(notebook: Notebook): string {
  return [...notebook.cells.flatMap(cellLines), ...runLines(notebook)].map((line) => `${line}\n`).join("");
}

function cellLines(cell: NotebookCell): string[] {
  const tags = Array.isArray(cell.metadata.tags) && cell.metadata.tags.length > 0
    ? ` ${JSON.stringify(cell.metadata.tags)}`
    : "";
  return [
    `%% ${cell.id} (${cell.cell_type})${visible(tags)}`,
    ...textLines(cell.source),
    ...isCode(cell) ? joinStreams(cell.outputs).flatMap(outputLines) : [],
  ];
}

function outputLines(output: Output): string[] {
  const shown = asShown(output);
  const { form, name, mime, table } = shown;
  if (form === "chart" || form === "image") {
    const { bytes, digest } = readFigure((output as { data: Record<string, unknown> }).data, mime);
    return [`-> ${form} ${JSON.stringify(name)}, ${bytes} bytes, sha256 ${digest.slice(0, 16)}`];
  }
  if (table) {
    const names = table.schema.fields.map((field) => field.name);
    const rows = table.data.slice(0, MAX_LINES).map((row) =>
      names.map((column) => rowText(column, row[column])).join(", ")
    );
    return [`-> table of ${table.data.length} rows: ${names.join(", ")}`, ...rows].map(oneLine);
  }
  return [
    `-> ${form === "data" || form === "error" || form === "stream" ? `${form} ${name}` : form}`,
    ...textLines(textOf(shown)),
  ].map(oneLine);
}

function rowText(column: string, value: Json | undefined): string {
  return `${column} ${typeof value === "string" ? value : JSON.stringify(value ?? null)}`;
}

function textLines(text: string): string[] {
  if (text === "") return [];
  const lines = withoutColours(text).replace(/\n$/, "").split("\n");
  const more = lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} lines more`] : [];
  return [...lines.slice(0, MAX_LINES).map((line) => visible(line.slice(0, MAX_LINE))), ...more];
}

function oneLine(line: string): string {
  return visible(line.replace(/\n/g, "\\n")).slice(0, MAX_LINE);
}

/** What was read and with which parameters; a record that is malformed says nothing. */
function runLines(notebook: Notebook): string[] {
  let record;
  try {
    record = provenanceOf(notebook);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return ["%% run", error.message];
  }
  if (!record) return [];
  const inputs = Object.entries(record.inputs).map(([name, input]) => `read ${inputText(name, input)}`);
  const parameters = Object.entries(record.parameters).map(([name, value]) =>
    `with ${name} = ${JSON.stringify(value)}`
  );
  return inputs.length + parameters.length === 0 ? [] : ["%% run", ...inputs, ...parameters].map(oneLine);
}
