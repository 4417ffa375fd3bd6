/**
 * Statistics that the evaluation of a model needs, over plain and typed arrays.
 *
 * @module
 */
export { calibrationByDecile, calibrationCurve, calibrationError, type CalibrationPart } from "./calibration.ts";
export { auc, brier, estimateAuc, estimateBrier, estimateLogLoss, logLoss } from "./classification.ts";
export { chiSquareTail, studentQuantile, studentTail } from "./distributions.ts";
export { bias, mae, rmse } from "./errors.ts";
export { type Estimate, estimateMae, estimateMean, type EstimateOptions, estimateRmse } from "./estimate.ts";
export { mean, weightedMean } from "./mean.ts";
export { quantile } from "./quantile.ts";
export { averagePrecision, estimateNdcg, ndcg, precisionAt, type RankingOptions } from "./ranking.ts";
export type { Series } from "./series.ts";
export { estimateShare } from "./share.ts";
export { bySlice, type SliceEstimate } from "./slices.ts";
