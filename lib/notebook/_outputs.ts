import { escapeMarkdown, fence, linkText } from "./_markdown.ts";
import { type Form, formsOf, type OutputBounds } from "./_forms.ts";
import type { Output } from "./notebook.ts";
import { numberText } from "./number_text.ts";
import { markdownTable } from "./_table.ts";
import { tameOutput } from "./_tame.ts";

/** A forge shows a report among other files: what is long hides what matters. */
const BOUNDS: OutputBounds = { text: { lines: 60, width: 400 }, table: { rows: 30, columns: 20, cell: 120 } };
const MAX_STACK = 12;

/** Takes a figure's bytes and gives the name of its file. */
export type AddFigure = (extension: string, bytes: Uint8Array) => string;

/** The outputs of a cell as blocks of Markdown; findings are left out, they stand at the top of a report. */
export function outputBlocks(outputs: Output[], addFigure: AddFigure): string[] {
  return formsOf(outputs, BOUNDS).map((form) => outputBlock(form, addFigure)).filter((block) => block !== "");
}

function outputBlock(form: Form, addFigure: AddFigure): string {
  switch (form.kind) {
    case "text":
      return textBlock(form);
    case "error":
      return errorBlock(form);
    case "finding":
      return "";
    case "figure":
      return figureBlock(form, addFigure);
    case "table":
      return markdownTable(form.table);
    case "markdown":
      return tameOutput(form.text).trim();
    case "left out":
      return note(form.reason);
  }
}

function textBlock({ lines, more, from, language }: Form & { kind: "text" }): string {
  const block = fence([...lines, ...more > 0 ? [`… ${moreLines(more)}`] : []].join("\n"), language);
  return from === "stderr" ? `Written to standard error:\n\n${block}` : block;
}

/** How many lines are left out, in words. */
export function moreLines(more: number): string {
  return more === 1 ? "1 more line" : `${numberText(more)} more lines`;
}

function errorBlock({ message, stack }: Form & { kind: "error" }): string {
  const failed = `> **Failed:** ${escapeMarkdown(message)}`;
  return stack.length < 2 ? failed : `${failed}\n\n${fence(stack.slice(0, MAX_STACK).join("\n"), "text")}`;
}

function figureBlock({ title, extension, bytes, dropped }: Form & { kind: "figure" }, addFigure: AddFigure): string {
  const figure = `![${escapeMarkdown(title)}](${linkText(addFigure(extension, bytes))})`;
  return dropped.length === 0 ? figure : `${figure}\n\n${note(droppedText(dropped))}`;
}

/** What was taken out of a figure, in words. */
export function droppedText(dropped: string[]): string {
  return `Left out of the figure: ${dropped.join(", ")}`;
}

function note(text: string): string {
  return `*${escapeMarkdown(text)}*`;
}
