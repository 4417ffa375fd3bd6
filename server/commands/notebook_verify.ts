import { dirname, join, relative } from "node:path";
import { rootAbove } from "../../lib/config/env/mod.ts";
import type { Json } from "../../lib/events/json/mod.ts";
import { type DirectiveProblem, directiveProblems } from "../../lib/cells/directives/mod.ts";
import {
  type CellVerdicts,
  isCode,
  judgeNotebook,
  openSources,
  readNotebook,
  readText,
  type Sources,
  worstVerdicts,
} from "../../lib/notebook/verify/mod.ts";
import type { OpenInputs } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import { findNotebooks } from "./_find_notebooks.ts";
import type { Reproduction } from "./notebook_reproduce.ts";
import type { RunNotebook } from "./notebook_run.ts";
import { listenForStop } from "./stop_signals.ts";
import { type Action, UsageError } from "./verb.ts";
import { sumOf, verifyText } from "./_verify_text.ts";

/** What is told of one notebook. */
export interface NotebookVerdicts extends ReturnType<typeof worstVerdicts> {
  /** Its path from the workbench. */
  notebook: string;
  /** The verdicts on its code cells. */
  cells: CellVerdicts[];
  /** Directives that say nothing, or not what is meant. */
  directives: DirectiveProblem[];
  /** Why it could not be judged; null where it was. */
  problem: string | null;
  /** What came of running it again, where that was asked for. */
  reproduction?: Reproduction;
}

/** What the verb is given: the runner lives with the kernel. */
export interface VerifyParts {
  /** Loads what runs notebooks. */
  runner: () => Promise<RunNotebook>;
}

/** The verb `notebook verify`. */
export function notebookVerify({ runner }: VerifyParts): Action {
  return async ({ rest, root, options: { data, strict, reproduce }, note }) => {
    if (strict && !data) {
      throw new UsageError("Cannot verify strictly without --data as only inputs can fail: add --data");
    }
    const files = findNotebooks(rest.length > 0 ? rest : [join(root(), "notebooks")]);
    // It brings all of the workbench with it.
    const ask = data || reproduce ? (await import("../../lib/workbench/mod.ts")).openInputsNow : null;
    await using workbenches = openWorkbenches(root, ask);
    const notebooks: NotebookVerdicts[] = [];
    for (const file of files) notebooks.push(await judgeFile(file, workbenches.around(file), data === true));
    if (reproduce) await reproduceAll(files, notebooks, { workbenches, runNotebook: await runner(), note });
    const isGood = notebooks.every(({ cells, problem }) => problem === null && cells.every(isCellFresh)) &&
      !(strict && notebooks.some(({ inputs }) => inputs === "fail")) && notebooks.every(isReproduced);
    const colours = Deno.stdout.isTerminal() && !Deno.noColor;
    return {
      json: { notebooks, ...reproduce && { reproduced: sumOf(notebooks) } } as unknown as Json,
      text: verifyText(notebooks, { colours }),
      exitCode: isGood ? 0 : 1,
    };
  };
}

interface ReproduceParts {
  workbenches: Workbenches;
  runNotebook: RunNotebook;
  note: (line: string) => void;
}

/** Adds to each notebook what came of running it again; Ctrl-C ends the running one and leaves out the others. */
async function reproduceAll(
  files: readonly string[],
  notebooks: NotebookVerdicts[],
  { workbenches, runNotebook, note }: ReproduceParts,
): Promise<void> {
  const { reproduceNotebook } = await import("./notebook_reproduce.ts");
  using stop = listenForStop(note, "ends the running cell and compares what there is; once more kills it");
  for (const [index, notebook] of notebooks.entries()) {
    if (notebook.problem !== null) continue;
    if (stop.signal.aborted) {
      notebook.reproduction = { ...NOTHING, problem: "it was not run as --reproduce was interrupted" };
      continue;
    }
    note(`runs ${notebook.notebook} again (${index + 1} of ${notebooks.length})`);
    const { root, inputs } = workbenches.around(files[index]!);
    notebook.reproduction = await reproduceNotebook(files[index]!, {
      root,
      cells: notebook.cells,
      inputsNow: inputs!.now,
      runNotebook,
      stop,
    });
  }
}

const NOTHING = { outputs: 0, reproduced: 0, differences: [], notes: [] };

function isReproduced({ reproduction }: NotebookVerdicts): boolean {
  return !reproduction || reproduction.problem === null && reproduction.differences.length === 0;
}

function isCellFresh({ code }: CellVerdicts): boolean {
  return code.verdict === "fresh";
}

interface Workbench {
  root: string;
  sources: Promise<Sources>;
  /** Who knows what there is now; nobody is asked without it. */
  inputs?: OpenInputs;
}

type Workbenches = AsyncDisposable & { around(file: string): Workbench };

/** The workbench around each notebook; its modules, packages and inputs are looked at once for all of them. */
function openWorkbenches(
  fallback: () => string,
  ask: ((root: string) => OpenInputs) | null,
): Workbenches {
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

async function judgeFile(
  file: string,
  { root, sources, inputs }: Workbench,
  asks: boolean,
): Promise<NotebookVerdicts> {
  const notebook = relative(root, file);
  try {
    const read = readNotebook(readText(file) ?? "", file);
    // Products are YAML, which takes as long to load as all else here.
    const freshness = asks && (await import("../../lib/config/mod.ts")).productAbove(file, root)?.freshness;
    const cells = await judgeNotebook(read, {
      root,
      from: dirname(file),
      sources: await sources,
      ...asks && inputs && { inputsNow: inputs.now },
      ...freshness && { freshness },
    });
    const directives = directiveProblems(read.cells.filter(isCode));
    return { notebook, ...worstVerdicts(cells), cells, directives, problem: null };
  } catch (error) {
    return { notebook, ...worstVerdicts([]), cells: [], directives: [], problem: explain(error) };
  }
}
