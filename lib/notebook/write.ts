import { isCode, type MimeBundle, type Notebook, type NotebookCell, type Output } from "./notebook.ts";

/**
 * Writes a notebook in the one layout that is committed: keys sorted, one space of indent, texts as lists of lines, a
 * line break at the end. Jupyter's nbformat writes the same bytes, but for fractions that Python writes in another way.
 *
 * @param notebook The notebook.
 * @returns The file's text; equal notebooks give equal texts.
 *
 * @example
 * ```ts
 * import { writeNotebook } from "./write.ts";
 *
 * const text = writeNotebook({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });
 * console.assert(text.startsWith('{\n "cells": [],') && text.endsWith("}\n"));
 * ```
 */
export function writeNotebook(notebook: Notebook): string {
  return `${JSON.stringify(sortKeys({ ...notebook, cells: notebook.cells.map(cellLines) }), null, 1)}\n`;
}

function cellLines(cell: NotebookCell): unknown {
  if (isCode(cell)) return { ...cell, source: lines(cell.source), outputs: cell.outputs.map(outputLines) };
  if (!cell.attachments) return { ...cell, source: lines(cell.source) };
  const attachments = Object.entries(cell.attachments).map(([name, data]) => [name, bundleLines(data)]);
  return { ...cell, source: lines(cell.source), attachments: Object.fromEntries(attachments) };
}

function outputLines(output: Output): unknown {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) };
  return "data" in output ? { ...output, data: bundleLines(output.data) } : output;
}

/** As Jupyter does: pictures in base64 stay one text. */
const SPLIT = /^(text\/.*|application\/javascript|image\/svg\+xml)$/;

function bundleLines(data: MimeBundle): MimeBundle {
  const pairs = Object.entries(data).map(([mime, value]) => {
    return [mime, typeof value === "string" && SPLIT.test(mime) ? lines(value) : value];
  });
  return Object.fromEntries(pairs);
}

/** Behind all that ends a line in Python. */
// deno-lint-ignore no-control-regex
const LINE_ENDS = /(?<=\n|\r(?!\n)|[\v\f\x1c-\x1e\x85\u2028\u2029])/;

function lines(text: string): string[] {
  return text === "" ? [] : text.split(LINE_ENDS);
}

/** The same JSON with the keys of all objects sorted; what is in order, as all that was committed is, is not copied. */
export function sortKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(sortKeys);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value);
  let inOrder = true;
  for (const [index, entry] of entries.entries()) {
    const sorted = sortKeys(entry[1]);
    inOrder &&= sorted === entry[1] && (index === 0 || entries[index - 1]![0] < entry[0]);
    entry[1] = sorted;
  }
  // JavaScript keeps keys that are whole numbers in front, by value: another order than Jupyter's, but one order.
  return inOrder ? value : Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}
