/**
 * Functions: defined in a notebook's cell, promoted to a version named by its content.
 *
 * @module
 */
export {
  type CalledModel,
  defineFunction,
  EXAMPLE_MIME,
  type FunctionContext,
  type FunctionDefinition,
  type FunctionHost,
  type FunctionSpec,
  type Schema,
  type SchemaResult,
  setFunctionHost,
} from "./define.ts";
export {
  type Attestation,
  type Example,
  loadBundle,
  type Manifest,
  nameManifest,
  readAttestation,
  readExamples,
  readManifest,
  readSourceMap,
} from "./manifest.ts";
export { stackMapper } from "./source_map.ts";
export { typescriptHost } from "./typescript_host.ts";
export { promote, type Promoted, type PromoteParts, type PromoteRequest } from "./promote.ts";
