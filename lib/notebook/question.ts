import { displayedFindings } from "./_displayed.ts";
import { splitFences } from "./_markdown.ts";
import { isCode, type Notebook } from "./notebook.ts";
import { cellProvenanceOf, type Finding } from "./provenance.ts";

/** A finding and the cell that states it. */
export interface CellFinding extends Finding {
  /** Id of the cell. */
  cell: string;
}

/**
 * Finds the question that a notebook answers: its first Markdown heading.
 *
 * @param notebook The notebook.
 * @returns The heading's text, or null when it has none.
 *
 * @example
 * ```ts
 * import { questionOf } from "./question.ts";
 *
 * const cell = { cell_type: "markdown" as const, id: "a", metadata: {}, source: "# Why are flights late?\nBecause" };
 * console.assert(questionOf({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }) === "Why are flights late?");
 * ```
 */
export function questionOf(notebook: Notebook): string | null {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === "markdown" ? findHeading(cell.source) : null;
    if (heading) return heading.text;
  }
  return null;
}

/**
 * Lists the findings of a notebook.
 *
 * @param notebook The notebook.
 * @returns Sentences and values in document order: as recorded by its run, or as shown where no run is recorded.
 *
 * @example
 * ```ts
 * import { findingsOf } from "./question.ts";
 *
 * console.assert(findingsOf({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }).length === 0);
 * ```
 */
export function findingsOf(notebook: Notebook): CellFinding[] {
  return notebook.cells.filter(isCode).flatMap((cell) => {
    const record = cellProvenanceOf(cell);
    const findings = record ? record.findings ?? [] : displayedFindings(cell.outputs);
    return findings.map(({ text, values }) => ({ cell: cell.id, text, values }));
  });
}

/** The first heading of a Markdown text outside of code, and the text without it. */
export function findHeading(markdown: string): { text: string; rest: string } | null {
  const parts = splitFences(markdown);
  for (const [index, part] of parts.entries()) {
    const match = part.code ? null : ATX.exec(part.text) ?? SETEXT.exec(part.text);
    if (!match) continue;
    const left = part.text.slice(0, match.index) + part.text.slice(match.index + match[0].length);
    const rest = parts.map((other, at) => at === index ? left : other.text).join("").trim();
    return { text: match[1]!.trim(), rest };
  }
  return null;
}

const ATX = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*(?:[ \t]#+)?[ \t]*(?:\n|$)/m;
const SETEXT = /^ {0,3}(\S[^\n]*)\n {0,3}(?:=+|-+)[ \t]*(?:\n|$)/m;
