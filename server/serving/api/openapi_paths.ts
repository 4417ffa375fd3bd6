import type { CallFacts, EndpointFacts, Schema } from "./api_facts.ts";
import { functionPart, ref, refusals } from "./openapi_parts.ts";

type Paths = Record<string, Schema>;

const number: Schema = { type: "number", exclusiveMinimum: 0 };
const TRACE = header("traceparent", "W3C trace context, kept with the decision; malformed ones are ignored", {
  type: "string",
});
const CALL = [
  header("Boathouse-Budget-Ms", "Milliseconds that the answer may take; never more than the endpoint's own", number),
  TRACE,
];
const ENDPOINT_CALL = [
  header("Idempotency-Key", "The same key gives the same decision, for ten minutes", {
    type: "string",
    minLength: 1,
    maxLength: 255,
  }),
  header("Boathouse-Min-Config-Offset", "503 where the node is behind this offset of topic control", {
    type: "integer",
    minimum: 0,
  }),
  ...CALL,
];
const SENT = refusals("Problem", 408, 413, 415, 422);

/**
 * Writes the paths of an endpoint.
 *
 * @param facts the endpoint
 * @returns path items by path
 */
export function endpointPaths(facts: EndpointFacts): Paths {
  const { name, businessCase, owner, contract, budgetMs } = facts;
  const tags = ["endpoints"];
  const about = `Contract ${contract}; answers within ${budgetMs} ms; ${owner} answers for it. ${businessCase}`;
  return {
    [`/v1/endpoints/${name}`]: {
      get: operation(`show ${name}`, tags, {
        summary: `The active revision of endpoint ${name}`,
        responses: { ...ok({ type: "object" }), ...refusals("Problem", 404) },
      }),
      post: operation(`ask ${name}`, tags, {
        summary: `Ask endpoint ${name}`,
        description: about,
        parameters: ENDPOINT_CALL,
        requestBody: jsonBody(ref(`${name}.input`), examplesOf(facts)),
        responses: { ...answered(ref(`${name}.answer`)), ...refusals("Problem", 404), ...SENT },
      }),
    },
    [`/v1/endpoints/${name}/batch`]: {
      post: operation(`ask ${name} in batch`, tags, {
        summary: `Ask endpoint ${name} for up to 1,000 inputs, each decided for itself`,
        description: about,
        parameters: ENDPOINT_CALL,
        requestBody: jsonBody({ type: "array", maxItems: 1000, items: ref(`${name}.input`) }),
        responses: { ...answered(ref(`${name}.results`)), ...refusals("Problem", 404), ...SENT },
      }),
    },
    [`/v1/endpoints/${name}/client.ts`]: {
      get: operation(`client of ${name}`, tags, {
        summary: `A client of endpoint ${name}: one file of TypeScript without dependencies`,
        responses: {
          200: { description: "The file", content: { "application/typescript": { schema: { type: "string" } } } },
          ...refusals("Problem", 404),
        },
      }),
    },
  };
}

/**
 * Writes the path of a function for trying.
 *
 * @param facts the function
 * @returns path items by path
 */
export function functionPaths(facts: CallFacts): Paths {
  const { name, version } = facts;
  return {
    [`/v1/functions/${name}`]: {
      post: operation(`try ${name}`, ["functions"], {
        summary: `Try function ${name}, its newest version`,
        description: `Now version ${version}; ${name}@HASH names any other. No assignment, no fallback.`,
        parameters: CALL,
        requestBody: jsonBody(ref(`${functionPart(name)}.input`), examplesOf(facts)),
        responses: { ...answered(ref(`${functionPart(name)}.answer`)), ...refusals("Problem", 404), ...SENT },
      }),
    },
  };
}

/**
 * Writes the paths of a promoted model.
 *
 * @param name name of the model
 * @returns path items by path
 */
