import {
  canonicalJson,
  type CloudEvent,
  compileSchema,
  parseEvent,
  sha256,
  STANDARD_EVENTS,
  verifyEvent,
} from "../events/mod.ts";
import type { InputRead } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";

/** The data of an `evaluation` event: whether one version of a model may be served. */
export interface Evaluation {
  /** Name of the model. */
  model: string;
  /** Number of the version. */
  version: string;
  /** SHA-256 of the version's content. */
  digest: string;
  /** Number of the version that it was compared with. */
  champion?: string;
  /** Notebook that computed the metrics. */
  notebook: string;
  /** Run of the notebook. */
  run: string;
  /** What the run read. */
  inputs: InputRead[];
  /** Metrics, those of the thresholds among them. */
  metrics: Record<string, { value: number; low?: number; high?: number; n?: number }>;
  /** Bounds by metric. */
  thresholds: Record<string, { atMost?: number | undefined; atLeast?: number | undefined }>;
  /** Whether all bounds hold. */
  verdict: "pass" | "fail";
  /** Names of the metrics whose bound does not hold. */
  failed: string[];
  /** HMAC of the event. */
  signature: string;
}

/** The content that a verdict is about. */
export interface JudgedModel {
  /** Name of the model. */
  name: string;
  /** Number of the version. */
  version: string;
  /** SHA-256 of the version's content. */
  digest: string;
}

/** Tag of a version that shows its verdict in MLflow's clients; what counts is the signed event. */
export const VERDICT_TAG = "boathouse.verdict";

const FAILED = "failed: ";

/**
 * Writes the tag of a version whose evaluation fails again and again; its verdict, once there is one, takes the place.
 *
 * @param reason why it fails
 * @returns value of VERDICT_TAG
 * @example
 * ```ts
 * import { failedTag, readFailedTag } from "./verdict.ts";
 * if (readFailedTag(failedTag("cell 3 failed")) !== "cell 3 failed") throw new Error("unexpected");
 * ```
 */
export function failedTag(reason: string): string {
  return `${FAILED}${reason.slice(0, 1000)}`;
}

/**
 * Reads from the tag of a version why its evaluation fails.
 *
 * @param tag value of VERDICT_TAG
 * @returns the reason; null where it does not fail
 * @example
 * ```ts
 * import { readFailedTag } from "./verdict.ts";
 * if (readFailedTag("pass") !== null) throw new Error("unexpected");
 * ```
 */
export function readFailedTag(tag: string | undefined): string | null {
  return tag?.startsWith(FAILED) ? tag.slice(FAILED.length) : null;
}

const checkData = compileSchema(STANDARD_EVENTS.evaluation!.schema);

/**
 * Names the object that holds the verdict on a version; put-if-absent there makes it the only one.
 *
 * @param model name, version and digest
 * @returns path in the lake's store
 * @example
 * ```ts
 * import { verdictPath } from "./verdict.ts";
 * const path = verdictPath({ name: "delay", version: "1", digest: "0".repeat(64) });
 * if (!path.startsWith("registry/verdicts/")) throw new Error("unexpected");
 * ```
 */
export function verdictPath({ name, version, digest }: JudgedModel): string {
  return `registry/verdicts/${sha256(canonicalJson([name, version, digest]))}.json`;
}

/**
 * Reads the verdict on exactly this content, and verifies that it is ours.
 *
 * @param from the lake's store, and the key that signs reserved events
 * @param model name, version and digest
 * @returns the signed `evaluation` event, or null when the version was not evaluated
 * @throws {Error} when what is stored is no `evaluation` event, is not signed by the key, or is about another model
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { readVerdict } from "./verdict.ts";
 * const store = await openStore({ kind: "directory", dir: Deno.makeTempDirSync() });
 * const model = { name: "delay", version: "1", digest: "0".repeat(64) };
 * if (await readVerdict({ store, key: "secret" }, model) !== null) throw new Error("unexpected");
 * ```
 */
export async function readVerdict(
  { store, key }: { store: Store; key: string },
  model: JudgedModel,
): Promise<CloudEvent<Evaluation> | null> {
  const path = verdictPath(model);
  if (!await store.exists(path)) return null;
  const event = parseStored(path, await store.get(path));
  if (!verifyEvent(event, key)) {
    throw distrust(path, "must be signed by this workbench's key", "another signature");
  }
  const found = event.data as Evaluation;
  const isSame = found.model === model.name && found.version === model.version && found.digest === model.digest;
  if (isSame) return event as CloudEvent<Evaluation>;
  throw distrust(path, `must be about ${model.name}@${model.version}`, `${found.model}@${found.version}`);
}

function parseStored(path: string, bytes: Uint8Array): CloudEvent {
  try {
    const event = parseEvent(JSON.parse(new TextDecoder().decode(bytes)));
    const misfit = event.type === STANDARD_EVENTS.evaluation!.type ? checkData(event.data) : `type is "${event.type}"`;
    if (misfit === null) return event;
    throw new TypeError(misfit);
  } catch (cause) {
    throw distrust(path, "must be an evaluation event", (cause as Error).message, { cause });
  }
}

function distrust(path: string, must: string, found: string, options?: ErrorOptions): Error {
  return new Error(
    `Cannot trust verdict as "${path}" ${must}: got ${found}; move it away and evaluate the model again`,
    options,
  );
}
