import { z } from "zod";
import type { Database } from "./_database.ts";
import { findLoggedModel } from "./_logged_model_row.ts";
import { checkKey, checkLength } from "./_names.ts";
import { pageSize, readPage } from "./_page.ts";
import { integer, listed, maybeText, type Route, route, text } from "./_route.ts";
import { findRun } from "./_run_row.ts";
import { invalid, missing } from "../client/registry_error.ts";

/** Tag that is the run's name as well. */
export const NAME_TAG = "mlflow.runName";

const MAX_METRICS = 1000;
const MAX_PARAMS_OR_TAGS = 100;
const MAX_ENTITIES = 1000;
const MAX_PARAM_VALUE = 6000;
const MAX_TAG_VALUE = 8000;

interface Pair {
  key: string;
  value: string;
}

/** A number as protobuf's JSON writes it. */
const double = z.union([
  z.number(),
  z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number),
  z.string().regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i).transform(Number),
]);
const METRIC = {
  key: text,
  value: double,
  timestamp: integer,
  step: integer.nullish().transform((step) => step ?? 0),
  model_id: maybeText,
};
const PAIR = { key: text, value: maybeText };
const some = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform((found) => found ?? []);
const BATCH = {
  run_id: text,
  metrics: some(z.object(METRIC)),
  params: some(z.object(PAIR)),
  tags: some(z.object(PAIR)),
};

const LARGEST_PAGE = 1_000_000;
const HISTORY = {
  run_id: text,
  metric_key: text,
  max_results: integer.default(LARGEST_PAGE),
  page_token: maybeText,
};

type Metric = z.output<z.ZodObject<typeof METRIC>>;

/** Calls that log to a run. */
export const RUN_DATA_ROUTES: readonly Route[] = [
  route("POST", "runs/log-batch", BATCH, ({ db }, { run_id, metrics, params, tags }) => {
    checkBatch(metrics, params, tags);
    return db.transaction(() => {
      findRun(db, run_id);
      logParams(db, run_id, params);
      logMetrics(db, run_id, metrics);
      setRunTags(db, run_id, tags);
      return {};
    });
  }),
  route("POST", "runs/log-metric", { run_id: text, ...METRIC }, ({ db }, { run_id, ...metric }) => {
    checkKey("name", metric.key);
    findRun(db, run_id);
    logMetrics(db, run_id, [metric]);
    return {};
  }),
  route("POST", "runs/log-parameter", { run_id: text, ...PAIR }, ({ db }, { run_id, ...param }) => {
    checkPair("key", param, MAX_PARAM_VALUE);
    return db.transaction(() => {
      findRun(db, run_id);
      logParams(db, run_id, [param]);
      return {};
    });
  }),
  route("POST", "runs/set-tag", { run_id: text, ...PAIR }, ({ db }, { run_id, ...tag }) => {
    checkPair("key", tag, MAX_TAG_VALUE);
    findRun(db, run_id);
    setRunTags(db, run_id, [tag]);
    return {};
  }),
  route("POST", "runs/delete-tag", { run_id: text, key: text }, ({ db }, { run_id, key }) => {
    findRun(db, run_id);
    const removed = db.run("DELETE FROM run_tags WHERE run_id = ? AND key = ?", run_id, key);
    if (removed === 0) throw missing(`No tag with name: ${key} in run with id ${run_id}`);
    return {};
  }),
  route("GET", "metrics/get-history", HISTORY, ({ db }, { run_id, metric_key, max_results, page_token }) => {
    const sql = `SELECT key, iif(is_nan, 'NaN', value) AS value, timestamp, step FROM metrics
      WHERE run_id = ? AND key = ? ORDER BY timestamp, step, value LIMIT ? OFFSET ?`;
    const size = pageSize(max_results, LARGEST_PAGE);
    const read = (limit: number, offset: number) => db.all(sql, run_id, metric_key, limit, offset);
    const { rows, ...next } = readPage(page_token, size, read);
    return { ...listed("metrics", rows), ...next };
  }),
];

/**
 * Sets tags of a run, over older values.
 *
 * @param db the registry's tables
 * @param run id of a run that exists
 * @param tags the tags
 */
export function setRunTags(db: Database, run: string, tags: readonly Pair[]): void {
  for (const { key, value } of tags) {
    db.run("INSERT OR REPLACE INTO run_tags VALUES (?, ?, ?)", run, key, value);
    if (key === NAME_TAG) db.run("UPDATE runs SET run_name = ? WHERE run_id = ?", value, run);
  }
}

function checkBatch(metrics: Metric[], params: Pair[], tags: Pair[]): void {
  checkCount("metrics", MAX_METRICS, metrics.length);
  checkCount("params", MAX_PARAMS_OR_TAGS, params.length);
  checkCount("tags", MAX_PARAMS_OR_TAGS, tags.length);
  checkCount("metrics, params, and tags", MAX_ENTITIES, metrics.length + params.length + tags.length);
  metrics.forEach(({ key }, index) => checkKey(`metrics[${index}].name`, key));
  params.forEach((param, index) => checkPair(`params[${index}].key`, param, MAX_PARAM_VALUE));
  tags.forEach((tag, index) => checkPair(`tags[${index}].key`, tag, MAX_TAG_VALUE));
  const repeated = params.map(({ key }) => key).filter((key, index, keys) => keys.indexOf(key) !== index);
  if (repeated.length === 0) return;
  throw invalid(
    `Duplicate parameter keys have been submitted: ['${repeated.join("', '")}']. ` +
      `Please ensure the request contains only one param value per param key.`,
  );
}

function checkCount(what: string, limit: number, found: number): void {
  if (found <= limit) return;
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${found} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  );
}

function checkPair(parameter: string, { key, value }: Pair, limit: number): void {
  checkKey(parameter, key);
  checkLength(`value of ${key}`, value, limit);
}

function logParams(db: Database, run: string, params: readonly Pair[]): void {
  for (const { key, value } of params) {
    const old = db.get<{ value: string }>("SELECT value FROM params WHERE run_id = ? AND key = ?", run, key);
    if (old && old.value !== value) {
      throw invalid(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old.value}' ` +
          `for run ID='${run}'. Attempted logging new value '${value}'.`,
      );
    }
    if (!old) db.run("INSERT INTO params VALUES (?, ?, ?)", run, key, value);
  }
}

function logMetrics(db: Database, run: string, metrics: readonly Metric[]): void {
  for (const { key, value, timestamp, step, model_id } of metrics) {
    const isNaN = Number.isNaN(value);
    const finite = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, isNaN ? 0 : value));
    const sql = "INSERT OR IGNORE INTO metrics VALUES (?, ?, ?, ?, ?, ?)";
    db.run(sql, run, key, step, timestamp, isNaN ? 1 : 0, finite);
    if (model_id === "") continue;
    findLoggedModel(db, model_id);
    const ofModel = "INSERT OR REPLACE INTO logged_model_metrics VALUES (?, ?, ?, ?, ?, ?, ?)";
    db.run(ofModel, model_id, key, step, timestamp, run, isNaN ? 1 : 0, finite);
  }
}
