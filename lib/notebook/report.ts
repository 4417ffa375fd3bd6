import { dirname } from "node:path";
import { escapeMarkdown, fence, relink } from "./_markdown.ts";
import { type CodeCell, isCode, type Notebook, type TextCell } from "./notebook.ts";
import { type AddFigure, outputBlocks } from "./_outputs.ts";
import { findHeading, findingsOf, questionOf } from "./question.ts";
import { trueOf } from "./_true_of.ts";

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

/**
 * Makes the report of a notebook: its question, what data it is true of, its findings, then its cells with tables as
 * Markdown, figures as files, and the code folded. No HTML of an output is kept. Equal notebooks give equal bytes.
 *
 * @param notebook The notebook with its outputs.
 * @param options The name, and the link to the notebook.
 * @returns The Markdown and the files of the figures.
 *
 * @example
 * ```ts
 * import { reportNotebook } from "./report.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why are flights late?" };
 * const notebook = { cells: [cell], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const { markdown } = await reportNotebook(notebook, { name: "1_explore" });
 * console.assert(markdown.startsWith("# Why are flights late?\n"));
 * ```
 */
export async function reportNotebook(notebook: Notebook, { name, link }: ReportOptions): Promise<Report> {
  const { readDirectives } = await import("../cells/mod.ts");
  const files = new Map<string, Uint8Array>();
  const question = questionOf(notebook);
  const blocks: Block[] = [
    { text: `# ${question ?? escapeMarkdown(name)}` },
    { text: trueOf(notebook) },
    ...findingBlocks(notebook),
  ];
  let titled = question === null;
  for (const cell of notebook.cells) {
    if (isCode(cell)) {
      const directives = readDirectives(cell.source);
      const label = typeof directives.label === "string" ? directives.label : cell.id;
      blocks.push(...codeBlocks(cell, viewOf(cell, directives), figureAdder(files, `${name}.${slug(label)}`)));
    } else if (cell.cell_type === "markdown") {
      const body = titled ? cell.source : findHeading(cell.source)?.rest ?? cell.source;
      titled ||= findHeading(cell.source) !== null;
      const linked = link === undefined ? body : relink(body, dirname(link));
      blocks.push({ text: saveAttachments(cell, linked, files, name).trim() });
    }
  }
  if (link !== undefined) {
    blocks.push({ text: `---\n\nMade from [${escapeMarkdown(name)}.ipynb](${link}) by Boathouse.` });
  }
  const texts = foldCode(blocks).filter((text) => text !== "");
  return { markdown: `${texts.join("\n\n")}\n`, files };
}

interface Block {
  text: string;
  /** Code is folded, and code that follows code is folded with it. */
  code?: boolean;
}

function findingBlocks(notebook: Notebook): Block[] {
  const findings = findingsOf(notebook);
  if (findings.length === 0) return [];
  return [{ text: `**Findings**\n\n${findings.map(({ text }) => `- ${escapeMarkdown(text)}`).join("\n")}` }];
}

interface View {
  input: boolean;
  output: boolean;
}

function viewOf({ metadata }: CodeCell, directives: Record<string, string | true>): View {
  const tags = Array.isArray(metadata.tags) ? metadata.tags : [];
  const whole = !tags.includes("remove_cell");
  return {
    input: whole && !tags.includes("remove_input") && directives.echo !== "false",
    output: whole && !tags.includes("remove_output") && directives.output !== "false",
  };
}

function codeBlocks(cell: CodeCell, view: View, addFigure: AddFigure): Block[] {
  const outputs = view.output ? outputBlocks(cell.outputs, addFigure).map((text) => ({ text })) : [];
  const code = view.input && cell.source.trim() !== "" ? [{ text: cell.source.trim(), code: true }] : [];
  return [...outputs, ...code];
}

function figureAdder(files: Map<string, Uint8Array>, stem: string): AddFigure {
  return (extension, bytes) => {
    let file = `${stem}.${extension}`;
    for (let copy = 2; files.has(file); copy++) file = `${stem}-${copy}.${extension}`;
    files.set(file, bytes);
    return file;
  };
}

function slug(label: string): string {
  return label.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "figure";
}

/** Pictures that are kept inside a Markdown cell become files. */
function saveAttachments(
  { id, attachments = {} }: TextCell,
  body: string,
  files: Map<string, Uint8Array>,
  name: string,
): string {
  return Object.entries(attachments).reduce((text, [attachment, data]) => {
    const kind = ["png", "jpeg"].find((other) => typeof data[`image/${other}`] === "string");
    if (kind === undefined || !text.includes(`(attachment:${attachment})`)) return text;
    const bytes = Uint8Array.fromBase64(String(data[`image/${kind}`]).replace(/\s+/g, ""));
    const file = figureAdder(files, `${name}.${slug(id)}`)(kind, bytes);
    return text.replaceAll(`(attachment:${attachment})`, `(${file})`);
  }, body);
}

function foldCode(blocks: Block[]): string[] {
  const texts: string[] = [];
  let code: string[] = [];
  const close = () => {
    if (code.length > 0) texts.push(`<details>\n<summary>Code</summary>\n\n${code.join("\n\n")}\n\n</details>`);
    code = [];
  };
  for (const block of blocks) {
    if (block.code) code.push(fence(block.text, "ts"));
    else if (block.text !== "") {
      close();
      texts.push(block.text);
    }
  }
  close();
  return texts;
}
