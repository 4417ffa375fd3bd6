import type { InputRead } from "../../lake/mod.ts";
import { digestOf, EXAMPLE_FILE, type MlModel, writeMlModel } from "../ml_model.ts";
import type { FeatureRow } from "../load/feeds.ts";
import type { TypescriptHost } from "../load/typescript_host.ts";
import { flavourOf } from "../load/flavours.ts";
import { checkLogName } from "../model_ref.ts";
import type { RegistryClient, RegistryVersion } from "../client/registry_client.ts";
import { type ModelContent, pack } from "./pack.ts";
import { kindOf, type Packed } from "./packed.ts";
import { findByDigest, registerOnce } from "./register_once.ts";
import type { ModelSignature } from "../signature.ts";

/** What a version is logged with: its content by flavour, and what describes it. */
export type LogOptions = ModelContent & LogDescription;

/** What describes a version. */
export interface LogDescription {
  /** Metrics of the training, by name. */
  metrics?: Readonly<Record<string, number>>;
  /** What it was trained with, by name. */
  parameters?: Readonly<Record<string, string | number | boolean>>;
  /** Statistics of the training rows that it is judged against, by name: `{ meanTarget }` for `*_vs_baseline`. */
  reference?: Readonly<Record<string, number>>;
  /** What it was trained on; by default all that this run has read. */
  inputs?: readonly InputRead[];
  /** Notebook that logs it, relative to the workbench. */
  notebook?: string;
  /** Id of the cell that logs it. */
  cell?: string;
}

/** What a model is logged with beside its own. */
export interface LogParts {
  /** What this run has read. */
  recorded?: readonly InputRead[] | undefined;
  /** Who bundles and runs the code of models. */
  typescript?: TypescriptHost | undefined;
}

/**
 * Logs a model: run, artefact, MLmodel, example, registered version. Content that is there already, in whatever process
 * it was logged, gives the version that has it.
 *
 * @param client the registry
 * @param name name of the model
 * @param options content, example and what describes them
 * @param parts what this run has read: the inputs, unless options or content name them; who runs code
 * @returns the version as the registry holds it
 * @throws {RangeError} when the name or a number is not as it must be
 * @throws {TypeError} when the content is not of its flavour, or does not answer the example
 */
export async function logModel(
  client: RegistryClient,
  name: string,
  options: LogOptions,
  { recorded = [], typescript }: LogParts = {},
): Promise<RegistryVersion> {
  checkLogName(name);
  checkOptions(name, options);
  const { metrics = {}, reference = {}, notebook, cell } = options;
  checkFinite(name, "metric", metrics);
  checkFinite(name, "reference", reference);
  const packed = await pack(name, options, typescript);
  const { flavour, settings, signature, data } = packed;
  const model: MlModel = {
    flavour,
    settings,
    data: flavourOf(flavour).file,
    signature,
    reference: { ...reference },
    inputs: [...options.inputs ?? packed.inputs ?? recorded],
    ...(notebook === undefined ? {} : { notebook }),
    ...(cell === undefined ? {} : { cell }),
  };
  const digest = digestOf(model, { data });
  const existing = await findByDigest(client, name, digest);
  if (existing) return existing;
  const { runId, source } = await logRun(client, name, model, packed, options);
  await client.ensureModel(name);
  return await registerOnce(client, { name, digest, source, runId });
}

async function logRun(
  client: RegistryClient,
  name: string,
  model: MlModel,
  { data, example }: Packed,
  { metrics = {}, parameters = {} }: LogDescription,
): Promise<{ runId: string; source: string }> {
  const startMs = Date.now();
  const { info } = await client.createRun(await client.ensureExperiment(name), { name, startMs });
  const source = `${info.artifact_uri}/model`;
  await client.logBatch(info.run_id, {
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: startMs, step: 0 })),
    params: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
    tags: model.notebook === undefined
      ? {}
      : { "mlflow.source.type": "NOTEBOOK", "mlflow.source.name": model.notebook },
  });
  const encode = (text: string) => new TextEncoder().encode(text);
  if (model.data !== null) await client.putArtifact(`${source}/${model.data}`, data);
  await client.putArtifact(`${source}/${EXAMPLE_FILE}`, encode(writeExample(model.signature, example)));
  await client.putArtifact(`${source}/MLmodel`, encode(writeMlModel(model, { id: info.run_id, startMs })));
  await client.endRun(info.run_id, "FINISHED", Date.now());
  return { runId: info.run_id, source };
}

/** pandas' orient "split", which is how MLflow keeps an example of columns. */
function writeExample({ inputs }: ModelSignature, example: FeatureRow): string {
  const columns = inputs.map(({ name }) => name);
  const values = columns.map((name) => typeof example[name] === "bigint" ? Number(example[name]) : example[name]);
  return JSON.stringify({ columns, data: [values] });
}

function checkOptions(name: string, options: unknown): void {
  if (kindOf(options) === "object") return;
  throw new TypeError(
    `Cannot log "${name}" as its content must be an object, such as { onnx, example }: got ${kindOf(options)}`,
  );
}

function checkFinite(name: string, what: string, values: Readonly<Record<string, number>>): void {
  const odd = Object.entries(values).find(([, value]) => typeof value !== "number" || !Number.isFinite(value));
  if (!odd) return;
  throw new RangeError(`Cannot log "${name}" as ${what} "${odd[0]}" must be a finite number: got ${odd[1]}`);
}
