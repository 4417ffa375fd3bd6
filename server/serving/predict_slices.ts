import { StepFailure } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { Model } from "../../lib/models/mod.ts";

/** Values of each column, all of one length. */
export type ModelColumns = Record<string, Json[]>;

/** The runtime computes on the thread that answers all requests: longest that one piece of work should hold it. */
const SLICE_MS = 5;
const FIRST_ROWS = 64;
const MOST_ROWS = 4_096;

/**
 * Answers rows by a model, some at a time, so that other requests are answered between them. Rows are independent.
 *
 * @param model a loaded model
 * @param columns values by column
 * @param count number of rows
 * @param budgetMs milliseconds that it may take; looked at between slices
 * @returns an answer per row
 * @throws {StepFailure} when the time is over, or an answer has a number that is not finite
 * @throws {TypeError} when the model refuses a row
 */
export async function predictSlices(
  model: Pick<Model<Json>, "name" | "version" | "predict">,
  columns: ModelColumns,
  count: number,
  budgetMs: number,
): Promise<Json[]> {
  const start = performance.now();
  const values: Json[] = [];
  let rows = FIRST_ROWS;
  while (values.length < count) {
    const began = performance.now();
    if (began - start >= budgetMs) throw late(budgetMs);
    values.push(...await model.predict(sliceOf(columns, values.length, values.length + rows)));
    const tookMs = Math.max(performance.now() - began, SLICE_MS / 8);
    rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(rows * SLICE_MS / tookMs)));
  }
  if (performance.now() - start > budgetMs) throw late(budgetMs);
  const odd = values.findIndex((value) => !isFinite(value));
  if (odd < 0) return values;
  const label = `${model.name}@${model.version}`;
  throw new StepFailure("error", `model "${label}" answered row ${odd} with a number that is not finite`, []);
}

function isFinite(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isFinite);
}

function sliceOf(columns: ModelColumns, from: number, to: number): ModelColumns {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)]));
}

function late(budgetMs: number): StepFailure {
  return new StepFailure("timeout", `no answer within ${budgetMs} ms`, []);
}
