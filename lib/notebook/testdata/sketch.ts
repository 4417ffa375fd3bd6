import type { Notebook, NotebookCell } from "../mod.ts";

/** A cell of a test's notebook: Markdown or code. */
export interface SketchedCell {
  id: string;
  markdown?: string;
  code?: string;
  tags?: string[];
}

/** A notebook of the given cells, as it is before any run. */
export function notebookOf(cells: SketchedCell[]): Notebook {
  return { cells: cells.map(sketchCell), metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function sketchCell({ id, markdown, code, tags }: SketchedCell): NotebookCell {
  const metadata = tags ? { tags } : {};
  if (code === undefined) return { cell_type: "markdown", id, metadata, source: markdown ?? "" };
  return { cell_type: "code", id, metadata, source: code, outputs: [], execution_count: null };
}
