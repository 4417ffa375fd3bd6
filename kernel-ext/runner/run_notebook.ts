import { dirname, resolve } from "node:path";
import { type DirectiveProblem, directiveProblems } from "../../lib/cells/directives/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { Pin } from "../../lib/lake/mod.ts";
import {
  type CellFinding,
  type CellRun,
  type CodeCell,
  findingsOf,
  isCode,
  type Notebook,
  notebookSettings,
  provenanceOf,
  readNotebook,
  stampProvenance,
  writeNotebook,
} from "../../lib/notebook/mod.ts";
import type { Child, ChildOptions } from "../kernel/mod.ts";
import { cachedCells, type CacheOptions } from "./cache/mod.ts";
import { checkLanguage } from "./check_language.ts";
import { checkParameters } from "./check_parameters.ts";
import type { EarlyChild } from "./early_child.ts";
import { checkNames, guessParameters, injectParameters, parametersCell, recordedParameters } from "./parameters.ts";
import { differs, planFrom, planResume, type ResumePlan } from "./resume.ts";
import {
  type CellReport,
  keepAll,
  type RanCells,
  runCells,
  type RunCellsOptions,
  type RunProgress,
} from "./run_cells.ts";
import { readNotebookText } from "./read_text.ts";
import { openSave } from "./save.ts";
import type { Encoded } from "./sent/encode_value.ts";
import { timeLimits } from "./time_limit.ts";

/** How a notebook is run. */
export interface RunOptions {
  /** Absolute folder of the workbench, which has deno.json. */
  root: string;
  /** Path to save the run notebook to; the notebook itself only where it is the same. */
  out: string;
  /** Values by name, for the cell tagged `parameters`. */
  parameters?: Record<string, Json>;
  /** Texts by name, as a command line has them; an exported schema `Parameters` reads them by its types. */
  parameterTexts?: Record<string, string>;
  /**
   * Goes on where the results in the notebook end to be those of its code: cells above are not run, or only for values
   * that cells below need. Parameters and snapshot are those of the run that it resumes.
   */
  resume?: boolean;
  /** The snapshot of the lake that its cells read. */
  pin?: Pin;
  /** Milliseconds after which a cell without `//| timeout` is interrupted; never unless given. */
  timeoutMs?: number;
  /** Where results of `//| cache` cells are kept; they run each time without it. */
  cache?: CacheOptions;
  /** Interrupts the run; what ran so far is saved. */
  signal?: AbortSignal;
  /** Ends the process of the cells at once; what they showed so far is saved. */
  kill?: AbortSignal;
  /** Process of the cells: environment, permissions, memory, output cap. */
  child?: Pick<ChildOptions, "env" | "permissions" | "memoryMb" | "maxOutputBytes">;
  /** Is told of directives that say nothing, or not what is meant, before anything runs. */
  onDirective?(problem: DirectiveProblem): void;
  /** Is told before each cell, and at the end. */
  onProgress?(progress: RunProgress): void;
  /** Is told what came of each cell that ran. */
  onCell?(report: CellReport): void;
}

/** What came of a run. */
export interface RunReport {
  /** The notebook, an absolute path. */
  file: string;
  /** What was saved, an absolute path: beside the path that was asked for where others changed that meanwhile. */
  out: string;
  /** Format of a file older than nbformat 4.5, such as "4.2", which was upgraded; null where it was not. */
  upgradedFrom: string | null;
  /** Whether every cell ran to its end; `aborted` when the run was interrupted from outside. */
  status: "ok" | "error" | "aborted";
  /** Of a run that was resumed: the first cell that ran anew, and why; null where all were fresh. */
  resumed?: { cell: string; reason: string } | null;
  /** The code cells that have code, in document order. */
  cells: CellReport[];
  /** What it found. */
  findings: CellFinding[];
  /** How long it took. */
  seconds: number;
}

/**
 * Runs a notebook from top to bottom in a fresh process and saves it with its outputs and their provenance. It stops at
 * the first error; what ran so far is saved. Outputs hold no times and no paths of this machine, so that a second run
 * over the same inputs saves the same bytes.
 *
 * @param file Path of the notebook.
 * @param options Where to save, parameters, limits.
 * @param early The process of the cells, where it is being started already; the caller disposes of it.
 * @returns What came of each cell.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {SyntaxError | TypeError | RangeError} When it is no notebook of TypeScript, or a parameter or a time limit does not fit.
 * @throws {Error} When it cannot be saved, or no process can be started.
 *
 * @example
 * ```ts
 * import { runNotebook } from "./run_notebook.ts";
 *
 * const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
 * const folder = await Deno.makeTempDir();
 * const cells = [{ cell_type: "code", id: "a", metadata: {}, source: "20 + 1", outputs: [], execution_count: null }];
 * await Deno.writeTextFile(`${folder}/a.ipynb`, JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
 * const report = await runNotebook(`${folder}/a.ipynb`, { root, out: `${folder}/b.ipynb` });
 * console.assert(report.status === "ok" && (await Deno.readTextFile(report.out)).includes("21"));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function runNotebook(file: string, options: RunOptions, early?: EarlyChild): Promise<RunReport> {
  const start = performance.now();
  const { root, signal, kill } = options;
  const [from, out] = [resolve(file), resolve(options.out)];
  const text = await readNotebookText(from, file);
  const notebook = readNotebook(text, file);
  checkLanguage(notebook, file);
  const limits = timeLimits(notebook.cells.filter(isCode), options.timeoutMs, file);
  const cached = cachedCells(notebook.cells.filter(isCode), file);
  if (options.onDirective) directiveProblems(notebook.cells.filter(isCode)).forEach(options.onDirective);
  const place: Place = {
    file,
    from,
    limits,
    early,
    ...(options.cache ? { cache: { cells: cached, options: options.cache } } : {}),
  };
  const plan = options.resume ? await planResume(notebook, from, root) : null;
  await using pending = await openSave(out, from === out ? { before: text } : {});
  const { ran, parameters, resumed } = plan
    ? await runOn(notebook, plan, place, options)
    : await runAll(notebook, place, options);
  const run = { cells: ran.runs, parameters };
  const stamped = await stampProvenance(ran.notebook, run, { root, from: dirname(from) });
  return {
    file: from,
    out: await pending.save(writeNotebook(stamped)),
    upgradedFrom: olderFormat(text),
    status: signal?.aborted || kill?.aborted ? "aborted" : statusOf(ran.reports),
    ...(resumed === undefined ? {} : { resumed }),
    cells: ran.reports,
    findings: findingsOf(stamped),
    seconds: (performance.now() - start) / 1_000,
  };
}

/** A notebook that runs, and how long its cells may. */
interface Place {
  /** As people wrote it. */
  file: string;
  /** Absolute path. */
  from: string;
  limits: ReadonlyMap<string, number>;
  early: EarlyChild | undefined;
  cache?: RunCellsOptions["cache"];
}

