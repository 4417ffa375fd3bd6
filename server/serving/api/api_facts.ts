import { answeringCalls, answeringValues, firstCalls, type PinnedSpec } from "../../../lib/endpoints/mod.ts";
import { canonicalJson, type Json } from "../../../lib/events/mod.ts";
import { type Example, type Manifest } from "../../../lib/functions/mod.ts";

/** A JSON Schema. */
export type Schema = Record<string, unknown>;

/** What callers may know of an endpoint or a function. */
export interface CallFacts {
  /** Its name. */
  name: string;
  /** Version that answers: a revision, or the hash of a function. */
  version: string;
  /** JSON Schema of what it accepts. */
  input: Schema;
  /** JSON Schema of what it answers. */
  output: Schema;
  /** Calls of the notebook. */
  examples: Pick<Example, "input" | "output">[];
}

/** What callers may know of an endpoint. */
export interface EndpointFacts extends CallFacts {
  /** Why it exists. */
  businessCase: string;
  /** Who answers for it. */
  owner: string;
  /** Version of what callers may rely on. */
  contract: number;
  /** Milliseconds that an answer may take. */
  budgetMs: number;
}

/** What a node serves, as its documents tell it. */
export interface ApiFacts {
  /** Endpoints by name. */
  endpoints: EndpointFacts[];
  /** Newest versions of promoted functions. */
  functions: CallFacts[];
  /** Names of promoted models. */
  models: string[];
}

/** A function's version as it was promoted. */
export interface FunctionFile {
  /** Its manifest. */
  manifest: Pick<Manifest, "input" | "output">;
  /** Its examples. */
  examples: Pick<Example, "input" | "output">[];
}

/**
 * Gathers what callers may know of an endpoint. A request must fit the first function of every variant; an answer is that
 * of any function.
 *
 * @param revision the active revision
 * @param read reads a function's version by its hash
 * @returns the facts
 */
export async function endpointFacts(
  { revision, spec }: { revision: string; spec: PinnedSpec },
  read: (hash: string) => Promise<FunctionFile>,
): Promise<EndpointFacts> {
  const steps = spec.variants.map(({ steps }) => steps);
  const values = steps.flatMap(answeringValues);
  const firsts = await Promise.all(steps.flatMap(firstCalls).map(({ hash }) => read(hash)));
  const all = await Promise.all(steps.flatMap(answeringCalls).map(({ hash }) => read(hash)));
  const { endpoint: name, businessCase, owner, contract, budgetMs } = spec;
  const outputs = distinct(all.map(({ manifest }) => manifest.output));
  return {
    name,
    version: revision,
    businessCase,
    owner,
    contract,
    budgetMs,
    input: joined("allOf", distinct(firsts.map(({ manifest }) => manifest.input))),
    output: joined("anyOf", outputs.length > 0 ? outputs : distinct(values.map((value) => ({ const: value })))),
    examples: distinct((firsts[0]?.examples ?? []).slice(0, MAX_EXAMPLES)),
  };
}

/** Examples of one call in a document. */
export const MAX_EXAMPLES = 5;

function joined(keyword: "allOf" | "anyOf", schemas: Schema[]): Schema {
  return schemas.length === 1 ? schemas[0]! : schemas.length === 0 ? {} : { [keyword]: schemas };
}

function distinct<T>(items: T[]): T[] {
  return [...new Map(items.map((item) => [canonicalJson(item as Json), item])).values()];
}
