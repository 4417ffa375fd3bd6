import { tableFromRows } from "../columns/mod.ts";
import { type DisplayBundle, displayTable, type InputRead, JUPYTER_DISPLAY } from "../lake/mod.ts";
import { DIGEST_TAG } from "./digest_tag.ts";
import { isEvaluation, readEvaluation } from "./_evaluation_metrics.ts";
import { fetchBytes, fetchMlModel } from "./load/fetch_ml_model.ts";
import { digestOf } from "./ml_model.ts";
import type { RegistryClient, RegistryVersion } from "./client/registry_client.ts";
import type { ModelSignature } from "./signature.ts";

/** A metric that an evaluation logged. */
export interface EvaluatedMetric {
  /** The metric. */
  value: number;
  /** Lower end of its interval. */
  low?: number;
  /** Upper end of its interval. */
  high?: number;
  /** Rows that it was computed on. */
  n?: number;
  /** When it was logged, milliseconds since 1970. */
  loggedMs: number;
}

/** One version of a registered model, as the registry describes it. */
export interface ModelVersion {
  /** Name of the model. */
  readonly name: string;
  /** Number of the version, a text as everywhere in MLflow. */
  readonly version: string;
  /** SHA-256 of the content: artefact, signature, reference. */
  readonly digest: string;
  /** What it takes and gives. */
  readonly signature: ModelSignature;
  /** What it was trained with. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Metrics logged with the model, by its training. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics logged by `logMetrics`, which its verdict is computed from. */
  readonly evaluation: Readonly<Record<string, EvaluatedMetric>>;
  /** Statistics of the training rows that the model is judged against, such as `meanTarget`. */
  readonly reference: Readonly<Record<string, number>>;
  /** What the run had read when it logged the model. */
  readonly inputs: readonly InputRead[];
  /** Aliases that name this version. */
  readonly aliases: readonly string[];
  /** Tags of the version. */
  readonly tags: Readonly<Record<string, string>>;
  /** The run that logged it. */
  readonly runId: string;
  /** When it was logged, milliseconds since 1970. */
  readonly createdMs: number;
}

/** What there is of one model, without its content. */
export interface ModelInventory {
  /** Digest by number of the version, oldest first; null where whoever logged it has not noted it. */
  versions: Map<string, string | null>;
  /** Number of the version that each alias names. */
  aliases: Map<string, string>;
  /** Why the evaluation of a version fails, by its number. */
  failed: Map<string, string>;
}

/**
 * Describes a version: what the registry, its MLmodel file and its run say of it.
 *
 * @param client the registry
 * @param found the version as the registry holds it
 * @returns the description; notebooks show it as a table that is the same in every run
 * @throws {SyntaxError | TypeError} when its MLmodel is malformed or of another flavour
 */
export async function describeVersion(client: RegistryClient, found: RegistryVersion): Promise<ModelVersion> {
  const model = await fetchMlModel(client, found);
  const data = found.run_id === "" ? { metrics: [], params: {} } : (await client.getRun(found.run_id)).data;
  const logged = data.metrics.filter((metric) => !isEvaluation(metric));
  return withDisplay({
    name: found.name,
    version: found.version,
    digest: found.tags[DIGEST_TAG] ?? digestOf(model, await fetchBytes(client, found, model)),
    signature: model.signature,
    parameters: data.params,
    metrics: Object.fromEntries(logged.map(({ key, value }) => [key, value])),
    evaluation: readEvaluation(data.metrics),
    reference: model.reference,
    inputs: model.inputs,
    aliases: found.aliases,
    tags: found.tags,
    runId: found.run_id,
    createdMs: found.creation_timestamp,
  });
}

/**
 * Lets notebooks show an object as a table of names and values.
 *
 * @param object what is shown
 * @returns the same object
 */
export function withDisplay<T extends { name: string; version: string; digest: string; signature: ModelSignature }>(
  object: T,
): T {
  return Object.defineProperty(object, JUPYTER_DISPLAY, { value: () => display(object) });
}

function display(
  object: { name: string; version: string; digest: string; signature: ModelSignature },
): DisplayBundle {
  const { parameters = {}, metrics = {}, reference = {} } = object as Partial<ModelVersion>;
  const columns = (of: ModelSignature["inputs"]) => of.map(({ name, type }) => `${name} (${type})`).join(", ");
  const rows = [
    ["digest", object.digest.slice(0, 12)],
    ["takes", columns(object.signature.inputs)],
    ["gives", columns(object.signature.outputs)],
    ...[parameters, metrics, reference].flatMap((values) => Object.entries(values).map(([k, v]) => [k, show(v)])),
  ].map(([what, value]) => ({ model: what, [`${object.name}@${object.version}`]: value }));
  return displayTable(tableFromRows(rows), { maxRows: rows.length });
}

function show(value: string | number): string {
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(8))) : String(value);
}
