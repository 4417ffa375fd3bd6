import type { InputRead } from "../lake/mod.ts";
import { VS_BASELINE } from "./judge.ts";
import {
  judgeVersion,
  type RecordedVerdict,
  type RecordOptions,
  recordVerdict,
  standingVerdict,
} from "./record_verdict.ts";

/** The run of an evaluation's notebook. */
export interface EvaluationRun {
  /** Id of the run. */
  run: string;
  /** What it read. */
  inputs: readonly InputRead[];
}

/** What is evaluated, and how. */
export interface EvaluateOptions extends Omit<RecordOptions, "run" | "inputs" | "sinceMs"> {
  /**
   * Runs the evaluation notebook, which logs its metrics, and those of the champion on the same rows, by
   * `models.logMetrics`. Rejects when a cell fails; then there is no verdict.
   */
  runNotebook(parameters: { model: string; version: string }): Promise<EvaluationRun>;
  /** Runs it for its results alone: no verdict is recorded, and one that stands changes nothing. */
  adHoc?: boolean;
}

/** What came of it. */
export interface EvaluatedVersion extends Omit<RecordedVerdict, "event"> {
  /** Name of the model. */
  model: string;
  /** Number of the version. */
  version: string;
}

/**
 * Evaluates one version: runs the notebook and records the verdict, unless the version has one. A run that failed or
 * was cut short leaves none, and the next call begins anew. Several at once may run the notebook more than once; the
 * verdict of one stands for all.
 *
 * @param options version, bounds, notebook
 * @returns the verdict that stands, or would
 * @throws {RegistryError} when there is no such version
 * @throws {Error} when a cell of the notebook fails (with what to log, where a baseline may be what it lacks), the content is not what was logged, or a stored verdict cannot be
 * trusted
 */
export async function evaluateVersion(options: EvaluateOptions): Promise<EvaluatedVersion> {
  const { models, thresholds, adHoc = false, runNotebook } = options;
  const { name, version, digest } = await models.load(options.model);
  const named = { model: name, version };
  const standing = adHoc ? null : await standingVerdict({ ...options, model: { name, version, digest } });
  if (standing) return { ...named, ...withoutEvent(standing) };
  const sinceMs = Date.now();
  const run = await runNotebook(named).catch((cause: Error) => explainFailure(options, cause));
  if (adHoc) {
    const { verdict, failed, checks } = await judgeVersion(models, { name, version }, { thresholds, sinceMs });
    return { ...named, verdict, failed, checks, isNew: true };
  }
  return { ...named, ...withoutEvent(await recordVerdict({ ...options, ...run, sinceMs })) };
}

/** A notebook that finds no training mean fails somewhere later, and says nothing of it. */
async function explainFailure({ models, model, thresholds }: EvaluateOptions, cause: Error): Promise<never> {
  const judgedBy = Object.keys(thresholds).filter((name) => name.endsWith(VS_BASELINE));
  if (judgedBy.length === 0 || Object.keys((await models.get(model)).reference).length > 0) throw cause;
  throw new Error(
    `${cause.message}; "${model}" is judged by ${
      judgedBy.join(", ")
    } but was logged without reference, the numbers of ` +
      "its training rows that baselines are made of: log it with models.log(name, { …, reference: { meanTarget } }), " +
      'or from Python with metadata={"boathouse": {"reference": {"meanTarget": …}}}',
    { cause },
  );
}

function withoutEvent({ event: _, ...verdict }: RecordedVerdict): Omit<RecordedVerdict, "event"> {
  return verdict;
}
