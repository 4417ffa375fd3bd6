import type { CellVerdicts } from "../../lib/notebook/mod.ts";
import type { NotebookVerdicts } from "./notebook_verify.ts";

/** Cells of one notebook that are told; `--json` tells all. */
const MAX_CELLS = 20;

/**
 * Lays verdicts out for people: a line for each notebook, and below it what is not as it should be.
 *
 * @param notebooks What was found.
 * @returns Lines, the counts last.
 */
export function verifyText(notebooks: readonly NotebookVerdicts[]): string {
  const names = notebooks.map(({ notebook }) => notebook.length);
  const width = Math.max(0, ...names);
  const lines = notebooks.flatMap((notebook) => [
    `${stateOf(notebook).padEnd(12)}  ${notebook.notebook.padEnd(width)}  ${summaryOf(notebook)}`.trimEnd(),
    ...bounded(notebook.cells.flatMap(linesOf)),
  ]);
  return [...lines, "", countsOf(notebooks)].join("\n");
}

/** One word for a notebook; what is unproven is never called fresh. */
function stateOf({ code, proof, cells, problem }: NotebookVerdicts): string {
  if (problem !== null) return "broken";
  if (cells.length === 0) return "no code";
  return code === "fresh" && proof === "unproven" ? "unproven" : code;
}

function summaryOf({ cells, inputs, problem }: NotebookVerdicts): string {
  if (problem !== null) return problem;
  const bad = cells.filter(({ code }) => code.verdict !== "fresh").length;
  const count = `${bad > 0 ? `${bad} of ` : ""}${cells.length} ${cells.length === 1 ? "cell" : "cells"}`;
  return inputs === "none" ? count : `${count}, inputs ${INPUTS[inputs]}`;
}

const INPUTS: Readonly<Record<NotebookVerdicts["inputs"], string>> = {
  none: "none",
  recorded: "recorded",
  current: "current",
  moved: "moved on",
  warn: "behind (warn)",
  fail: "too far behind (fail)",
  unknown: "unknown",
};

function linesOf(cell: CellVerdicts): string[] {
  const name = `  ${cell.number} "${cell.label ?? cell.cell}"`;
  const { code, inputs, proof } = cell;
  return [
    ...code.verdict === "fresh" ? [] : [`${name} is ${code.verdict}: ${code.reason}`],
    ...isTold(inputs) ? [`${name} has inputs ${INPUTS[inputs.verdict]}: ${inputs.reason}`] : [],
    ...proof.chain.length === 1 && code.verdict !== "never run" ? [`${name} is unproven: ${proof.reason}`] : [],
  ];
}

/** What a cell read itself; the cells that use its values are told by JSON. */
function isTold({ reason, chain }: CellVerdicts["inputs"]): boolean {
  return reason !== "" && chain.length <= 2;
}

function bounded(lines: string[]): string[] {
  const more = lines.length - MAX_CELLS;
  return more > 0 ? [...lines.slice(0, MAX_CELLS), `  … and ${more} more; --json tells all`] : lines;
}

function countsOf(notebooks: readonly NotebookVerdicts[]): string {
  const groups = Map.groupBy(notebooks, stateOf);
  const counts = [...groups].map(([state, { length }]) => `${length} ${state}`).join(", ");
  const total = `${notebooks.length} ${notebooks.length === 1 ? "notebook" : "notebooks"}: ${counts}`;
  const isOld = notebooks.some(({ code, cells }) => cells.length > 0 && code !== "fresh");
  return isOld ? `${total}; boathouse notebook run FILE makes one fresh` : total;
}
