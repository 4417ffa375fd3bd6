/** A notebook as nbformat 4.5 has it, texts joined to one string each (https://nbformat.readthedocs.io). */
export interface Notebook {
  cells: NotebookCell[];
  metadata: Record<string, unknown>;
  nbformat: 4;
  nbformat_minor: 5;
}

/** A cell of any kind. */
export type NotebookCell = CodeCell | TextCell;

/** A cell of code with what its last run showed. */
export interface CodeCell {
  cell_type: "code";
  /** Unique in its notebook: 1 to 64 letters, digits, `-` and `_`. */
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  outputs: Output[];
  /** Position in the order of running, from 1; null when it never ran. */
  execution_count: number | null;
}

/** A cell of Markdown or raw text. */
export interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  /** Files that the Markdown shows, each as a bundle by MIME type. */
  attachments?: Record<string, MimeBundle>;
}

/** One value in several forms: text for every MIME type but JSON ones, whose value is JSON. */
export type MimeBundle = Record<string, unknown>;

/** What a cell showed. */
export type Output = StreamOutput | DisplayOutput | ErrorOutput;

/** Text written to standard output or standard error. */
export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: string;
}

/** A value that was shown; `execute_result` is the value of the cell's last expression. */
export interface DisplayOutput {
  output_type: "display_data" | "execute_result";
  data: MimeBundle;
  metadata: Record<string, unknown>;
  execution_count?: number | null;
}

/** An error that ended the cell. */
export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

/**
 * Tells whether a cell holds code.
 *
 * @param cell A cell of a notebook.
 * @returns Whether it is a code cell.
 *
 * @example
 * ```ts
 * import { isCode } from "./notebook.ts";
 *
 * console.assert(!isCode({ cell_type: "markdown", id: "a", metadata: {}, source: "# Why?" }));
 * ```
 */
export function isCode(cell: NotebookCell): cell is CodeCell {
  return cell.cell_type === "code";
}
