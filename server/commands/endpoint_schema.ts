import { endpointSchema } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { Action } from "./verb.ts";

/** The verb `endpoint schema`. */
export const endpointSchemaVerb: Action = () => {
  const json = endpointSchema() as Json;
  return Promise.resolve({ json, text: JSON.stringify(json, null, 2) });
};
