import { readDuration } from "../../config/env/mod.ts";
import { cellName } from "./cell_name.ts";
import { type DirectiveLine, directiveLines } from "./read_directives.ts";
import { toleranceValue } from "./tolerance_value.ts";

/** A line of a cell that says nothing, or not what its author means. */
export interface DirectiveProblem {
  /** Id of the cell. */
  cell: string;
  /** How messages name the cell. */
  name: string;
  /** Line of the cell, from 1. */
  line: number;
  /** What is wrong, and the way out. */
  what: string;
}

/**
 * Finds directives that nothing reads or that have a value of the wrong kind, and labels that stand twice.
 *
 * @param cells Ids and texts of a notebook's code cells.
 * @returns The problems, by cell and line.
 *
 * @example
 * ```ts
 * import { directiveProblems } from "./directive_problems.ts";
 *
 * const [found] = directiveProblems([{ id: "a", source: "//| lable: x\n1" }]);
 * console.assert(found?.line === 1 && found.what === 'unknown directive "lable": did you mean "label"?');
 * ```
 */
export function directiveProblems(cells: readonly { id: string; source: string }[]): DirectiveProblem[] {
  const labels = new Map<string, string>();
  return cells.flatMap((cell) => {
    if (!cell.source.includes("//|")) return [];
    const name = cellName(cell);
    const heads = directiveLines(cell.source);
    const found = [...heads.flatMap((line) => problemOf(line) ?? []), ...belowCode(cell.source, heads)];
    const twice = labelAgain(heads, cell.id, labels);
    return [...found, ...twice].map((problem) => ({ cell: cell.id, name, ...problem }));
  });
}

interface Found {
  line: number;
  what: string;
}

type Rule = readonly [fits: (value: string | true) => boolean, rule: string];

const ANY: Rule = [() => true, ""];
const TEXT: Rule = [(value) => value !== true, "have a value"];
const FLAG: Rule = [(value) => value === true || value === "true" || value === "false", "be true or false"];

const KNOWN: Readonly<Record<string, Rule>> = {
  cache: FLAG,
  echo: FLAG,
  example: ANY,
  export: ANY,
  key: TEXT,
  label: TEXT,
  output: FLAG,
  timeout: [(value) => value !== true && readDuration(value) !== null, "be a duration such as 30s"],
  tolerance: [(value) => toleranceValue(value) !== null, "be a number of at least 0 such as 1e-6"],
};
const NAMES = Object.keys(KNOWN);

function problemOf({ line, text, key, value }: DirectiveLine): Found | null {
  if (key === null) return { line, what: `"${cut(text)}" is no directive: write "//| key: value" or "//| key"` };
  if (!Object.hasOwn(KNOWN, key)) {
    const meant = NAMES.find((name) => isNear(key.toLowerCase(), name));
    const way = meant ? `did you mean "${meant}"?` : `known are ${NAMES.join(", ")}`;
    return { line, what: `unknown directive "${cut(key)}": ${way}` };
  }
  const [fits, rule] = KNOWN[key]!;
  if (fits(value)) return null;
  return { line, what: `"//| ${key}" must ${rule}: got ${value === true ? "nothing" : `"${cut(value)}"`}` };
}

const BELOW = new RegExp(`^[ \\t]*//\\|[ \\t]*(${NAMES.join("|")})[ \\t]*(?=:|$)`, "gm");

/** A known directive that does not stand at the head; any other such line may be a drawing. */
function belowCode(source: string, heads: readonly DirectiveLine[]): Found[] {
  const read = new Set(heads.map((head) => head.line));
  return [...source.matchAll(BELOW)].flatMap(({ index, 1: key }) => {
    const line = source.slice(0, index).split("\n").length;
    if (read.has(line)) return [];
    return [{ line, what: `"//| ${key}" stands below code and is not read: move it to the head of the cell` }];
  });
}

/** The label of a cell where one above has it too; `labels` has the cell of each label so far. */
function labelAgain(heads: readonly DirectiveLine[], id: string, labels: Map<string, string>): Found[] {
  const head = heads.findLast(({ key }) => key === "label");
  if (!head || head.value === true) return [];
  const first = labels.get(head.value);
  if (first === undefined) labels.set(head.value, id);
  return first === undefined
    ? []
    : [{ line: head.line, what: `label "${cut(head.value)}" is that of cell "${first}" too: rename one` }];
}

/** At most 60 characters, without controls and marks that reorder text. */
function cut(text: string): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line;
}

/**
 * Writes a problem with its place for people.
 *
 * @param problem The problem.
 * @returns One line, without controls and marks that reorder text.
 *
 * @example
 * ```ts
 * import { directiveText } from "./directive_problems.ts";
 *
 * console.assert(directiveText({ cell: "a", name: "a", line: 2, what: "odd" }) === 'cell "a", line 2: odd');
 * ```
 */
export function directiveText({ name, line, what }: DirectiveProblem): string {
  return `cell "${name}", line ${line}: ${what}`;
}

/** Whether at most two letters were left out, added or changed, or two neighbours changed places. */
function isNear(found: string, name: string): boolean {
  if (Math.abs(found.length - name.length) > 2 || found.length < 3) return false;
  let row = Array.from({ length: name.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...found].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= name.length; at++) {
      const change = row[at - 1]! + (letter === name[at - 1] ? 0 : 1);
      next.push(Math.min(change, row[at]! + 1, next[at - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)! <= 2 && row.at(-1)! < name.length - 1;
}
