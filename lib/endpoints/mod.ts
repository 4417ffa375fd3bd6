/**
 * Endpoints: their files, revisions, assignment and plans, and how they come into force.
 *
 * @module
 */
export type {
  Appended,
  Batch,
  Bus,
  BusRecord,
  Message,
  Position,
  Producer,
  ReadOptions,
  TopicInfo,
} from "../bus/mod.ts";
export type {
  Activation,
  Control,
  ControlAppended,
  ControlOp,
  ControlRequest,
  ControlSnapshot,
  ControlState,
  EndpointState,
  FunctionState,
  ModelState,
  Placed,
  ProposedRevision,
  RevisionState,
  TokenState,
  TopicState,
} from "../control/mod.ts";
export type { Json } from "../events/mod.ts";
export type { Store, StoredObject } from "../store/mod.ts";
export {
  type Activated,
  activateEndpoint,
  type ActivateParts,
  type ActivateRequest,
  rollbackEndpoint,
} from "./activate_endpoint.ts";
export { type Applied, applyEndpoint, type ApplyParts, type Reason } from "./apply_endpoint.ts";
export { type Arm, assign, enrol, hashUnit, type Reach } from "./assign.ts";
export { awaitNodes, type Confirmation } from "./await_nodes.ts";
export { BREAKER, type BreakerSettings, type CallEnd, type Pass } from "./breaker.ts";
export { type Breaker, type BreakerKey, type Breakers, createBreakers } from "./breakers.ts";
export { callsOf, type CompiledEndpoint, compileEndpoint } from "./compile_endpoint.ts";
export {
  type AllStep,
  type CallStep,
  type ChainStep,
  compilePlan,
  type Fit,
  type FunctionSchemas,
  type Plan,
  type PlanStep,
  type ValueStep,
  type WhenStep,
} from "./compile_plan.ts";
export { contentFault } from "./content_fault.ts";
export { contractBreaks } from "./contract_rule.ts";
export { endpointHistory, type HistoryEntry } from "./endpoint_history.ts";
export {
  endpointSchema,
  type EndpointSpec,
  type ExperimentSpec,
  keptBlocks,
  parseEndpoint,
  type ShadowSpec,
} from "./endpoint_spec.ts";
export type { CallSpec, CombineSpec, StepSpec, VariantSpec } from "./plan_spec.ts";
export {
  BUILT_IN_METRICS,
  type FunctionFacts,
  type PinnedCall,
  type PinnedModel,
  type PinnedSpec,
  type PinnedStep,
  type PinnedVariant,
  type PinSource,
  planRevision,
  type ProductFacts,
  type Revision,
} from "./plan_revision.ts";
export type { Expression, Scope } from "./expression.ts";
export { type EndpointExport, readExport } from "./export_format.ts";
export { type Exported, exportEndpoint, type ExportParts } from "./export_endpoint.ts";
export { answeringCalls, answeringValues, callsIn, firstCalls } from "./plan_tree.ts";
export { compilePointer } from "./pointer.ts";
export {
  modelsOf,
  type ProposedChange,
  proposeModel,
  type Replacement,
  type ShownProposal,
  showProposals,
} from "./propose_model.ts";
export { findSimulation, saveSimulation, type SimulationRecord } from "./simulation_record.ts";
export { retireFunction } from "./retire_function.ts";
export { loadRevision, saveRevision } from "./revision_store.ts";
export {
  CLOCK,
  type Clock,
  type DecisionCall,
  type Outcome,
  type PathEntry,
  type PlanAnswer,
  type PlanEffects,
  runPlan,
  StepFailure,
  type StepRequest,
} from "./run_plan.ts";
