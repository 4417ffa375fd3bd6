/**
 * Models: the embedded registry that speaks MLflow's REST API, its client, ONNX models behind one `predict`, verdicts.
 *
 * @module
 */
export type { ArrowColumn, ArrowTable, ArrowType } from "../columns/mod.ts";
export type { CloudEvent } from "../events/mod.ts";
export type { InputRead, OutputWritten, Recorder } from "../lake/mod.ts";
export type { Store, StoredObject } from "../store/mod.ts";
export { type AdditiveSpec, buildOnnx } from "./onnx/build_onnx.ts";
export type { FeatureColumns, FeatureRow, PlacedRow, PredictInput } from "./load/feeds.ts";
export type { PredictOptions } from "./load/flavour.ts";
export type { HeldModel, Model } from "./load/load_model.ts";
export {
  type ModelFiles,
  openStoredModels,
  type StoredModel,
  type StoredModels,
  type StoredModelsOptions,
} from "./load/model_files.ts";
export type { LogDescription, LogOptions } from "./log/log_model.ts";
export type { Lookup, LookupSpec } from "./log/pack_lookup.ts";
export type { OipServer, OipSpec } from "./log/pack_oip.ts";
export type { OnnxSpec } from "./log/pack_onnx.ts";
export type { TypescriptModel, TypescriptSpec } from "./log/pack_typescript.ts";
export type { OpenedTypescript, TypescriptCode, TypescriptHost } from "./load/typescript_host.ts";
export type { ModelContent } from "./log/pack.ts";
export { type ModelRef, parseModelRef } from "./model_ref.ts";
export type { EvaluatedMetric, ModelInventory, ModelVersion } from "./model_version.ts";
export { type MetricValue, type Models, type ModelsOptions, openModels, type RegisteredModel } from "./models.ts";
export type { ArtifactCalls, ArtifactInfo, TransferOptions, TransferSettings } from "./client/artifacts.ts";
export type { ExperimentCalls, RegistryExperiment, SearchOptions } from "./client/experiments.ts";
export { largeParts } from "./client/large_parts.ts";
export { PartialBatchError, type RunBatch } from "./client/log_batch.ts";
export type { RegistryVersion, VersionCalls } from "./client/model_versions.ts";
export type { ModelCalls, RegistryModel } from "./client/registered_models.ts";
export {
  type ClientOptions,
  type RegistryClient,
  registryClient,
  type RegistryFetch,
} from "./client/registry_client.ts";
export { remoteFetch, type RemoteFetchOptions } from "./client/remote_fetch.ts";
export type { RetryClock } from "./client/retry.ts";
export type { RegistryMetric, RegistryRun, RunCalls, RunStatus } from "./client/runs.ts";
export { deliveryFilter, verifyWebhook, type WebhookAge } from "./client/verify_webhook.ts";
export type { Webhook, WebhookCalls, WebhookEvent, WebhookSpec } from "./client/webhooks.ts";
export { RegistryError } from "./client/registry_error.ts";
export { type RegistryHandler, registryHandler } from "./registry/registry_handler.ts";
export type { ModelSignature, SignatureColumn, SignatureType } from "./signature.ts";
export {
  type Evaluation,
  failedTag,
  type JudgedModel,
  readFailedTag,
  readVerdict,
  VERDICT_TAG,
  verdictPath,
} from "./verdict.ts";
