import { z } from "zod";
import { type Calls, int64, NOTHING, pageOf, pages, pairsRecord, toPairs } from "./calls.ts";
import type { SearchOptions } from "./experiments.ts";
import { logBatch, type RunBatch } from "./log_batch.ts";

/** One value of a metric. */
export interface RegistryMetric {
  /** Name of the metric. */
  key: string;
  /** The value. */
  value: number;
  /** When it was logged, milliseconds since 1970. */
  timestamp: number;
  /** Place in the run; the highest is the latest. */
  step: number;
}

/** A run. */
export interface RegistryRun {
  /** Its head. */
  info: { run_id: string; experiment_id: string; status: string; artifact_uri: string };
  /** The latest value of each metric, parameters and tags. */
  data: { metrics: RegistryMetric[]; params: Record<string, string>; tags: Record<string, string> };
}

/** How a run stands. */
export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** Calls on runs. */
export interface RunCalls {
  /** Starts a run. */
  createRun(
    experimentId: string,
    run: { name: string; startMs: number; tags?: Readonly<Record<string, string>> },
  ): Promise<RegistryRun>;
  /** Reads a run. */
  getRun(runId: string): Promise<RegistryRun>;
  /** Changes status, end (milliseconds since 1970) or name of a run. */
  updateRun(runId: string, change: { status?: RunStatus; endMs?: number; name?: string }): Promise<void>;
  /** Ends a run. */
  endRun(runId: string, status: "FINISHED" | "FAILED" | "KILLED", endMs: number): Promise<void>;
  /** Finds runs of experiments, page after page. */
  searchRuns(experimentIds: readonly string[], options?: SearchOptions): AsyncIterable<RegistryRun>;
  /** Deletes a run; `restoreRun` brings it back. */
  deleteRun(runId: string): Promise<void>;
  /** Brings a deleted run back. */
  restoreRun(runId: string): Promise<void>;
  /** Tags a run. */
  setRunTag(runId: string, key: string, value: string): Promise<void>;
  /** Removes a tag of a run. */
  deleteRunTag(runId: string, key: string): Promise<void>;
  /** Reads all values of a metric, oldest first. */
  metricHistory(runId: string, key: string, options?: { pageRows?: number }): AsyncIterable<RegistryMetric>;
  /** Logs to a run, in as few calls as MLflow's limits allow; rejects with PartialBatchError when a later one fails. */
  logBatch(runId: string, batch: RunBatch): Promise<void>;
}

const METRIC: z.ZodType<RegistryMetric> = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string().transform(Number)]).default(0),
  timestamp: int64.default(0),
  step: int64.default(0),
});
const RUN: z.ZodType<RegistryRun> = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.coerce.string(),
    status: z.string(),
    artifact_uri: z.string().default(""),
  }),
  data: z.object({ metrics: z.array(METRIC).default([]), params: pairsRecord, tags: pairsRecord })
    .default({ metrics: [], params: {}, tags: {} }),
});
const FOUND = z.object({ run: RUN }).transform(({ run }) => run);
const RUNS = pageOf("runs", RUN);
const METRICS = pageOf("metrics", METRIC);
const PAGE_ROWS = 1000;

/**
 * Makes the calls on runs.
 *
 * @param calls where they go
 * @returns the calls
 */
export function runCalls(calls: Calls): RunCalls {
  const { call } = calls;
  const change = (path: string, parameters: Record<string, unknown>, isSafe = true) =>
    call("POST", `runs/${path}`, parameters, NOTHING, { isSafe });
  return {
    createRun: (experiment_id, { name, startMs, tags }) =>
      call("POST", "runs/create", { experiment_id, run_name: name, start_time: startMs, tags: toPairs(tags) }, FOUND),
    getRun: (run_id) => call("GET", "runs/get", { run_id }, FOUND),
    updateRun: (run_id, { status, endMs, name }) =>
      change("update", { run_id, status, end_time: endMs, run_name: name }),
    endRun: (run_id, status, end_time) => change("update", { run_id, status, end_time }),
    searchRuns: (experiment_ids, { filter, orderBy, viewType, pageRows = PAGE_ROWS } = {}) =>
      pages((page_token) => {
        const asked = { filter, order_by: orderBy, run_view_type: viewType, max_results: pageRows, page_token };
        return call("POST", "runs/search", { experiment_ids, ...asked }, RUNS, { isSafe: true });
      }),
    deleteRun: (run_id) => change("delete", { run_id }),
    restoreRun: (run_id) => change("restore", { run_id }),
    setRunTag: (run_id, key, value) => change("set-tag", { run_id, key, value }),
    deleteRunTag: (run_id, key) => change("delete-tag", { run_id, key }, false),
    metricHistory: (run_id, metric_key, { pageRows } = {}) =>
      pages((page_token) => {
        return call("GET", "metrics/get-history", { run_id, metric_key, max_results: pageRows, page_token }, METRICS);
      }),
    logBatch: (runId, batch) => logBatch(calls, runId, batch),
  };
}
