import { type CellVerdicts, deltaText, type InputsVerdict, visible } from "../../lib/notebook/verify/mod.ts";
import { directiveText } from "../../lib/cells/directives/mod.ts";
import type { ReproducedDifference, Reproduction } from "./notebook_reproduce.ts";
import type { NotebookVerdicts } from "./notebook_verify.ts";

/** Cells of one notebook that are told; `--json` tells all. */
const MAX_CELLS = 20;

/**
 * Lays verdicts out for people: a line for each notebook, and below it what is not as it should be.
 *
 * @param notebooks What was found.
 * @param options `colours`: whether inputs that are behind stand in the colours of a terminal; false by default.
 * @returns Lines, the counts last.
 */
export function verifyText(
  notebooks: readonly NotebookVerdicts[],
  { colours = false }: { colours?: boolean } = {},
): string {
  const paint = colours ? inColour : inPlain;
  const names = notebooks.map(({ notebook }) => visible(notebook).length);
  const width = Math.max(0, ...names);
  const lines = notebooks.flatMap((notebook) => [
    `${stateOf(notebook).padEnd(12)}  ${visible(notebook.notebook).padEnd(width)}  ${summaryOf(notebook, paint)}`
      .trimEnd(),
    ...bounded([
      ...notebook.cells.flatMap(linesOf),
      ...inputLines(notebook.cells, paint),
      ...notebook.directives.map((problem) => `  ${directiveText(problem)}`),
    ]),
    ...reproductionLines(notebook),
  ]);
  return [...lines, "", countsOf(notebooks)].join("\n");
}

/** One word for a notebook; what is unproven is never called fresh. */
function stateOf({ code, proof, cells, problem }: NotebookVerdicts): string {
  if (problem !== null) return "broken";
  if (cells.length === 0) return "no code";
  return code === "fresh" && proof === "unproven" ? "unproven" : code;
}

function summaryOf({ cells, inputs, problem }: NotebookVerdicts, paint: Paint): string {
  if (problem !== null) return visible(problem);
  const bad = cells.filter(({ code }) => code.verdict !== "fresh").length;
  const count = `${bad > 0 ? `${bad} of ` : ""}${cells.length} ${cells.length === 1 ? "cell" : "cells"}`;
  return inputs === "none" ? count : `${count}, ${paint(inputs, `inputs ${INPUTS[inputs]}`)}`;
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

type Paint = (verdict: InputsVerdict, text: string) => string;

const COLOURS: Partial<Record<InputsVerdict, string>> = { warn: "33", fail: "31" };
const inPlain: Paint = (_verdict, text) => text;
const inColour: Paint = (verdict, text) => COLOURS[verdict] ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text;

function linesOf(cell: CellVerdicts): string[] {
  const name = `  ${nameOf(cell)}`;
  const { code, proof } = cell;
  return [
    ...code.verdict === "fresh" ? [] : [`${name} is ${code.verdict}: ${code.reason}`],
    ...proof.chain.length === 1 && code.verdict !== "never run" ? [`${name} is unproven: ${proof.reason}`] : [],
  ];
}

/** A line for what was found of inputs, with the cells that read them; those that use their values are told by JSON. */
function inputLines(cells: readonly CellVerdicts[], paint: Paint): string[] {
  const told = cells.filter(({ inputs }) => inputs.reason !== "" && inputs.chain.length <= 2);
  return [...Map.groupBy(told, ({ inputs }) => `${inputs.verdict} ${inputs.reason}`).values()].map((readers) => {
    const { verdict, reason } = readers[0]!.inputs;
    return `  ${paint(verdict, `inputs ${INPUTS[verdict]}: ${reason}`)} (${readersText(readers)})`;
  });
}

function readersText(readers: readonly CellVerdicts[]): string {
  const more = readers.length - 2;
  return `${readers.slice(0, 2).map(nameOf).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function nameOf({ number, label, cell }: CellVerdicts): string {
  return `${number} "${label ?? cell}"`;
}

function reproductionLines({ reproduction }: NotebookVerdicts): string[] {
  if (!reproduction) return [];
  const { outputs, reproduced, differences, notes, problem } = reproduction;
  return [
    `  ${reproduced} of ${outputs} outputs reproduced${problem === null ? "" : `; ${problem}`}`,
    ...notes.map((note) => `  ${note}`),
    ...bounded(differences.map(differenceText)),
  ];
}

function differenceText({ label, output, what, was, came, delta, why }: ReproducedDifference): string {
  const change = delta === undefined ? "" : ` (${deltaText({ name: "", delta })})`;
  const values = [...was === "" ? [] : [`was ${was}`], ...came === "" ? [] : [`came ${came}`]].join(", ");
  const cause = why === "" ? "" : ` — ${why}`;
  return visible(`  "${label}", output ${output}: ${what}${values === "" ? "" : `: ${values}`}${change}${cause}`);
}

function bounded(lines: string[]): string[] {
  const more = lines.length - MAX_CELLS;
  return more > 0 ? [...lines.slice(0, MAX_CELLS), `  … and ${more} more; --json tells all`] : lines;
}

/** Outputs on record of the notebooks that ran again, and how many of them came again. */
export function sumOf(notebooks: readonly { reproduction?: Reproduction }[]): { outputs: number; reproduced: number } {
  const all = notebooks.flatMap(({ reproduction }) => reproduction ?? []);
  return {
    outputs: all.reduce((sum, { outputs }) => sum + outputs, 0),
    reproduced: all.reduce((sum, { reproduced }) => sum + reproduced, 0),
  };
}

function countsOf(notebooks: readonly NotebookVerdicts[]): string {
  const groups = Map.groupBy(notebooks, stateOf);
  const counts = [...groups].map(([state, { length }]) => `${length} ${state}`).join(", ");
  const { outputs, reproduced } = sumOf(notebooks);
  const asked = notebooks.flatMap(({ reproduction }) => reproduction ?? []);
  const left = asked.filter(({ problem }) => problem !== null).length;
  const again = asked.length === 0
    ? ""
    : `; ${reproduced} of ${outputs} outputs reproduced${left > 0 ? `, ${left} not run to the end` : ""}`;
  const total = `${notebooks.length} ${notebooks.length === 1 ? "notebook" : "notebooks"}: ${counts}${again}`;
  const isOld = notebooks.some(({ code, cells }) => cells.length > 0 && code !== "fresh");
  return isOld ? `${total}; boathouse notebook run FILE makes one fresh` : total;
}