interface Ran {
  ran: RanCells;
  /** As records hold them. */
  parameters: Record<string, Json>;
  resumed?: RunReport["resumed"];
}

async function runAll(
  notebook: Notebook,
  { file, from, limits, early, cache }: Place,
  options: RunOptions,
): Promise<Ran> {
  const { notebook: asked, parameters, behind } = prepareParameters(withoutRun(notebook), options, file);
  const ran = await runCells(asked, { ...options, early, cwd: dirname(from), limits, cache, behind });
  return { ran, parameters: parameters() };
}

/** Goes on; where a cell above is not as it was, goes on there, in a process of its own. */
async function runOn(notebook: Notebook, plan: ResumePlan, place: Place, options: RunOptions): Promise<Ran> {
  const { file, from, limits, cache } = place;
  if (Object.keys({ ...options.parameters, ...options.parameterTexts }).length > 0) {
    throw new RangeError(
      `Cannot resume notebook "${file}" as it must keep the parameters of its run: leave them out, or run it without resuming`,
    );
  }
  const recorded = provenanceOf(notebook)?.parameters ?? {};
  const { notebook: asked, parameters, behind } = reachesParameters(notebook, plan)
    ? prepareParameters(withoutRun(notebook), { ...options, parameters: recorded }, file)
    : { notebook: withoutRun(notebook), parameters: () => recorded, behind: undefined };
  const above = { cells: plan.above, differs: (id: string, run: CellRun) => differs(notebook, plan, id, run) };
  if (plan.from === null) return { ran: keepAll(asked, plan.above), parameters: recorded, resumed: null };
  const ran = await runCells(asked, {
    ...options,
    pin: options.pin ?? plan.pin,
    cwd: dirname(from),
    limits,
    cache,
    above,
    behind,
  });
  if (ran.changed) {
    return await runOn(notebook, planFrom(notebook, ran.changed.cell, ran.changed.reason), place, options);
  }
  return {
    ran,
    parameters: parameters(),
    resumed: plan.from === null ? null : { cell: plan.from, reason: plan.reason },
  };
}

function reachesParameters(notebook: Notebook, { above }: ResumePlan): boolean {
  const declared = parametersCell(notebook);
  return !declared || !above.has(declared.cell.id);
}

/** Without a schema parameters are injected before the run; with one its cell must run first. */
function prepareParameters(
  asked: Notebook,
  { parameters = {}, parameterTexts = {}, signal }: RunOptions,
  file: string,
) {
  const given = { values: parameters, texts: parameterTexts };
  const names = Object.keys({ ...parameters, ...parameterTexts });
  checkNames(asked, names, file);
  const declared = parametersCell(asked);
  if (!declared?.hasSchema) {
    const values = guessParameters(given);
    return { notebook: injectParameters(asked, values), parameters: () => recordedParameters(values) };
  }
  const { cell } = declared;
  const plain = injectParameters(asked, {});
  let values: Record<string, Encoded> = {};
  const go = async (child: Child): Promise<Notebook> => {
    values = await checkParameters({ child, cell, file, signal }, given);
    return injectParameters(plain, values);
  };
  return {
    notebook: plain,
    parameters: () => recordedParameters(values),
    behind: { cell: cell.id, adds: names.length > 0 ? 1 : 0, go },
  };
}

/** Only what does not have the newest minor anywhere in it is parsed again. */
function olderFormat(text: string): string | null {
  if (/"nbformat_minor"\s*:\s*5\b/.test(text)) return null;
  const { nbformat, nbformat_minor } = JSON.parse(text);
  return nbformat === 4 && nbformat_minor >= 5 ? null : `${nbformat}.${nbformat_minor ?? 0}`;
}

/** A failed run must not show what an earlier one found. */
function withoutRun(notebook: Notebook): Notebook {
  const clear = (cell: CodeCell): CodeCell => {
    const { boathouse: _, execution: __, papermill: ___, ...metadata } = cell.metadata;
    return { ...cell, metadata, outputs: [], execution_count: null };
  };
  const { boathouse: _, ...others } = notebook.metadata;
  const settings = notebookSettings(notebook);
  const metadata = Object.keys(settings).length > 0 ? { ...others, boathouse: settings } : others;
  return { ...notebook, metadata, cells: notebook.cells.map((cell) => isCode(cell) ? clear(cell) : cell) };
}

function statusOf(reports: readonly CellReport[]): "ok" | "error" {
  return reports.some(({ status }) => status === "error" || status === "skipped") ? "error" : "ok";
}
