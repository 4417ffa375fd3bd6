/**
 * Experiments: what the variants of an endpoint say of its question, from sums per arm.
 *
 * @module
 */
export type { Series } from "../stats/mod.ts";
export { adjustBenjaminiHochberg, adjustHolm } from "./adjust_p.ts";
export {
  type Against,
  analyse,
  type AnalyseOptions,
  type Analysis,
  type ArmResult,
  type ArmUnits,
  type ExperimentSums,
  type MetricResult,
} from "./analyse.ts";
export type { Certainty, Effect, NoEffect } from "./compare.ts";
export {
  type ArmFound,
  type ExperimentQuestion,
  type ExperimentResults,
  experimentResults,
  type LabelsFound,
} from "./experiment_results.ts";
export { type MetricInput, metricValues } from "./metric_values.ts";
export { detectableEffect, powerOf } from "./power.ts";
export { type SampleRatio, testSampleRatio } from "./srm.ts";
export { foldUnits } from "./fold_units.ts";
export { sumUnits, type UnitMetric, type UnitTable } from "./sum_units.ts";
export { addUp, mergeSums, type MetricKind, type MetricSums } from "./sums.ts";
