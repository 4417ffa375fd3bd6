import { STANDARD_EVENTS } from "../../../lib/events/mod.ts";
import { VERSION } from "../version.ts";
import type { ApiFacts, CallFacts, Schema } from "./api_facts.ts";
import { embedSchema } from "./embed_schema.ts";
import { COMMON_SCHEMAS, functionPart, HEADERS, object, ref, RESPONSES } from "./openapi_parts.ts";
import { endpointPaths, functionPaths, modelPaths, PLAIN_PATHS } from "./openapi_paths.ts";

/**
 * Writes what a node serves as an OpenAPI document.
 *
 * @param facts endpoints, functions and models
 * @param options whether callers need a token
 * @returns a document of OpenAPI 3.1.1
 */
export function openApiDocument({ endpoints, functions, models }: ApiFacts, { tokens }: { tokens: boolean }): Schema {
  const schemas = {
    ...COMMON_SCHEMAS,
    ...embedSchema("Inference", STANDARD_EVENTS.inference!.schema),
    ...Object.assign({}, ...endpoints.map((facts) => callSchemas(facts.name, "EndpointDecision", facts))),
    ...Object.assign({}, ...functions.map((facts) => callSchemas(functionPart(facts.name), "FunctionDecision", facts))),
  };
  return {
    openapi: "3.1.1",
    info: {
      title: "Boathouse serving plane",
      version: VERSION,
      summary:
        "Endpoints, functions for trying, events, labels, decisions, and models over the Open Inference Protocol",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "endpoints", description: "Answers of endpoints: every one is a decision on the bus" },
      { name: "functions", description: "Promoted functions, for trying" },
      { name: "events", description: "Events and labels, durable when they are answered" },
      { name: "models", description: "Promoted models over the Open Inference Protocol v2" },
      { name: "node", description: "How the node does" },
    ],
    security: tokens ? [{ token: [] }] : [],
    paths: {
      ...Object.assign({}, ...endpoints.map(endpointPaths)),
      ...Object.assign({}, ...functions.map(functionPaths)),
      ...PLAIN_PATHS,
      ...Object.assign({}, ...models.map(modelPaths)),
    },
    components: {
      schemas,
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "boathouse token create" } },
    },
  };
}

function callSchemas(name: string, decision: string, { input, output }: CallFacts): Record<string, Schema> {
  const answer = object({ output: ref(`${name}.output`), decision: ref(decision) });
  const results = object({ results: { type: "array", items: { anyOf: [ref(`${name}.answer`), ref("BatchError")] } } });
  const batch = decision === "EndpointDecision" ? { [`${name}.results`]: results } : {};
  return {
    ...embedSchema(`${name}.input`, input),
    ...embedSchema(`${name}.output`, output),
    [`${name}.answer`]: answer,
    ...batch,
  };
}
