import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("createMetrics() counts answers, refusals and latency", () => {
  const metrics = createMetrics();
  const at = { endpoint: "e", variant: "control" };
  metrics.observe({ ...at, status: "ok", ms: 0.5 });
  metrics.observe({ ...at, status: "ok", ms: 1 });
  metrics.observe({ ...at, status: "fallback", ms: 40 });
  metrics.observe({ ...at, status: "error", ms: 9999 });
  metrics.refuse("e", 422);
  metrics.refuse("e", 422);
  const lines = metrics.text([{ name: "in_flight", help: "Now.", kind: "gauge", value: 3 }]).split("\n");
  for (
    const line of [
      'boathouse_requests_total{endpoint="e",variant="control",status="ok"} 2',
      'boathouse_requests_total{endpoint="e",variant="control",status="fallback"} 1',
      'boathouse_requests_total{endpoint="e",variant="control",status="error"} 1',
      'boathouse_request_seconds_bucket{endpoint="e",variant="control",le="0.001"} 2',
      'boathouse_request_seconds_bucket{endpoint="e",variant="control",le="0.05"} 3',
      'boathouse_request_seconds_bucket{endpoint="e",variant="control",le="+Inf"} 4',
      'boathouse_request_seconds_sum{endpoint="e",variant="control"} 10.0405',
      'boathouse_request_seconds_count{endpoint="e",variant="control"} 4',
      'boathouse_refused_total{endpoint="e",status="422"} 2',
      "# TYPE boathouse_in_flight gauge",
      "boathouse_in_flight 3",
    ]
  ) expect(lines).toContain(line);
  expect(lines.at(-1)).toBe("");
});

test("createMetrics() escapes label values", () => {
  const metrics = createMetrics();
  metrics.refuse('a"b\\c\nd', 404);
  expect(metrics.text([])).toContain('boathouse_refused_total{endpoint="a\\"b\\\\c\\nd",status="404"} 1');
});
