import { escapeHtml } from "../columns/mod.ts";
import { cutLine } from "./_cut_text.ts";
import { tableHtml } from "./_html_table.ts";
import type { Notebook } from "./notebook.ts";
import { cellProvenanceOf } from "./provenance.ts";
import type { ShownCode } from "./_shown.ts";
import { inputRows, type TrueOf } from "./_true_of.ts";
import type { CellVerdicts } from "./verdicts.ts";

/** The box that says what a page is true of, and how its cells stand. */
export function trueOfHtml(of: TrueOf | null, verdicts: CellVerdicts[]): string {
  const lines = of === null ? ["<strong>No run is recorded</strong>: nothing here is known to be true of any data."] : [
    of.inputs.length > 0
      ? `<strong>True of</strong> ${list(of.inputs, "; ").replace(VERSION, "\u00a0$1")}`
      : "<strong>True of its code alone</strong>: no recorded data was read",
    ...of.parameters.length > 0 ? [`<strong>with</strong> ${list(of.parameters, ", ")}`] : [],
    ...of.unproven.length > 0 ? [`<strong>Not proven</strong>: ${list(of.unproven, "; ")}`] : [],
  ];
  return `<div class="box">\n${[...lines, ...codeLines(verdicts)].map((line) => `<p>${line}</p>`).join("\n")}\n</div>`;
}

/** The version of a model stays on the line of its name. */
const VERSION = / (\d+)(?=, |;|$)/g;

function list(texts: string[], between: string): string {
  return texts.map(escapeHtml).join(between);
}

/** A page that lies about for years must not call anything fresh. */
const CODE: Readonly<Record<CellVerdicts["code"]["verdict"], string>> = {
  fresh: "as it ran",
  stale: "stale",
  dirty: "edited since",
  "out of order": "out of order",
  "never run": "never run",
};

function codeLines(verdicts: CellVerdicts[]): string[] {
  if (verdicts.length === 0) return [];
  const { length } = verdicts;
  const unrun = verdicts.filter(({ code }) => code.verdict === "never run").length;
  const other = verdicts.filter(({ code }) => code.verdict !== "fresh").length - unrun;
  const link = `<a href="#provenance">Provenance</a>`;
  const warn = (text: string) => `<strong class="warn">${text}</strong>`;
  const when = `when this page was made. ${link}`;
  if (unrun + other === 0) return [`When this page was made, the code of all ${length} cells was as it ran. ${link}`];
  if (unrun === length) {
    return [`${warn(length === 1 ? "Its one cell has not run" : `None of its ${length} cells has run`)} ${when}`];
  }
  const cells = `of ${length} cells`;
  if (unrun === 0) return [`${warn(`${other} ${cells}`)} had other code ${when}`];
  if (other === 0) return [`${warn(`${unrun} ${cells}`)} had not run ${when}`];
  return [`${warn(`${other} ${cells}`)} had other code, and ${warn(String(unrun))} had not run, ${when}`];
}

/** What is known of where a page comes from: inputs, versions, and the verdicts on each cell. */
export function provenanceHtml(
  notebook: Notebook,
  of: TrueOf | null,
  cells: ShownCode[],
  verdicts: CellVerdicts[],
): string {
  const inputs = inputRows(notebook).map(({ name, read, identity }) => [name, read, identity]);
  const parts = [
    `<h2 id="provenance">Provenance</h2>`,
    ...inputs.length > 0 ? [`<h3>Inputs</h3>`, textTable(["input", "read", "identity"], inputs)] : [],
    ...of && of.parameters.length > 0 ? [`<h3>Parameters</h3>`, `<p>${list(of.parameters, ", ")}</p>`] : [],
    ...verdicts.length > 0 ? [`<h3>Cells</h3>`, verdictTable(cells, verdicts)] : [],
    of === null
      ? "<p>No run is recorded.</p>"
      : `<p class="note">Ran with ${escapeHtml(cutLine(of.versions, MAX_CELL))}.</p>`,
  ];
  return `<section class="provenance">\n${parts.join("\n")}\n</section>`;
}

/** Of a name or a reason. */
const MAX_CELL = 500;

function textTable(names: string[], rows: string[][]): string {
  return tableHtml({
    columns: names.map((name) => ({ name, right: false })),
    rows: rows.map((row) => row.map((text) => cutLine(text, MAX_CELL))),
    note: "",
  });
}

/** Which column is left out where no cell has something in it. */
const WROTE = 3;

function verdictTable(cells: ShownCode[], verdicts: CellVerdicts[]): string {
  const shown = new Map(cells.map(({ cell }) => [cell.id, cellProvenanceOf(cell)]));
  const rows = verdicts.map(({ cell, label, code, inputs, proof }) => {
    const record = shown.get(cell);
    const read = inputs.verdict === "recorded" ? record?.inputs.join(", ") ?? "" : inputs.verdict.replace(/^none$/, "");
    return [
      label ?? cell,
      withReason(CODE[code.verdict], code.reason),
      withReason(read, inputs.reason),
      (record?.writes ?? []).map((name) => name.replace(":", " ")).join(", "),
      withReason(proof.verdict, proof.reason),
    ];
  });
  const names = ["cell", "code", "read", "wrote", "proof"];
  const used = names.map((_, column) => column !== WROTE || rows.some((row) => row[column] !== ""));
  return textTable(names.filter((_, at) => used[at]), rows.map((row) => row.filter((_, at) => used[at])));
}

function withReason(verdict: string, reason: string): string {
  return reason === "" ? verdict : `${verdict}: ${reason}`;
}
