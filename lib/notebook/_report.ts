import { dirname } from "node:path";
import { escapeHtml } from "../columns/mod.ts";
import { cutLine } from "./_cut_text.ts";
import { type Block, foldCode, foldTitle } from "./_fold.ts";
import { decodeBase64, PICTURES } from "./_forms.ts";
import { escapeMarkdown, fence, linkText, relink } from "./_markdown.ts";
import type { Notebook, TextCell } from "./notebook.ts";
import { type AddFigure, outputBlocks } from "./_outputs.ts";
import { findingsOf, questionOf } from "./question.ts";
import { shownCells, type ShownCode, type ShownText } from "./_shown.ts";
import { type Section, sectionsOf } from "./_sections.ts";
import { markdownTable } from "./_table.ts";
import { tameCell, tameHeading } from "./_tame.ts";
import { visible } from "./visible.ts";
import { inputRows, type TrueOf, trueOf } from "./_true_of.ts";

/** A notebook as people read it on a forge. */
export interface Report {
  /** The text, for a folder that also holds the files. */
  markdown: string;
  /** Figures by file name, beside the Markdown. */
  files: Map<string, Uint8Array>;
}

/** How a report is named and linked. */
export interface ReportOptions {
  /** Name of the notebook without `.ipynb`: what the names of its files begin with. */
  name: string;
  /** Link from the report to the notebook; relative links of its Markdown are made to start from there. */
  link?: string;
}

/** Of what stands on one line. */
const MAX_LINE = 1000;

/** Makes the report of a notebook; apart from its face, as reading Markdown is not needed by who states a finding. */
export function makeReport(notebook: Notebook, { name, link }: ReportOptions): Report {
  const files = new Map<string, Uint8Array>();
  const cells = shownCells(notebook);
  const title = tameHeading(cutLine(questionOf(notebook) ?? escapeMarkdown(name), MAX_LINE));
  const body = cells.flatMap((shown): Block[] => {
    return shown.kind === "code" ? codeBlocks(shown, files, name) : [textBlock(shown, files, name, link)];
  });
  const texts = [
    title,
    trueOfBox(trueOf(notebook, cells)),
    findingsText(notebook, sectionsOf(title, body)),
    ...foldCode(body, foldOf),
    provenanceText(notebook, trueOf(notebook, cells)),
    link === undefined ? "" : `---\n\nMade from [${escapeMarkdown(visible(name))}.ipynb](${link}) by Boathouse.`,
  ];
  return { markdown: `${texts.filter((text) => text !== "").join("\n\n")}\n`, files };
}

function trueOfBox(of: TrueOf | null): string {
  if (of === null) return "> **No run is recorded**: nothing here is known to be true of any data.";
  const list = (texts: string[], between: string) => texts.map(escapeMarkdown).join(between);
  const lines = [
    of.inputs.length > 0
      ? `**True of** ${list(of.inputs, "; ")}`
      : "**True of its code alone**: no recorded data was read",
    ...of.parameters.length > 0 ? [`**with** ${list(of.parameters, ", ")}`] : [],
    ...of.unproven.length > 0 ? [`**Not proven**: ${list(of.unproven, "; ")}`] : [],
  ];
  return lines.map((line) => `> ${line}`).join("\\\n");
}

/** The findings, each with a link to the section that shows it. */
function findingsText(notebook: Notebook, sections: Map<string, Section>): string {
  const findings = findingsOf(notebook).map(({ cell, text }) => {
    const section = sections.get(cell);
    return `- ${escapeMarkdown(cutLine(text, MAX_LINE))}${
      section ? ` ([${escapeMarkdown(section.text)}](#${section.slug}))` : ""
    }`;
  });
  return findings.length === 0 ? "" : `**Findings**\n\n${findings.join("\n")}`;
}

function codeBlocks({ cell, label, code, outputs }: ShownCode, files: Report["files"], name: string): Block[] {
  const blocks = outputBlocks(outputs, figureAdder(files, `${name}.${fileName(label)}`));
  const shown: Block[] = blocks.map((text) => ({ cell: cell.id, text }));
  // A cell without anything to show still has a place, for its findings.
  if (shown.length === 0) shown.push({ cell: cell.id, text: "" });
  return code === "" ? shown : [...shown, { cell: cell.id, text: code, code: label === cell.id ? "" : label }];
}

function textBlock({ cell, text }: ShownText, files: Report["files"], name: string, link: string | undefined): Block {
  const linked = link === undefined ? text : relink(text, dirname(link));
  return { cell: cell.id, text: tameCell(saveAttachments(cell, linked, files, name)).trim() };
}

function figureAdder(files: Map<string, Uint8Array>, stem: string): AddFigure {
  return (extension, bytes) => {
    let file = `${stem}.${extension}`;
    for (let copy = 2; files.has(file); copy++) file = `${stem}-${copy}.${extension}`;
    files.set(file, bytes);
    return file;
  };
}

function fileName(label: string): string {
  return label.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "figure";
}

/** Pictures that are kept inside a Markdown cell become files. */
function saveAttachments({ id, attachments = {} }: TextCell, body: string, files: Report["files"], name: string) {
  return Object.entries(attachments).reduce((text, [attachment, data]) => {
    const kind = PICTURES.find((other) => typeof data[`image/${other}`] === "string");
    if (kind === undefined || !text.includes(`(attachment:${attachment})`)) return text;
    const bytes = decodeBase64(String(data[`image/${kind}`]));
    if (bytes === null) return text;
    return text.replaceAll(
      `(attachment:${attachment})`,
      `(${linkText(figureAdder(files, `${name}.${fileName(id)}`)(kind, bytes))})`,
    );
  }, body);
}

function foldOf(code: Block[]): string {
  return details(escapeHtml(foldTitle(code)), code.map(({ text }) => fence(text, "ts")).join("\n\n"));
}

function details(summary: string, text: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${text}\n\n</details>`;
}

function provenanceText(notebook: Notebook, of: TrueOf | null): string {
  if (of === null) return "";
  const rows = inputRows(notebook).map(({ name, read, identity }) => {
    return [name, read, identity].map((text) => cutLine(text, MAX_LINE));
  });
  const table = markdownTable({
    columns: ["input", "read", "identity"].map((name) => ({ name, right: false })),
    rows,
    note: "",
  });
  return details(
    "Provenance",
    `${rows.length > 0 ? `${table}\n\n` : ""}Ran with ${escapeMarkdown(cutLine(of.versions, MAX_LINE))}.`,
  );
}
