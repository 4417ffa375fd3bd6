import { dirname, join, relative } from "node:path";
import { rootAbove } from "../../lib/config/env/mod.ts";
import { type CellVerdicts, openSources, type Sources, verifyNotebook, worstVerdicts } from "../../lib/notebook/mod.ts";
import { explain } from "./explain.ts";
import { findNotebooks } from "./_find_notebooks.ts";
import { plainJson } from "./plain_json.ts";
import type { Action } from "./verb.ts";
import { verifyText } from "./_verify_text.ts";

/** What is told of one notebook. */
export interface NotebookVerdicts extends ReturnType<typeof worstVerdicts> {
  /** Its path from the workbench. */
  notebook: string;
  /** The verdicts on its code cells. */
  cells: CellVerdicts[];
  /** Why it could not be judged; null where it was. */
  problem: string | null;
}

/** The verb `notebook verify`. */
export const notebookVerify: Action = async ({ rest, root }) => {
  const files = findNotebooks(rest.length > 0 ? rest : [join(root(), "notebooks")]);
  const workbenches = openWorkbenches(root);
  const notebooks: NotebookVerdicts[] = [];
  for (const file of files) notebooks.push(await judgeNotebook(file, workbenches(file)));
  const isFresh = notebooks.every(({ cells, problem }) => problem === null && cells.every(isCellFresh));
  return { json: plainJson({ notebooks }), text: verifyText(notebooks), exitCode: isFresh ? 0 : 1 };
};

function isCellFresh({ code }: CellVerdicts): boolean {
  return code.verdict === "fresh";
}

interface Workbench {
  root: string;
  sources: Promise<Sources>;
}

/** The workbench around each notebook; its modules and packages are read once for all of them. */
function openWorkbenches(fallback: () => string): (file: string) => Workbench {
  const byFolder = new Map<string, Workbench>();
  const byRoot = new Map<string, Workbench>();
  return (file) => {
    const folder = dirname(file);
    const known = byFolder.get(folder);
    if (known) return known;
    const root = rootAbove(folder) ?? fallback();
    const workbench = byRoot.get(root) ?? { root, sources: openSources(root) };
    byFolder.set(folder, workbench);
    byRoot.set(root, workbench);
    return workbench;
  };
}

async function judgeNotebook(file: string, { root, sources }: Workbench): Promise<NotebookVerdicts> {
  const notebook = relative(root, file);
  try {
    const cells = await verifyNotebook(file, { root, sources: await sources });
    return { notebook, ...worstVerdicts(cells), cells, problem: null };
  } catch (error) {
    return { notebook, ...worstVerdicts([]), cells: [], problem: explain(error) };
  }
}
