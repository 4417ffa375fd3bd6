/**
 * Evaluation before serving: the verdict on a version, computed from logged metrics and the product's thresholds.
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
export type { Threshold } from "../config/mod.ts";
export type { CloudEvent, Json } from "../events/mod.ts";
export type { ArrowColumn, ArrowTable, ArrowType, InputRead } from "../lake/mod.ts";
export type {
  EvaluatedMetric,
  Evaluation,
  FeatureColumns,
  FeatureRow,
  LogOptions,
  MetricValue,
  Model,
  ModelInventory,
  Models,
  ModelSignature,
  ModelVersion,
  PredictInput,
  RegisteredModel,
  SignatureColumn,
  SignatureType,
} from "../models/mod.ts";
export type { Store, StoredObject } from "../store/mod.ts";
export { type Check, judge, type Judgement, type JudgeOptions, type Metric, type Metrics } from "./judge.ts";
export { type PromotedModel, promoteModel, type PromoteModelParts } from "./promote_model.ts";
export { type AliasMoved, type AliasWatchParts, tellMovedAliases } from "./alias_moves.ts";
export { alertOnce, type ModelAlert } from "./alert_once.ts";
export {
  type EvaluatedVersion,
  type EvaluateOptions,
  evaluateVersion,
  type EvaluationRun,
} from "./evaluate_version.ts";
export {
  type KnownModels,
  type ModelChange,
  type ModelWatch,
  type UnreadVersion,
  watchModels,
} from "./model_events.ts";
export { type RecordedVerdict, type RecordOptions, recordVerdict } from "./record_verdict.ts";
