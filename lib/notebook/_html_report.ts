import { dirname } from "node:path";
import { escapeHtml } from "../columns/mod.ts";
import { cutLine } from "./_cut_text.ts";
import { type Block, foldCode, foldTitle } from "./_fold.ts";
import { codeHtml } from "./_html_code.ts";
import { loadImages, type ReadImage } from "./_html_images.ts";
import { type PageMarkdown, pageMarkdown } from "./_html_markdown.ts";
import { outputsHtml } from "./_html_outputs.ts";
import { pageHtml } from "./_html_page.ts";
import { provenanceHtml, trueOfHtml } from "./_html_provenance.ts";
import type { Notebook } from "./notebook.ts";
import { findingsOf, questionOf } from "./question.ts";
import { type ShownCell, shownCells, type ShownCode, type ShownText } from "./_shown.ts";
import { slugger } from "./_slug.ts";
import { trueOf } from "./_true_of.ts";
import { visible } from "./visible.ts";
import type { CellVerdicts } from "./verdicts.ts";

/** How a page is named and linked, and what is known beside its notebook. */
export interface HtmlReportOptions {
  /** Name of the notebook without `.ipynb`. */
  name: string;
  /** Link from the page to the notebook; relative links of its Markdown start from there, and are text without it. */
  link?: string;
  /** Verdicts on its cells; none are shown by default. */
  verdicts?: CellVerdicts[];
  /** Reads a picture that the Markdown shows, by its path from the notebook; null leaves it out. */
  readImage?: ReadImage;
}

/** Of what stands on one line. */
const MAX_LINE = 1000;

/** Makes the page of a notebook; apart from its face, as colours for code are not needed by who states a finding. */
export async function makePage(
  notebook: Notebook,
  { name, link, verdicts = [], readImage = () => Promise.resolve(null) }: HtmlReportOptions,
): Promise<string> {
  const cells = shownCells(notebook);
  const slug = slugger(["provenance", "findings", ...notebook.cells.map(({ id }) => anchorOf(id))]);
  const markdown = pageMarkdown(slug, link === undefined ? undefined : dirname(link));
  const sections = new Map<string, string>();
  const images = await Promise.all(cells.map((shown) => loadImages(shown, readImage)));
  const blocks = cells.flatMap((shown, index) => {
    const parts = blocksOf(shown, markdown, images[index]!);
    if (parts.length > 0) sections.set(shown.cell.id, markdown.contents.at(-1)?.text ?? "shown below");
    return parts;
  });
  const of = trueOf(notebook, cells);
  const code = cells.filter((shown): shown is ShownCode => shown.kind === "code");
  const question = cutLine(questionOf(notebook) ?? "", MAX_LINE) || null;
  return pageHtml({
    title: question ?? visible(name),
    heading: question === null ? escapeHtml(visible(name)) : markdown.inline(question),
    head: [trueOfHtml(of, verdicts), findingsHtml(notebook, sections)].filter((part) => part !== "").join("\n"),
    contents: [...markdown.contents, { level: 2, text: "Provenance", slug: "provenance" }],
    body: [...foldCode(blocks, foldHtml), provenanceHtml(notebook, of, code, verdicts)].join("\n"),
    foot: footHtml(name, link),
  });
}

function anchorOf(cell: string): string {
  return `cell-${cell}`;
}

function blocksOf(shown: ShownCell, markdown: PageMarkdown, images: ReadonlyMap<string, string>): Block[] {
  return shown.kind === "code" ? codeBlocks(shown, markdown) : textBlocks(shown, markdown, images);
}

function textBlocks({ cell, text }: ShownText, markdown: PageMarkdown, images: ReadonlyMap<string, string>): Block[] {
  const html = markdown.text(text, { images, listed: true }).trim();
  return html === "" ? [] : [{ cell: cell.id, text: cellHtml(cell.id, "text", html) }];
}

/** The name of a cell is on its outputs, or on its code where it has none. */
function codeBlocks({ cell, label, code, outputs }: ShownCode, markdown: PageMarkdown): Block[] {
  const parts = outputsHtml(outputs, markdown);
  const shown = parts.length === 0 ? [] : [{ cell: cell.id, text: cellHtml(cell.id, "outputs", parts.join("\n")) }];
  if (code === "") return shown;
  const html = codeHtml(code, "typescript");
  const named = shown.length > 0 ? html : `<div id="${anchorOf(cell.id)}">${html}</div>`;
  return [...shown, { cell: cell.id, text: named, code: label === cell.id ? "" : label }];
}

function cellHtml(cell: string, kind: string, html: string): string {
  return `<div class="cell ${kind}" id="${anchorOf(cell)}">\n${html}\n</div>`;
}

function foldHtml(code: Block[]): string {
  const title = escapeHtml(foldTitle(code));
  return `<details class="code">\n<summary>${title}</summary>\n${code.map(({ text }) => text).join("\n")}\n</details>`;
}

/** The findings, each with a link to where it is shown. */
function findingsHtml(notebook: Notebook, sections: ReadonlyMap<string, string>): string {
  const lines = findingsOf(notebook).map(({ cell, text }) => {
    const section = sections.get(cell);
    const link = section === undefined ? "" : ` <a href="#${anchorOf(cell)}">${escapeHtml(section)}</a>`;
    return `<li>${escapeHtml(cutLine(text, MAX_LINE))}${link}</li>`;
  });
  return lines.length === 0 ? "" : `<h2 id="findings">Findings</h2>\n<ul class="findings">\n${lines.join("\n")}\n</ul>`;
}

function footHtml(name: string, link: string | undefined): string {
  const file = escapeHtml(visible(`${name}.ipynb`));
  return `<p>Made from ${link === undefined ? file : `<a href="${escapeHtml(link)}">${file}</a>`} by Boathouse.</p>`;
}