export function modelPaths(name: string): Paths {
  const tags = ["models"], refused = refusals("OipError", 404);
  const at = `/v2/models/${encodeURIComponent(name)}`;
  return {
    [at]: {
      get: operation(`describe model ${name}`, tags, {
        summary: `What model ${name} takes and gives`,
        responses: { ...ok({ type: "object" }), ...refused },
      }),
    },
    [`${at}/ready`]: {
      get: operation(`is model ${name} ready`, tags, {
        summary: `Whether model ${name} answers`,
        responses: { ...ok({ type: "object" }), ...refused },
      }),
    },
    [`${at}/infer`]: {
      post: operation(`infer by model ${name}`, tags, {
        summary: `Ask model ${name}`,
        parameters: CALL,
        requestBody: jsonBody(ref("OipRequest")),
        responses: { ...answered(ref("OipAnswer")), ...refused, ...refusals("OipError", 408, 413, 415) },
      }),
    },
  };
}

const CE_HEADERS = ["id", "source", "type", "subject", "time"].map((name) =>
  header(`ce-${name}`, `In binary mode the event's ${name}, percent-encoded`, { type: "string" })
);

/** Paths that every document has. */
export const PLAIN_PATHS: Paths = {
  "/v1/endpoints": {
    get: operation("list endpoints", ["endpoints"], {
      summary: "What is served",
      responses: { ...ok(ref("Endpoints")), ...refusals("Problem") },
    }),
  },
  "/v1/decisions/{id}": {
    get: operation("find decision", ["endpoints"], {
      summary: "One decision: input, path, output, versions, labels",
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }],
      responses: { ...ok(ref("FoundDecision")), ...refusals("Problem", 404) },
    }),
  },
  "/v1/events": {
    post: operation("publish events", ["events"], {
      summary: "Publish CloudEvents: one in structured or binary mode, or a batch",
      description:
        "All or none per topic. A registered type is checked by its schema and goes to its topic, any other " +
        "to topic events.",
      parameters: [header("ce-specversion", 'In binary mode "1.0"', { type: "string" }), ...CE_HEADERS],
      requestBody: {
        required: true,
        content: {
          "application/cloudevents+json": { schema: ref("CloudEvent") },
          "application/cloudevents-batch+json": {
            schema: { type: "array", maxItems: 10000, items: ref("CloudEvent") },
          },
          "application/json": { schema: {} },
        },
      },
      responses: { ...ok(ref("Taken")), ...SENT, ...refusals("Problem", 507) },
    }),
  },
  "/v1/labels": {
    post: operation("publish labels", ["events"], {
      summary: "Say what decisions should have answered",
      requestBody: jsonBody({ anyOf: [ref("Label"), { type: "array", maxItems: 10000, items: ref("Label") }] }),
      responses: { ...ok(ref("Taken")), ...SENT, ...refusals("Problem", 507) },
    }),
  },
  "/health/live": {
    get: operation("is live", ["node"], {
      summary: "Whether the process answers",
      security: [],
      responses: ok({ type: "object" }),
    }),
  },
  "/health/ready": {
    get: operation("is ready", ["node"], {
      summary: "Whether the node answers requests, and why not",
      security: [],
      responses: { ...ok(ref("Ready")), 503: { description: "Not now", content: json(ref("Ready")) } },
    }),
  },
  "/metrics": {
    get: operation("metrics", ["node"], {
      summary: "Metrics in the Prometheus text format",
      responses: {
        200: { description: "Metrics", content: { "text/plain": { schema: { type: "string" } } } },
        ...refusals("Problem"),
      },
    }),
  },
};

function operation(id: string, tags: string[], rest: Schema): Schema {
  return { operationId: id.replaceAll(" ", "_"), tags, ...rest };
}

function header(name: string, description: string, schema: Schema): Schema {
  return { name, in: "header", required: false, description, schema };
}

function json(schema: Schema, examples: Schema = {}): Schema {
  return { "application/json": { schema, ...examples } };
}

function jsonBody(schema: Schema, examples: Schema = {}): Schema {
  return { required: true, content: json(schema, examples) };
}

function examplesOf({ examples }: CallFacts): Schema {
  if (examples.length === 0) return {};
  return { examples: Object.fromEntries(examples.map(({ input }, i) => [`example${i + 1}`, { value: input }])) };
}

function ok(schema: Schema): Record<string, Schema> {
  return { 200: { description: "Done", content: json(schema) } };
}

function answered(schema: Schema): Record<string, Schema> {
  const headers = Object.fromEntries(
    ["Boathouse-Config-Offset", "traceresponse"].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
  return { 200: { description: "The answer", headers, content: json(schema) } };
}
