import { cellName, readDirectives } from "../cells/directives/mod.ts";
import { type CodeCell, isCode, type Notebook, type Output, type TextCell } from "./notebook.ts";
import { findHeading } from "./question.ts";
import { visible } from "./visible.ts";

/** A cell of Markdown or code as a report shows it. */
export type ShownCell = ShownText | ShownCode;

/** Markdown without the heading that is the report's title. */
export interface ShownText {
  kind: "text";
  cell: TextCell;
  text: string;
}

/** Code and outputs; what its tags and directives hide is empty. */
export interface ShownCode {
  kind: "code";
  cell: CodeCell;
  /** Its `//| label`, or its id. */
  label: string;
  code: string;
  outputs: Output[];
}

/** A longer Markdown or code is cut, in UTF-16 code units. */
const MAX_SOURCE = 200_000;

/** The cells of a notebook as its reports show them, in order. */
export function shownCells(notebook: Notebook): ShownCell[] {
  let titled = false;
  return notebook.cells.flatMap((cell): ShownCell[] => {
    if (isCode(cell)) return [showCode(cell, readDirectives(cell.source.slice(0, MAX_SOURCE)))];
    if (cell.cell_type !== "markdown") return [];
    const source = cutSource(cell.source, "\n\n*The rest of a long text is left out.*");
    const heading = titled ? null : findHeading(source);
    titled ||= heading !== null;
    return [{ kind: "text", cell, text: heading?.rest ?? source }];
  });
}

function showCode(cell: CodeCell, directives: Record<string, string | true>): ShownCode {
  const { metadata, source, outputs } = cell;
  const tags = Array.isArray(metadata.tags) ? metadata.tags : [];
  const shows = (what: string) => !tags.includes("remove_cell") && !tags.includes(`remove_${what}`);
  const code = visible(cutSource(source, "\n// The rest of a long cell is left out.").trim());
  return {
    kind: "code",
    cell,
    label: cellName(cell),
    code: shows("input") && directives.echo !== "false" ? code : "",
    outputs: shows("output") && directives.output !== "false" ? outputs : [],
  };
}

function cutSource(source: string, rest: string): string {
  const text = source.slice(0, MAX_SOURCE).replaceAll("\r\n", "\n").toWellFormed();
  return source.length > MAX_SOURCE ? text + rest : text;
}
