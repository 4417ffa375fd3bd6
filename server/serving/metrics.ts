const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** One answer as the metrics see it. */
export interface Observation {
  /** Name of the endpoint. */
  endpoint: string;
  /** Name of the variant. */
  variant: string;
  /** How the plan ended. */
  status: "ok" | "fallback" | "error";
  /** Milliseconds from the request's arrival to its answer. */
  ms: number;
}

/** A value of the moment. */
export interface Gauge {
  /** Name without prefix. */
  name: string;
  /** What it says. */
  help: string;
  /** Kind of value. */
  kind: "gauge" | "counter";
  /** The value. */
  value: number;
}

/** Counts of what a node answered. */
export interface Metrics {
  /** Counts one answer of a plan. */
  observe(observation: Observation): void;
  /** Counts one request that was refused before a plan ran. */
  refuse(endpoint: string, status: number): void;
  /** Writes all counts and the given values in the Prometheus text format. */
  text(gauges: Gauge[]): string;
}

interface Series {
  endpoint: string;
  variant: string;
  byStatus: Record<Observation["status"], number>;
  buckets: number[];
  sumMs: number;
}

/**
 * Makes empty counts.
 *
 * @returns the counts
 */
export function createMetrics(): Metrics {
  const series = new Map<string, Series>();
  const refused = new Map<string, { endpoint: string; status: number; count: number }>();
  return {
    observe({ endpoint, variant, status, ms }) {
      const key = `${endpoint} ${variant}`;
      let found = series.get(key);
      if (!found) series.set(key, found = emptySeries(endpoint, variant));
      found.byStatus[status]++;
      found.sumMs += ms;
      const bucket = BUCKETS_S.findIndex((bound) => ms <= bound * 1000);
      found.buckets[bucket < 0 ? BUCKETS_S.length : bucket]!++;
    },
    refuse(endpoint, status) {
      const key = `${endpoint} ${status}`;
      const found = refused.get(key) ?? { endpoint, status, count: 0 };
      refused.set(key, { ...found, count: found.count + 1 });
    },
    text: (gauges) =>
      [...seriesLines([...series.values()]), ...refusedLines([...refused.values()]), ...gaugeLines(gauges), ""].join(
        "\n",
      ),
  };
}

function emptySeries(endpoint: string, variant: string): Series {
  const buckets = new Array<number>(BUCKETS_S.length + 1).fill(0);
  return { endpoint, variant, byStatus: { ok: 0, fallback: 0, error: 0 }, buckets, sumMs: 0 };
}

function labels(pairs: Record<string, string | number>): string {
  const escape = (value: string | number) =>
    String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `{${Object.entries(pairs).map(([name, value]) => `${name}="${escape(value)}"`).join(",")}}`;
}

function seriesLines(all: Series[]): string[] {
  const requests = all.flatMap(({ endpoint, variant, byStatus }) =>
    Object.entries(byStatus).map(([status, count]) =>
      `boathouse_requests_total${labels({ endpoint, variant, status })} ${count}`
    )
  );
  return [
    "# HELP boathouse_requests_total Answers of a plan; status fallback = a later step answered, error = none did.",
    "# TYPE boathouse_requests_total counter",
    ...requests,
    "# HELP boathouse_request_seconds Time from a request's arrival to its answer.",
    "# TYPE boathouse_request_seconds histogram",
    ...all.flatMap(histogramLines),
  ];
}

function histogramLines({ endpoint, variant, buckets, sumMs }: Series): string[] {
  let total = 0;
  const lines = buckets.map((count, i) => {
    total += count;
    return `boathouse_request_seconds_bucket${labels({ endpoint, variant, le: BUCKETS_S[i] ?? "+Inf" })} ${total}`;
  });
  const who = labels({ endpoint, variant });
  return [
    ...lines,
    `boathouse_request_seconds_sum${who} ${sumMs / 1000}`,
    `boathouse_request_seconds_count${who} ${total}`,
  ];
}

function refusedLines(all: { endpoint: string; status: number; count: number }[]): string[] {
  return [
    "# HELP boathouse_refused_total Requests refused before a plan ran, by HTTP status.",
    "# TYPE boathouse_refused_total counter",
    ...all.map(({ endpoint, status, count }) => `boathouse_refused_total${labels({ endpoint, status })} ${count}`),
  ];
}

function gaugeLines(gauges: Gauge[]): string[] {
  return gauges.flatMap(({ name, help, kind, value }) => [
    `# HELP boathouse_${name} ${help}`,
    `# TYPE boathouse_${name} ${kind}`,
    `boathouse_${name} ${value}`,
  ]);
}
