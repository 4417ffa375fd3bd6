/**
 * Boathouse for notebooks: the lake and the models of a workbench, findings, and functions that can be promoted.
 * DuckDB, polars and the ONNX runtime are loaded when they are first used.
 *
 * @module
 */
export { z } from "zod";
export {
  defineFunction,
  type FunctionContext,
  type FunctionDefinition,
  type FunctionSpec,
  type HostSpec,
} from "./functions/mod.ts";
export type { LakeTables } from "./lake/mod.ts";
export { type AdditiveSpec, buildOnnx } from "./models/mod.ts";
export { type DisplayedFinding, finding } from "./notebook/mod.ts";
export {
  auc,
  averagePrecision,
  brier,
  bySlice,
  calibrationByDecile,
  calibrationCurve,
  calibrationError,
  estimateAuc,
  estimateBrier,
  estimateLogLoss,
  estimateMae,
  estimateMean,
  estimateNdcg,
  estimateRmse,
  logLoss,
  mae,
  mean,
  ndcg,
  precisionAt,
  quantile,
  rmse,
} from "./stats/mod.ts";
export { type Notebook, open, type OpenOptions, type ShownTable, table } from "./workbench/mod.ts";
