import type { Control } from "../../../lib/control/mod.ts";
import { readExamples, readManifest } from "../../../lib/functions/mod.ts";
import type { Store } from "../../../lib/store/mod.ts";
import type { Served } from "../served.ts";
import { type ApiFacts, type CallFacts, endpointFacts, type FunctionFile, MAX_EXAMPLES } from "./api_facts.ts";
import { clientFile } from "./client_file.ts";
import { openApiDocument } from "./openapi.ts";

/** What a node tells its callers of its interface. */
export interface Documents {
  /** The OpenAPI document of now, as JSON text. */
  openApi(served: Served, tokens: boolean): Promise<string>;
  /** A client of an endpoint; null where there is no such endpoint. */
  client(served: Served, name: string, baseUrl: string): Promise<string | null>;
}

/**
 * Makes what writes a node's documents, each once per state of topic `control`.
 *
 * @param parts topic `control` as it is folded, and the store that holds functions
 * @returns the documents
 */
export function openDocuments({ control, store }: { control: Pick<Control, "snapshot">; store: Store }): Documents {
  const files = new Map<string, Promise<FunctionFile>>();
  const read = (hash: string) => {
    const file = files.get(hash) ?? readFile(store, hash);
    files.set(hash, file);
    file.catch(() => files.delete(hash));
    return file;
  };
  let written: { key: string; text: Promise<string> } | null = null;
  return {
    openApi(served, tokens) {
      const { state } = control.snapshot();
      const key = `${served.offset} ${state.offset} ${tokens}`;
      if (written?.key === key) return written.text;
      const text = gather(served, state.functions, read).then((facts) =>
        JSON.stringify(openApiDocument(facts, { tokens }))
      );
      written = { key, text };
      text.catch(() => written = null);
      return text;
    },
    async client({ endpoints }, name, baseUrl) {
      const found = endpoints.get(name);
      return found === undefined ? null : clientFile(await endpointFacts(found, read), baseUrl);
    },
  };
}

async function gather(
  { endpoints, models }: Served,
  functions: Record<string, { hash: string }>,
  read: (hash: string) => Promise<FunctionFile>,
): Promise<ApiFacts> {
  const byName = <T extends { name: string }>(one: T, other: T) => one.name < other.name ? -1 : 1;
  const endpointList = await Promise.all([...endpoints.values()].map((revision) => endpointFacts(revision, read)));
  const functionList = await Promise.all(
    Object.entries(functions).map(async ([name, { hash }]): Promise<CallFacts> => {
      const { manifest: { input, output }, examples } = await read(hash);
      return { name, version: hash, input, output, examples };
    }),
  );
  return {
    endpoints: endpointList.sort(byName),
    functions: functionList.sort(byName),
    models: [...models.keys()].sort(),
  };
}

async function readFile(store: Store, hash: string): Promise<FunctionFile> {
  const [manifest, examples] = await Promise.all([
    readManifest(store, hash),
    readExamples(store, hash).catch((error) => {
      if (error instanceof RangeError) return [];
      throw error;
    }),
  ]);
  return { manifest, examples: examples.slice(0, MAX_EXAMPLES) };
}
