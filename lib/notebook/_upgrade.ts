import { sha256 } from "../events/json/mod.ts";

type Raw = Record<string, unknown>;

/**
 * Brings the JSON of an older notebook to nbformat 4.5 as Jupyter's own converter does: worksheets joined, `pyout`
 * renamed, ids given. An id follows from the source alone, so it is the same at each reading. What has a wrong type is
 * left as it is, for the schema to name.
 */
export function upgradeNotebook(notebook: Raw): Raw {
  const four = notebook.nbformat === 3 ? fromThree(notebook) : notebook;
  if (four.nbformat !== 4 || Number(four.nbformat_minor) >= 5 || !Array.isArray(four.cells)) return four;
  return { ...four, nbformat_minor: 5, cells: giveIds(four.cells) };
}

function giveIds(cells: unknown[]): unknown[] {
  const taken = new Set(cells.map((cell) => isRaw(cell) ? cell.id : undefined));
  return cells.map((cell) => {
    if (!isRaw(cell) || cell.id !== undefined) return cell;
    const source = JSON.stringify(cell.source ?? "");
    let id = sha256(source).slice(0, 8);
    for (let copy = 2; taken.has(id); copy++) id = sha256(`${copy} ${source}`).slice(0, 8);
    taken.add(id);
    return { ...cell, id };
  });
}

function fromThree(notebook: Raw): Raw {
  const { worksheets, metadata = {} } = notebook;
  const sheets = Array.isArray(worksheets) ? worksheets : [];
  const cells = sheets.flatMap((sheet) => isRaw(sheet) && Array.isArray(sheet.cells) ? sheet.cells : []);
  const kept = isRaw(metadata) ? omit(metadata, ["name", "signature"]) : metadata;
  return { nbformat: 4, nbformat_minor: 4, metadata: kept, cells: cells.map(cellFromThree) };
}

function cellFromThree(cell: unknown): unknown {
  if (!isRaw(cell)) return cell;
  const { metadata = {}, collapsed } = cell;
  if (cell.cell_type === "code") {
    const outputs = Array.isArray(cell.outputs) ? cell.outputs.map(outputFromThree) : [];
    const merged = isRaw(metadata) && collapsed !== undefined ? { ...metadata, collapsed } : metadata;
    const { input: source = "", prompt_number: execution_count = null } = cell;
    return { cell_type: "code", metadata: merged, source, outputs, execution_count };
  }
  if (cell.cell_type === "heading") {
    const source = `${"#".repeat(Number(cell.level) || 1)} ${[cell.source].flat().join("")}`;
    return { cell_type: "markdown", metadata, source };
  }
  return { cell_type: cell.cell_type, metadata, source: cell.source ?? "" };
}

const MIMES: Readonly<Record<string, string>> = {
  text: "text/plain",
  html: "text/html",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  latex: "text/latex",
  javascript: "application/javascript",
  json: "application/json",
  pdf: "application/pdf",
};

function outputFromThree(output: unknown): unknown {
  if (!isRaw(output)) return output;
  const { output_type, metadata = {} } = output;
  if (output_type === "stream") {
    return { output_type, name: output.stream ?? "stdout", text: output.text ?? "" };
  }
  if (output_type === "pyerr") {
    const { ename = "", evalue = "", traceback = [] } = output;
    return { output_type: "error", ename, evalue, traceback };
  }
  const data = Object.fromEntries(
    Object.entries(MIMES).filter(([key]) => output[key] !== undefined).map(([key, mime]) => [mime, output[key]]),
  );
  if (output_type !== "pyout") return { output_type, data, metadata };
  return { output_type: "execute_result", data, metadata, execution_count: output.prompt_number ?? null };
}

function isRaw(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function omit(record: Raw, keys: string[]): Raw {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}
