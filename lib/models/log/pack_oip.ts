import { fetchMetadata, type OipMetadata, signatureOf } from "../load/_oip_metadata.ts";
import type { FeatureRow } from "../load/feeds.ts";
import { OIP } from "../load/oip_flavour.ts";
import { addressOf, type OipSettings, oipSettings } from "../load/oip_settings.ts";
import type { ModelSignature } from "../signature.ts";
import { checkAnswer, type Packed, readGiven } from "./packed.ts";

/** A model of a server elsewhere. */
export interface OipServer {
  /** Where the server lies, for example `http://127.0.0.1:8401`; no login in it. */
  url: string;
  /** Name of the model there. */
  model: string;
  /** Its version there; where the server has one, that one unless given. */
  version?: string;
  /** Name of the input, where one takes all columns as a matrix [N, k]; without it each column is an input. */
  matrix?: string;
  /** Parameters of every request, such as MLServer's `{ content_type: "pd" }`. */
  parameters?: Readonly<Record<string, string | number | boolean>>;
  /** Most milliseconds of one answer, of at most 1,000 rows. @default 10_000 */
  timeoutMs?: number;
}

/** A model that answers elsewhere, by the Open Inference Protocol v2. */
export interface OipSpec {
  /** Server and model. */
  oip: OipServer;
  /** One row that it answers. */
  example: FeatureRow;
  /** What it takes and gives; read from the server unless given. */
  signature?: ModelSignature;
}

/**
 * Takes a model elsewhere as content of a version: where it lies and what it takes and gives. Its content stays there, so
 * the digest is of the address and the version alone.
 *
 * @param name name of the model
 * @param spec server, example, signature
 * @returns the content
 * @throws {TypeError} when the address is none, a version or the signature must be given, or it does not answer the example
 * @throws {Error} when the server does not answer, or otherwise than the signature says
 */
export async function packOip(name: string, { oip, example, signature }: OipSpec): Promise<Packed> {
  const server = readServer(name, oip);
  const found = await fetchMetadata(`Cannot log "${name}"`, server);
  const settings = { ...server, ...pinOf(name, server, found) };
  const known = signature ? readGiven(name, signature) : signatureOf(found);
  if (!known) {
    throw new TypeError(
      `Cannot log "${name}" as its signature must be given where ${addressOf(server)} does not describe inputs and ` +
        "outputs of columns: got none; log it with signature: { inputs: [{ name, type }], outputs: [{ name, type }] }",
    );
  }
  const parts = { label: name, signature: known, settings, data: new Uint8Array(), digest: "", dir: "" };
  await using model = await OIP.open(parts);
  checkAnswer(name, await model.predict([example], name));
  return { flavour: "oip", settings, data: parts.data, signature: known, example };
}

function readServer(name: string, oip: OipServer): OipSettings {
  const { success, data, error } = oipSettings.safeParse(oip);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw new TypeError(`Cannot log "${name}" as oip.${path.join(".")} must be as documented: ${message}`);
}

/** Whatever stands behind a name may change; a version of it should not. */
function pinOf(name: string, { version }: OipSettings, { versions }: OipMetadata): { version?: string } {
  if (version !== undefined || versions.length === 0) return {};
  if (versions.length === 1) return { version: versions[0]! };
  throw new TypeError(
    `Cannot log "${name}" as oip.version must say which of the server's versions answers: it has ` +
      versions.slice(0, 10).join(", "),
  );
}
