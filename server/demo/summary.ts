import type { Lake } from "../../lib/lake/mod.ts";
import type { Asked } from "./traffic.ts";

/** Errors of one variant's answers, by the labels that came true. */
export interface Quality {
  /** Root mean square error, minutes. */
  rmse: number;
  /** Mean absolute error, minutes. */
  mae: number;
  /** Number of labelled answers. */
  n: number;
}

/** What the demo did, in numbers. */
export interface Summary {
  /** Records on topic flights. */
  busRows: number;
  /** Rows of table flights. */
  lakeRows: number;
  /** Notebooks that ran, by file. */
  notebooks: { file: string; cells: number; findings: number; seconds: number }[];
  /** Functions that were promoted. */
  functions: { name: string; hash: string }[];
  /** Requests sent to the endpoint. */
  requests: number;
  /** Requests that got no answer. */
  errors: number;
  /** Requests per second that were answered. */
  rate: number;
  /** Latency of a request from the moment it was due, milliseconds. */
  latencyMs: { p50: number; p99: number };
  /** Quality by variant, from the lake. */
  quality: Record<string, Quality>;
  /** Answers of a later step than the first. */
  fallbackAnswers: number;
  /** Share of the answers that came from a later step. */
  fallbackShare: number;
  /** Reports of this run, relative to the workbench. */
  reports: string[];
  /** Seconds per step. */
  steps: Record<string, number>;
  /** Seconds in all. */
  seconds: number;
}

/**
 * Quality by variant: decisions of the lake joined with their last label.
 *
 * @param lake lake that holds the run's events
 * @param sinceMicros bus time of the run's first decision, microseconds
 * @returns quality and the number of fallback answers
 */
export async function readQuality(
  lake: Lake,
  sinceMicros: number,
): Promise<{ quality: Record<string, Quality>; fallbackAnswers: number; decisions: number }> {
  const rows = (await lake.sql<{ variant: string; rmse: number; mae: number; n: number; fallbacks: number }>`
    WITH answers AS (
      SELECT decision, variant, status, CAST(output->>'$.minutes' AS DOUBLE) AS minutes
      FROM ${lake.table("inference")}
      WHERE endpoint = 'flight-delay' AND NOT shadow AND _bus_time >= make_timestamptz(${sinceMicros}::BIGINT)
    ), truth AS (
      SELECT decision, arg_max(CAST(value AS DOUBLE), "at") AS delay FROM ${lake.table("label")} GROUP BY decision
    )
    SELECT variant, sqrt(avg((minutes - delay) ** 2)) AS rmse, avg(abs(minutes - delay)) AS mae, count(delay) AS n,
      count(*) FILTER (status = 'fallback') AS fallbacks
    FROM answers LEFT JOIN truth USING (decision) GROUP BY variant ORDER BY variant`).rows();
  return {
    quality: Object.fromEntries(rows.map(({ variant, rmse, mae, n }) => [variant, { rmse, mae, n }])),
    fallbackAnswers: rows.reduce((sum, row) => sum + row.fallbacks, 0),
    decisions: rows.reduce((sum, row) => sum + row.n, 0),
  };
}

/**
 * Latency quantiles and errors of the traffic.
 *
 * @param asked one entry per request
 * @returns milliseconds and counts
 */
export function readTraffic(asked: readonly Asked[]): { errors: number; latencyMs: { p50: number; p99: number } } {
  const sorted = asked.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? NaN) * 100) / 100;
  return {
    errors: asked.filter(({ decision }) => decision === null).length,
    latencyMs: { p50: at(0.5), p99: at(0.99) },
  };
}

/**
 * The summary as a table for a terminal.
 *
 * @param summary what the demo did
 * @returns lines
 */
export function summaryText(summary: Summary): string {
  const count = (value: number) => value.toLocaleString("en-US");
  const lines: [string, string][] = [
    ["flights on the bus", count(summary.busRows)],
    ["flights in the lake", `${count(summary.lakeRows)}${summary.busRows === summary.lakeRows ? ", all of them" : ""}`],
    ...summary.notebooks.map(({ file, cells, findings, seconds }): [string, string] => [
      `notebook ${file.split("/").at(-1)}`,
      `${cells} cells, ${findings} findings, ${seconds.toFixed(1)} s`,
    ]),
    ["promoted", summary.functions.map(({ name, hash }) => `${name}@${hash.slice(0, 12)}`).join(", ")],
    ["requests", `${count(summary.requests)} at ${summary.rate.toFixed(0)}/s, ${count(summary.errors)} errors`],
    ["latency", `p50 ${summary.latencyMs.p50} ms, p99 ${summary.latencyMs.p99} ms`],
    ["answered by a fallback", `${count(summary.fallbackAnswers)} (${(100 * summary.fallbackShare).toFixed(1)} %)`],
    ...Object.entries(summary.quality).map(([variant, { rmse, mae, n }]): [string, string] => [
      `quality of ${variant}`,
      `RMSE ${rmse.toFixed(2)} min, MAE ${mae.toFixed(2)} min, ${count(n)} flights`,
    ]),
    ...Object.entries(summary.steps).map((
      [name, seconds],
    ): [string, string] => [`  ${name}`, `${seconds.toFixed(1)} s`]),
    ["in all", `${summary.seconds.toFixed(1)} s`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
