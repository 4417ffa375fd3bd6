import type { Schema } from "./api_facts.ts";

/** Refers to a schema of the document. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** Names the components of a function; no endpoint's name begins so. */
export function functionPart(name: string): string {
  return `_function.${name}`;
}

/** Writes the schema of an object. */
export function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return { type: "object", required: Object.keys(required), properties: { ...required, ...optional } };
}

const text: Schema = { type: "string" };
const integer: Schema = { type: "integer" };
const step = object(
  { step: text, outcome: text, ms: { type: "number" } },
  { function: { type: "string", description: "name@hash" } },
);

/** Schemas that every document has. */
export const COMMON_SCHEMAS: Record<string, Schema> = {
  Problem: {
    description: "Problem details (RFC 9457)",
    ...object({ type: text, title: text, status: integer, detail: text }, {
      errors: { type: "array", items: object({ pointer: text, detail: text }) },
      decision: { type: "string", description: "Id of the decision, where there is one" },
    }),
  },
  Step: step,
  EndpointDecision: object({
    id: { type: "string", format: "uuid" },
    revision: text,
    variant: text,
    path: { type: "array", items: ref("Step") },
    fallback: { type: "boolean" },
  }),
  FunctionDecision: object({
    id: { type: "string", format: "uuid" },
    function: text,
    path: { type: "array", items: ref("Step") },
  }),
  BatchError: object({ error: ref("Problem") }),
  Label: {
    ...object({ decision: { type: "string", minLength: 1 }, value: {} }, {
      name: { type: "string", minLength: 1, default: "value" },
      at: { type: "string", format: "date-time", description: "When it was true; of several the last counts" },
    }),
    additionalProperties: false,
  },
  CloudEvent: {
    description: "An event in the structured JSON mode of CloudEvents 1.0.2",
    ...object({
      specversion: { const: "1.0" },
      id: { type: "string", minLength: 1 },
      source: { type: "string", minLength: 1 },
      type: { type: "string", minLength: 1 },
    }, {
      subject: { type: "string", minLength: 1 },
      time: { type: "string", format: "date-time" },
      datacontenttype: { type: "string", minLength: 1 },
      data: {},
    }),
  },
  Taken: object({ accepted: integer }, {
    unknown: { type: "integer", description: "Labels that name what can be no decision" },
  }),
  FoundDecision: {
    allOf: [
      ref("Inference"),
      object({ time: { type: ["string", "null"] }, labels: { type: "array", items: ref("Label") } }),
    ],
  },
  Endpoints: object({
    endpoints: { type: "array", items: object({ endpoint: text, revision: text }) },
    broken: { type: "object", additionalProperties: text },
  }),
  Ready: object({
    ready: { type: "boolean" },
    unready: { type: "array", items: text },
    degraded: { type: "array", items: text },
    configOffset: integer,
    shadowsDropped: integer,
  }),
  OipTensor: object({
    name: text,
    shape: { type: "array", items: { type: "integer", minimum: 0 } },
    datatype: { enum: ["FP64", "FP32", "INT64", "INT32", "BYTES", "BOOL"] },
    data: { type: "array", items: {} },
  }, { parameters: { type: "object" } }),
  OipRequest: object({ inputs: { type: "array", minItems: 1, items: ref("OipTensor") } }, {
    id: { type: "string", maxLength: 200 },
    outputs: { type: "array", items: object({ name: text }) },
  }),
  OipAnswer: object({
    model_name: text,
    model_version: text,
    id: text,
    outputs: { type: "array", items: ref("OipTensor") },
  }, { parameters: object({ decision: text }) }),
  OipError: object({ error: text }, { decision: text }),
};

/** Headers of answers. */
export const HEADERS: Record<string, Schema> = {
  "Boathouse-Config-Offset": {
    description: "Offset of the newest record of topic control that was in force",
    schema: { type: "integer" },
  },
  "Retry-After": { description: "Seconds after which to ask again", schema: { type: "integer" } },
  traceresponse: { description: "Where in the caller's trace the answer was made", schema: text },
};

const REFUSALS: Record<number, string> = {
  400: "The request is malformed",
  401: "A token is needed",
  403: "The token's role, or the request's origin, does not allow it",
  404: "There is nothing of that name",
  405: "Another method is needed",
  408: "The body came too slowly",
  413: "The body is too large",
  415: "Another content type is needed",
  422: "The body does not fit: errors point into it",
  429: "The token asks too often",
  503: "No answer for now",
  507: "The disk of the bus is at its reserve",
};

/** Refusals, by status. */
export const RESPONSES: Record<string, Schema> = Object.fromEntries([
  ...Object.entries(REFUSALS).map(([status, description]) => [`Problem${status}`, refusal(status, description)]),
  ...Object.entries(REFUSALS).map(([status, description]) => [`OipError${status}`, oipRefusal(status, description)]),
]);

function refusal(status: string, description: string): Schema {
  return {
    description,
    ...retries(status),
    content: { "application/problem+json": { schema: ref("Problem") } },
  };
}

function oipRefusal(status: string, description: string): Schema {
  return { description, ...retries(status), content: { "application/json": { schema: ref("OipError") } } };
}

function retries(status: string): Schema {
  const again = { "Retry-After": { $ref: "#/components/headers/Retry-After" } };
  return ["429", "503", "507"].includes(status) ? { headers: again } : {};
}

/**
 * Lists refusals as an operation's responses.
 *
 * @param kind problem details, or errors of the Open Inference Protocol
 * @param statuses statuses beside those that any request may meet
 * @returns responses by status
 */
export function refusals(kind: "Problem" | "OipError", ...statuses: number[]): Record<string, Schema> {
  const all = [...new Set([400, 401, 403, 429, 503, ...statuses])].sort();
  return Object.fromEntries(all.map((status) => [status, { $ref: `#/components/responses/${kind}${status}` }]));
}
