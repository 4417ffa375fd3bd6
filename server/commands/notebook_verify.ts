import { dirname, join, relative } from "node:path";
import { productAbove } from "../../lib/config/mod.ts";
import { rootAbove } from "../../lib/config/env/mod.ts";
import { type CellVerdicts, openSources, type Sources, verifyNotebook, worstVerdicts } from "../../lib/notebook/mod.ts";
import type { OpenInputs } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import { findNotebooks } from "./_find_notebooks.ts";
import { plainJson } from "./plain_json.ts";
import { type Action, UsageError } from "./verb.ts";
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
export const notebookVerify: Action = async ({ rest, root, options: { data, strict } }) => {
  if (strict && !data) {
    throw new UsageError("Cannot verify strictly without --data as only inputs can fail: add --data");
  }
  const files = findNotebooks(rest.length > 0 ? rest : [join(root(), "notebooks")]);
  // It brings all of the workbench with it.
  const ask = data ? (await import("../../lib/workbench/mod.ts")).openInputsNow : null;
  await using workbenches = openWorkbenches(root, ask);
  const notebooks: NotebookVerdicts[] = [];
  for (const file of files) notebooks.push(await judgeNotebook(file, workbenches.around(file)));
  const isGood = notebooks.every(({ cells, problem }) => problem === null && cells.every(isCellFresh)) &&
    !(strict && notebooks.some(({ inputs }) => inputs === "fail"));
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  return { json: plainJson({ notebooks }), text: verifyText(notebooks, { colours }), exitCode: isGood ? 0 : 1 };
};

function isCellFresh({ code }: CellVerdicts): boolean {
  return code.verdict === "fresh";
}

interface Workbench {
  root: string;
  sources: Promise<Sources>;
  /** Who knows what there is now; nobody is asked without it. */
  inputs?: OpenInputs;
}

/** The workbench around each notebook; its modules, packages and inputs are looked at once for all of them. */
function openWorkbenches(
  fallback: () => string,
  ask: ((root: string) => OpenInputs) | null,
): AsyncDisposable & { around(file: string): Workbench } {
  const byFolder = new Map<string, Workbench>();
  const byRoot = new Map<string, Workbench>();
  const stack = new AsyncDisposableStack();
  const open = (root: string): Workbench => {
    const inputs = ask ? { inputs: stack.use(ask(root)) } : {};
    return { root, sources: openSources(root), ...inputs };
  };
  return {
    around(file) {
      const folder = dirname(file);
      const known = byFolder.get(folder);
      if (known) return known;
      const root = rootAbove(folder) ?? fallback();
      const workbench = byRoot.get(root) ?? open(root);
      byFolder.set(folder, workbench);
      byRoot.set(root, workbench);
      return workbench;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function judgeNotebook(file: string, { root, sources, inputs }: Workbench): Promise<NotebookVerdicts> {
  const notebook = relative(root, file);
  try {
    const freshness = inputs && productAbove(file, root)?.freshness;
    const cells = await verifyNotebook(file, {
      root,
      sources: await sources,
      ...inputs && { inputsNow: inputs.now },
      ...freshness && { freshness },
    });
    return { notebook, ...worstVerdicts(cells), cells, problem: null };
  } catch (error) {
    return { notebook, ...worstVerdicts([]), cells: [], problem: explain(error) };
  }
}
