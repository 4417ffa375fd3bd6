import { escapeHtml } from "../columns/mod.ts";
import { codeHtml } from "./_html_code.ts";
import { type Form, formsOf, type OutputBounds } from "./_forms.ts";
import type { PageMarkdown } from "./_html_markdown.ts";
import { tableHtml } from "./_html_table.ts";
import type { Output } from "./notebook.ts";
import { droppedText, moreLines } from "./_outputs.ts";

/** A page scrolls what is wide, so it shows more than a forge does. */
const BOUNDS: OutputBounds = { text: { lines: 300, width: 1000 }, table: { rows: 200, columns: 50, cell: 300 } };

/** The outputs of a cell as pieces of HTML. */
export function outputsHtml(outputs: Output[], markdown: PageMarkdown): string[] {
  return formsOf(outputs, BOUNDS).map((form) => outputHtml(form, markdown));
}

function outputHtml(form: Form, markdown: PageMarkdown): string {
  switch (form.kind) {
    case "text":
      return textHtml(form);
    case "error":
      return errorHtml(form);
    case "finding":
      return `<p class="finding"><strong>Finding</strong> ${escapeHtml(form.text)}</p>`;
    case "figure":
      return figureHtml(form);
    case "table":
      return tableHtml(form.table);
    case "markdown":
      return markdown.text(form.text).trim();
    case "left out":
      return note(form.reason);
  }
}

function textHtml({ lines, more, from, language }: Form & { kind: "text" }): string {
  const text = codeHtml(lines.join("\n"), language) + (more > 0 ? `\n${note(`${moreLines(more)}, not shown`)}` : "");
  return from === "stderr" ? `<div class="stderr"><p class="label">standard error</p>\n${text}</div>` : text;
}

function errorHtml({ message, stack }: Form & { kind: "error" }): string {
  const trace = stack.length < 2 ? "" : `\n${codeHtml(stack.join("\n"), "")}`;
  return `<div class="error"><p><strong>Failed</strong> ${escapeHtml(message)}</p>${trace}</div>`;
}

function figureHtml({ title, extension, bytes, dropped }: Form & { kind: "figure" }): string {
  const caption = dropped.length === 0
    ? ""
    : `<figcaption class="note">${escapeHtml(droppedText(dropped))}</figcaption>`;
  const source = dataUri(extension, bytes);
  return `<figure tabindex="0"><img alt="${escapeHtml(title)}" src="${source}">${caption}</figure>`;
}

/** A picture as an address that holds it. */
export function dataUri(extension: string, bytes: Uint8Array): string {
  return `data:image/${extension === "svg" ? "svg+xml" : extension};base64,${bytes.toBase64()}`;
}

function note(text: string): string {
  return `<p class="note">${escapeHtml(text)}</p>`;
}
