import { expect, test } from "vitest";
import { compileSchema, createEvent, RESERVED_TOPICS, signEvent, STANDARD_EVENTS } from "./mod.ts";

const FLIGHT = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  required: ["origin"],
  additionalProperties: false,
  properties: {
    origin: { type: "string", minLength: 3 },
    delay: { type: ["integer", "null"], maximum: 1440 },
    date: { type: "string", format: "date-time" },
    "a/b~c": { enum: [1, 2] },
    kind: { const: "jet" },
    legs: { type: "array", items: { type: "object", required: ["to"] } },
  },
};

test.each([
  [{ origin: "ORD" }, null],
  [{ origin: "ORD", delay: null, date: "2001-05-31T12:00:00Z" }, null],
  [{ origin: "ORD", delay: "12a" }, '/delay must be integer,null: got "12a"'],
  [{ origin: "ORD", delay: 1441 }, "/delay must be <= 1440: got 1441"],
  [{ origin: "OR" }, '/origin must NOT have fewer than 3 characters: got "OR"'],
  [{}, "/origin must be there: got nothing"],
  [{ origin: "ORD", date: "31 May" }, '/date must match format "date-time": got "31 May"'],
  [{ origin: "ORD", "a/b~c": 3 }, "/a~1b~0c must be one of [1,2]: got 3"],
  [{ origin: "ORD", kind: "prop" }, '/kind must be "jet": got "prop"'],
  [{ origin: "ORD", other: 1 }, "/other must not be there"],
  [{ origin: "ORD", legs: [{ to: 1 }, {}] }, "/legs/1/to must be there: got nothing"],
  [7, "the value must be object: got 7"],
  [undefined, "the value must be object: got undefined"],
  [{ origin: "ORD", delay: "x".repeat(200) }, `/delay must be integer,null: got "${"x".repeat(119)}…`],
])("compileSchema() answers for %j", (value, reason) => {
  expect(compileSchema(FLIGHT)(value)).toBe(reason);
});

test("compileSchema() is not fooled by inherited properties", () => {
  const check = compileSchema({ type: "object", required: ["constructor"] });
  expect(check({})).toBe("/constructor must be there: got nothing");
});

test.each([
  [{ type: "whole" }, "type must be equal to one of the allowed values"],
  [{ $ref: "https://example.org/other.json" }, "can't resolve reference https://example.org/other.json"],
  [{ $schema: "http://json-schema.org/draft-07/schema#" }, "no schema with key or ref"],
  [{ $async: true }, "must not be asynchronous"],
])("compileSchema() refuses %j", (schema, message) => {
  expect(() => compileSchema(schema)).toThrow(SyntaxError);
  expect(() => compileSchema(schema)).toThrow(message);
});

test("STANDARD_EVENTS has the eleven kinds, the reserved ones signed", () => {
  expect(Object.keys(STANDARD_EVENTS).sort()).toEqual(
    ["alert", "control", "evaluation", "exposure", "gap", "health", "inference", "label", "metric", "model", "run"],
  );
  for (const [name, kind] of Object.entries(STANDARD_EVENTS)) {
    expect(kind).toMatchObject({ name, type: `boathouse.${name}.v1`, topic: name });
    const required = kind.schema.required as string[];
    expect(required.includes("signature")).toBe(RESERVED_TOPICS.includes(name));
  }
});

const TIME = "2001-05-31T12:00:00.000000Z";
const DIGEST = "a".repeat(64);
const SAMPLES: Record<string, Record<string, unknown>> = {
  inference: {
    decision: "d1",
    endpoint: "flight-delay",
    configOffset: 3,
    variant: "control",
    input: { hour: 1 },
    output: { minutes: 2 },
    status: "ok",
    models: { delay: "1#abc" },
    now: 1,
    seed: "s",
    latencyMs: 1.5,
    queueMs: 0,
    shadow: false,
    path: [{
      step: "0",
      function: "predictDelay@ab",
      outcome: "ok",
      ms: 1,
      calls: [{ kind: "model", name: "delay", ms: 1, reply: [2] }],
    }],
  },
  label: { decision: "d1", value: { minutes: 3 }, at: TIME },
  exposure: { decision: "d1", endpoint: "e", experiment: "x", revision: "r", variant: "v", unit: "u", fallback: false },
  metric: { name: "n", value: 1, unit: "min", kind: "gauge", start: TIME, end: TIME, labels: {} },
  health: {
    node: "n",
    role: "serving",
    version: "1",
    uptimeS: 1,
    controlOffset: 0,
    ready: true,
    degraded: false,
    inFlight: 0,
    rssBytes: 1,
    spillBytes: 0,
    dropped: 0,
    diskFreeBytes: 1,
  },
  model: { model: "m", version: "1", digest: DIGEST, action: "created", by: "me" },
  evaluation: {
    model: "m",
    version: "1",
    digest: DIGEST,
    notebook: "n",
    run: "r",
    inputs: [],
    thresholds: {},
    verdict: "pass",
    failed: [],
    metrics: { rmse: { value: 1, low: 0, high: 2, n: 3 } },
  },
  run: {
    eventType: "COMPLETE",
    eventTime: TIME,
    producer: "https://boathouse",
    schemaURL: "https://openlineage.io/spec/2-0-2/OpenLineage.json",
    run: { runId: "1" },
    job: { namespace: "boathouse", name: "flights/1_explore.ipynb" },
    inputs: [{ namespace: "boathouse", name: "flights", inputFacets: { boathouse_read: { ends: { 0: 5 } } } }],
  },
  control: {
    op: "activate",
    target: "flight-delay",
    revision: "r",
    expected: null,
    rule: 1,
    spec: DIGEST,
    by: "me",
    why: "go",
  },
  alert: {
    alert: "a",
    rule: "r",
    state: "firing",
    severity: "page",
    owner: "o",
    businessCase: "b",
    tasks: [],
    runbook: "",
    value: 1,
    threshold: 0,
    since: TIME,
    query: "",
  },
  gap: { topic: "flights", incarnation: "i", partition: 0, from: 0, to: 5, reason: "retention" },
};

test.each(Object.keys(STANDARD_EVENTS))("the schema of %s takes a sample, and misses what it requires", (name) => {
  const kind = STANDARD_EVENTS[name]!;
  const check = compileSchema(kind.schema);
  const data = signEvent(createEvent({ type: kind.type, source: "/test", data: SAMPLES[name]! }), "k").data;
  expect(check(data)).toBe(null);
  for (const property of kind.schema.required as string[]) {
    const { [property]: _, ...rest } = data as Record<string, unknown>;
    expect(check(rest)).toBe(`/${property} must be there: got nothing`);
  }
});
