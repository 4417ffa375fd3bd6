import { type Calls, NOTHING, toPairs } from "./calls.ts";
import { RegistryError } from "./registry_error.ts";
import type { RegistryMetric } from "./runs.ts";

/** What is logged to a run at once. */
export interface RunBatch {
  /** Values of metrics. */
  metrics?: readonly RegistryMetric[];
  /** Parameters, which never change once logged. */
  params?: Readonly<Record<string, string>>;
  /** Tags. */
  tags?: Readonly<Record<string, string>>;
}

/** A batch that was logged in part: what MLflow's limits parted may be refused in the middle. */
export class PartialBatchError extends RegistryError {
  /** Parts that were written. */
  readonly written: readonly RunBatch[];
  /** Parts that were not; the first is the one that was refused. */
  readonly unwritten: readonly RunBatch[];

  /**
   * Makes the error.
   *
   * @param cause why a part was refused
   * @param written parts that were written
   * @param unwritten parts that were not
   */
  constructor(cause: RegistryError, written: readonly RunBatch[], unwritten: readonly RunBatch[]) {
    const all = written.length + unwritten.length;
    super(
      cause.code,
      `Cannot log the batch whole as part ${written.length + 1} of ${all} was refused, after ${counts(written)} ` +
        `had been written: ${cause.message}`,
      { cause },
    );
    this.name = "PartialBatchError";
    this.written = written;
    this.unwritten = unwritten;
  }
}

/** MLflow's limits of one call (mlflow/utils/validation.py); the bytes leave room for the run's id. */
const MAX = { metrics: 1000, params: 100, tags: 100, together: 1000, bytes: 1_000_000 - 200 };

/**
 * Logs to a run in as few calls as MLflow's limits allow. Each call is repeated where the connection breaks: the same
 * value of a metric, at the same step and time, is kept once.
 *
 * @param calls where they go
 * @param runId id of the run
 * @param batch metrics, parameters and tags
 * @throws {PartialBatchError} when a later part is refused
 * @throws {RegistryError} when the first part is refused
 */
export async function logBatch({ call }: Calls, runId: string, batch: RunBatch): Promise<void> {
  const parts = splitBatch(batch);
  for (const [i, { metrics = [], params, tags }] of parts.entries()) {
    try {
      const body = { run_id: runId, metrics: metrics.map(metricMessage), params: toPairs(params), tags: toPairs(tags) };
      await call("POST", "runs/log-batch", body, NOTHING, { isSafe: true });
    } catch (error) {
      if (i === 0 || !(error instanceof RegistryError)) throw error;
      throw new PartialBatchError(error, parts.slice(0, i), parts.slice(i));
    }
  }
}

/**
 * Splits a batch by MLflow's limits: 1,000 metrics, 100 parameters, 100 tags, 1,000 together, 1 MB.
 *
 * @param batch the batch
 * @returns its parts; none of an empty batch
 */
export function splitBatch({ metrics = [], params = {}, tags = {} }: RunBatch): RunBatch[] {
  const parts: { metrics: RegistryMetric[]; params: Record<string, string>; tags: Record<string, string> }[] = [];
  let counts = { metrics: 0, params: 0, tags: 0 }, bytes = 0;
  const open = (kind: keyof typeof counts, size: number) => {
    const together = counts.metrics + counts.params + counts.tags;
    const isFull = counts[kind] === MAX[kind] || together === MAX.together || bytes + size > MAX.bytes;
    if (parts.length === 0 || isFull) {
      parts.push({ metrics: [], params: {}, tags: {} });
      counts = { metrics: 0, params: 0, tags: 0 };
      bytes = 0;
    }
    counts[kind]++;
    bytes += size;
    return parts.at(-1)!;
  };
  for (const [key, value] of Object.entries(params)) open("params", sizeOf({ key, value })).params[key] = value;
  for (const [key, value] of Object.entries(tags)) open("tags", sizeOf({ key, value })).tags[key] = value;
  for (const metric of metrics) open("metrics", sizeOf(metricMessage(metric))).metrics.push(metric);
  return parts;
}

/** JSON has no NaN: protobuf writes it as text. */
function metricMessage({ key, value, timestamp, step }: RegistryMetric): Record<string, unknown> {
  return { key, value: Number.isFinite(value) ? value : String(value), timestamp, step };
}

function sizeOf(message: unknown): number {
  return new TextEncoder().encode(JSON.stringify(message)).length + 1;
}

function counts(parts: readonly RunBatch[]): string {
  const sum = (count: (part: RunBatch) => number) => parts.reduce((total, part) => total + count(part), 0);
  const params = sum(({ params = {} }) => Object.keys(params).length);
  const tags = sum(({ tags = {} }) => Object.keys(tags).length);
  return `${sum(({ metrics = [] }) => metrics.length)} metrics, ${params} parameters and ${tags} tags`;
}
