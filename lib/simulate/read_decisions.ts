import type { Json } from "../events/mod.ts";
import { hasTable, type Lake } from "../lake/mod.ts";
import type { RecordedDecision, RecordedFetch } from "./recorded_decision.ts";

/** Which decisions are read. */
export interface DecisionQuestion {
  /** Name of the endpoint. */
  endpoint: string;
  /** First moment that counts; all of it by default. */
  from?: Date | undefined;
  /** First moment that does not count any more. */
  to?: Date | undefined;
  /** About how many decisions at most. */
  sample: number;
}

/** Decisions of the past, all or a sample. */
export interface FoundDecisions {
  /** The decisions, by id. */
  decisions: RecordedDecision[];
  /** How many there are. */
  total: number;
  /** Strata of the sample, variant by day; each gives its share. */
  strata: number;
  /** Days of the first and the last one, `2001-05-01`; null where there is none. */
  days: [first: string, last: string] | null;
  /** How many of all a fallback answered, and how many nothing did, when they were made. */
  then: { fallbacks: number; errors: number };
}

const DECIDED = `decided AS MATERIALIZED (
  SELECT decision, _event_time AS decided_at, status, variant, day, input, now, seed, _raw,
    list_filter(path, lambda step: len(list_filter(coalesce(step.calls, []), lambda call: call.kind = 'fetch')) > 0) AS path
  FROM inference
  WHERE endpoint = $1 AND NOT shadow AND _event_time >= $2::TIMESTAMPTZ AND _event_time < $3::TIMESTAMPTZ)`;
// The order by digest is a draw that repeats itself; a stratum gives one decision at least.
const DRAWN = `strata AS (SELECT variant, day, count(*) AS n FROM decided GROUP BY ALL),
drawn AS (SELECT decided.*, n, row_number() OVER (PARTITION BY variant, day ORDER BY md5(decision), decision) AS place
  FROM decided JOIN strata USING (variant, day)),
sample AS (SELECT * FROM drawn
  WHERE place <= greatest(1, round(n * least(1, $4::DOUBLE / (SELECT count(*) FROM decided)))))`;
const LABELS = `labelled AS (
  SELECT sample.decision, coalesce(name, 'value') AS name, arg_max(value, ("at", label._offset)) AS value
  FROM label JOIN sample ON label.decision = sample.decision WHERE "at" >= decided_at GROUP BY ALL),
truth AS (SELECT decision, json_group_object(name, value::JSON)::VARCHAR AS labels FROM labelled GROUP BY decision)`;

interface DecisionRow {
  decision: string;
  input: string | null;
  now: number | bigint;
  seed: string;
  path: string | null;
  raw: string | null;
  labels: string | null;
}

/**
 * Reads an endpoint's decisions from the lake, with their labels. Where there are more than asked for, variants and days
 * give their shares, drawn by digest, so that the same is read again.
 *
 * @param lake the lake
 * @param question endpoint, time, how many
 * @returns the decisions; none where the endpoint has no history
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { readDecisions } from "./read_decisions.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * const { total } = await readDecisions(lake, { endpoint: "flight-delay", sample: 10 });
 * if (total !== 0) throw new Error("unexpected");
 * ```
 */
export async function readDecisions(
  lake: Lake,
  { endpoint, from = new Date(0), to = new Date(Date.UTC(9999, 0)), sample }: DecisionQuestion,
): Promise<FoundDecisions> {
  if (!await hasTable(lake, "inference")) {
    return { decisions: [], total: 0, strata: 0, days: null, then: { fallbacks: 0, errors: 0 } };
  }
  const params = [endpoint, from.toISOString(), to.toISOString()];
  const counts = `WITH ${DECIDED} SELECT count(*)::DOUBLE AS total, count(DISTINCT (variant, day))::DOUBLE AS strata,
    min(day)::VARCHAR AS first, max(day)::VARCHAR AS last,
    count(*) FILTER (status = 'fallback')::DOUBLE AS fallbacks, count(*) FILTER (status = 'error')::DOUBLE AS errors
    FROM decided`;
  type Numbers = Record<"total" | "strata" | "fallbacks" | "errors", number>;
  type Counts = Numbers & { first: string | null; last: string | null };
  const [{ total, strata, first, last, fallbacks, errors }] = (await lake.query<Counts>(counts, params)).rows() as [
    Counts,
  ];
  const hasLabels = await hasTable(lake, "label");
  const query = `WITH ${DECIDED}, ${DRAWN}${hasLabels ? `, ${LABELS}` : ""}
    SELECT sample.decision, input, now, seed, to_json(path)::VARCHAR AS path, decode(_raw) AS raw,
      ${hasLabels ? "labels" : "NULL AS labels"}
    FROM sample ${hasLabels ? "LEFT JOIN truth ON truth.decision = sample.decision" : ""} ORDER BY sample.decision`;
  const rows = total === 0 ? [] : (await lake.query<DecisionRow>(query, [...params, sample])).rows();
  return {
    decisions: rows.map(decisionOf),
    total,
    strata,
    days: first && last ? [first, last] : null,
    then: { fallbacks, errors },
  };
}

interface Step {
  function?: string | null;
  calls?: { kind: string; name: string; reply?: unknown; error?: string | null }[] | null;
}

/** The event's own bytes stand where columns would have lost a digit; elsewhere open shapes are JSON text. */
function decisionOf({ decision, input, now, seed, path, raw, labels }: DecisionRow): RecordedDecision {
  const { data } = (raw === null ? { data: null } : JSON.parse(raw)) as { data: { input: Json; path: Step[] } | null };
  const steps = data === null ? JSON.parse(path ?? "[]") as Step[] : data.path;
  return {
    id: decision,
    input: data === null ? (input === null ? null : JSON.parse(input)) : data.input,
    nowMs: Number(now),
    seed,
    fetches: steps.flatMap((step) => fetchesOf(step, data === null)),
    labels: labels === null ? {} : JSON.parse(labels),
  };
}

function fetchesOf({ function: name, calls }: Step, isText: boolean): RecordedFetch[] {
  return (calls ?? []).filter(({ kind }) => kind === "fetch").map(({ name: host, reply, error }) => ({
    function: (name ?? "").split("@")[0]!,
    name: host,
    ...(reply === null || reply === undefined ? {} : { reply: (isText ? JSON.parse(reply as string) : reply) as Json }),
    ...(error === null || error === undefined ? {} : { error }),
  }));
}
