import type { ErrorOutput } from "../../lib/notebook/mod.ts";

/** Why a cell failed, and where. */
export interface CellFailure {
  /** Class of what was thrown, for example `TypeError`. */
  name: string;
  /** Its message. */
  message: string;
  /** Id of the cell whose code threw; none where no cell's code is on the stack. */
  cell?: string;
  /** Line in that cell, from 1. */
  line?: number;
  /** Column in that line, from 1. */
  column?: number;
}

/** Finds a cell's id and text by the label that its stack frames carry. */
export type FindCell = (label: string) => { cellId: string; source: string } | undefined;

/**
 * Makes the output of an error, with the source line of the nearest frame that lies in a cell.
 *
 * @param failure Class, message and the lines of the stack.
 * @param findCell Finds the text of a cell.
 * @returns The output, and the place as data.
 */
export function explain(
  { ename, evalue, stack }: { ename: string; evalue: string; stack: readonly string[] },
  findCell: FindCell,
): { output: ErrorOutput; failure: CellFailure } {
  const [, label, lineText, columnText] = stack.map((line) => FRAME.exec(line)).find((found) => found) ?? [];
  const cell = label === undefined ? undefined : findCell(label);
  const [line, column] = [Number(lineText), Number(columnText)];
  const head = stack.findIndex((line) => /^\s+at /.test(line));
  const at = head < 0 ? stack.length : head;
  const shown = cell ? excerpt(cell.source, line, column) : [];
  return {
    output: { output_type: "error", ename, evalue, traceback: [...stack.slice(0, at), ...shown, ...stack.slice(at)] },
    failure: { name: ename, message: evalue, ...(cell ? { cell: cell.cellId, line, column } : {}) },
  };
}

const FRAME = /^\s+at .*?cell \[([^\]]+)\]:(\d+):(\d+)\)?(?: \{)?$/;

/** The source line with a caret under the column. */
function excerpt(source: string, line: number, column: number): string[] {
  const text = source.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1];
  if (text === undefined) return [];
  const from = Math.max(0, column - 1 - SHOWN_CHARS / 2);
  const part = text.slice(from, from + SHOWN_CHARS).replaceAll("\t", " ");
  const number = String(line).padStart(4);
  return [`${number} | ${part}`, `     | ${" ".repeat(column - 1 - from)}^`];
}

/** Of a long line only what surrounds the column is shown. */
const SHOWN_CHARS = 120;
