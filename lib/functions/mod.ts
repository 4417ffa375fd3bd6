/**
 * Functions: defined in a notebook's cell, promoted to a version named by its content.
 *
 * @module
 */
export { askHost, type AskHostOptions } from "./ask_host.ts";
export type {
  AskKind,
  CalledHost,
  CalledLookup,
  CalledModel,
  FetchOptions,
  FetchReply,
  FetchRequest,
  FunctionContext,
  HostSpec,
} from "./context.ts";
export {
  defineFunction,
  EXAMPLE_MIME,
  type FunctionDefinition,
  type FunctionSpec,
  type Schema,
  type SchemaResult,
  setFunctionHost,
} from "./define.ts";
export {
  type Attestation,
  type Example,
  listVersionFiles,
  loadBundle,
  type Manifest,
  nameManifest,
  readAttestation,
  readExamples,
  readManifest,
  readSourceMap,
} from "./manifest.ts";
export { compareReplay, type RecordedReply, type RecordedStep, type Replayed, replayStep } from "./replay.ts";
export { readSources, stackMapper } from "./source_map.ts";
export { typescriptHost } from "./typescript_host.ts";
export type { FunctionHost, LoadedModel } from "./notebook_call.ts";
export { promote, type Promoted, type PromoteParts, type PromoteRequest } from "./promote.ts";
