import { callOip } from "./_oip_calls.ts";
import { checkMetadata, fetchMetadata, refuserOf } from "./_oip_metadata.ts";
import { readAnswer, readOutput, writeInputs } from "./_oip_tensors.ts";
import { type Feeds, readFeeds } from "./feeds.ts";
import type { Flavour, FlavourParts, OpenedModel } from "./flavour.ts";
import { addressOf, type OipSettings, oipSettings } from "./oip_settings.ts";
import type { ModelSignature } from "../signature.ts";

/** A model that a server of the Open Inference Protocol v2 answers for. */
export const OIP: Flavour = {
  entry: {},
  loaderModule: null,
  file: null,
  settings: oipSettings,
  open: openOip,
};

/** Rows of one request: an answer of a thousand rows is there before anybody wonders. */
const BATCH = 1000;
/** Most bytes of one answer. */
const MAX_BYTES = 64 * 2 ** 20;

async function openOip({ label, signature, settings }: FlavourParts): Promise<OpenedModel> {
  const server = oipSettings.parse(settings);
  const cannot = `Cannot load "${label}"`;
  const found = await fetchMetadata(cannot, server);
  checkMetadata(signature, found, server.matrix, refuserOf(cannot, addressOf(server)));
  const axes = new Map(found.inputs.map(({ name, shape }) => [name, shape.length]));
  // JSON has no NaN, and the protocol no value that is missing.
  const inputs = signature.inputs.map(({ name, type }) => ({ name, type }));
  return {
    signature,
    bytes: JSON.stringify(signature).length,
    predict: async (input, label, { signal } = {}) => {
      signal?.throwIfAborted();
      const feeds = readFeeds(label, inputs, input);
      const answers: unknown[] = [];
      for (let from = 0; from < feeds.count; from += BATCH) {
        const to = Math.min(feeds.count, from + BATCH);
        answers.push(
          ...await askRows(
            { cannot: `Cannot predict with "${label}"`, server, signature, axes, signal },
            feeds,
            from,
            to,
          ),
        );
      }
      return answers;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What rows are asked with. */
export interface OipAsk {
  /** What asks, for messages. */
  cannot: string;
  /** Where the model lies. */
  server: OipSettings;
  /** What it takes and gives. */
  signature: ModelSignature;
  /** By input how many axes its tensor has, where the server says so. */
  axes: ReadonlyMap<string, number>;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks a server about rows by one request.
 *
 * @param ask server and signature
 * @param feeds values by column
 * @param from first row
 * @param to row after the last one
 * @returns answers per row; of several outputs records
 * @throws {Error} when the server does not answer, or otherwise than the signature says
 */
export async function askRows(
  { cannot, server, signature: { inputs, outputs }, axes, signal }: OipAsk,
  feeds: Feeds,
  from: number,
  to: number,
): Promise<unknown[]> {
  const { model, version, matrix, parameters, timeoutMs } = server;
  const url = `${addressOf(server)}/infer`, refuse = refuserOf(cannot, url);
  const body = JSON.stringify({
    ...(Object.keys(parameters).length > 0 && { parameters }),
    inputs: writeInputs(feeds, inputs, from, to, matrix === undefined ? { axes } : { matrix }),
    outputs: outputs.map(({ name }) => ({ name })),
  });
  const answer = readAnswer(await callOip({ cannot, url, body, maxBytes: MAX_BYTES, timeoutMs, signal }), refuse);
  checkName(answer.model_name, model, "model", refuse);
  checkName(answer.model_version, version, "version", refuse);
  const columns = outputs.map((output) => readOutput(answer.outputs, output, to - from, refuse));
  if (columns.length === 1) return columns[0]!;
  return Array.from(
    { length: to - from },
    (_, row) => Object.fromEntries(outputs.map(({ name }, i) => [name, columns[i]![row]])),
  );
}

function checkName(
  found: string | null | undefined,
  wanted: string | undefined,
  what: string,
  refuse: ReturnType<typeof refuserOf>,
): void {
  if (wanted === undefined || found === undefined || found === null || found === wanted) return;
  throw refuse(`${what} "${wanted}" must answer`, `"${found.slice(0, 100)}"`);
}
