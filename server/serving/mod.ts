/**
 * The serving plane: endpoints, promoted models, functions for trying, events and labels over HTTP.
 *
 * @module
 */
export type { Address, Settings } from "../../lib/config/mod.ts";
export { decisionFinder, type FoundDecision } from "./find_decision.ts";
export type { FindParts } from "./find_records.ts";
export { type Faults, readFaults } from "./faults.ts";
export type { FunctionHostOptions } from "./function_host.ts";
export { openRunner, type Runner } from "./open_runner.ts";
export { type ExportedOptions, type ServedExport, startExported } from "./start_exported.ts";
export { type ServingOptions, startServing } from "./start_serving.ts";
