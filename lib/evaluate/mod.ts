/**
 * Evaluation before serving: the verdict on a version, computed from logged metrics and the product's thresholds.
 *
 * @module
 */
export { type Check, judge, type Judgement, type JudgeOptions, type Metric, type Metrics } from "./judge.ts";
export { type RecordedVerdict, type RecordOptions, recordVerdict } from "./record_verdict.ts";
