/** A notebook as nbformat 4.5 has it, texts joined to one string each (https://nbformat.readthedocs.io). */
export interface Notebook {
  /** In document order. */
  cells: NotebookCell[];
  /** Of the whole notebook; `boathouse` holds what its last run had. */
  metadata: Record<string, unknown>;
  /** Major version of the format. */
  nbformat: 4;
  /** Minor version of the format. */
  nbformat_minor: 5;
}

/** A cell of any kind. */
export type NotebookCell = CodeCell | TextCell;

/** A cell of code with what its last run showed. */
export interface CodeCell {
  /** Its kind. */
  cell_type: "code";
  /** Unique in its notebook: 1 to 64 letters, digits, `-` and `_`. */
  id: string;
  /** Tags among others; `boathouse` holds what its last run had. */
  metadata: Record<string, unknown>;
  /** TypeScript or TSX. */
  source: string;
  /** What its last run showed. */
  outputs: Output[];
  /** Position in the order of running, from 1; null when it never ran. */
  execution_count: number | null;
}

/** A cell of Markdown or raw text. */
export interface TextCell {
  /** Its kind. */
  cell_type: "markdown" | "raw";
  /** Unique in its notebook. */
  id: string;
  /** Tags among others. */
  metadata: Record<string, unknown>;
  /** The text. */
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
  /** Its kind. */
  output_type: "stream";
  /** Where it was written to: `stdout` or `stderr`. JupyterLab keeps what a cell asked for as `stdin`. */
  name: string;
  /** What was written. */
  text: string;
}

/** A value that was shown; `execute_result` is the value of the cell's last expression. */
export interface DisplayOutput {
  /** Its kind. */
  output_type: "display_data" | "execute_result";
  /** The value in several forms. */
  data: MimeBundle;
  /** How to show it, by MIME type. */
  metadata: Record<string, unknown>;
  /** Of an `execute_result`: the count of its cell. */
  execution_count?: number | null;
}

/** An error that ended the cell. */
export interface ErrorOutput {
  /** Its kind. */
  output_type: "error";
  /** Name of the error's class. */
  ename: string;
  /** Its message. */
  evalue: string;
  /** Lines of the stack. */
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
