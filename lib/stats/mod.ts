/**
 * Statistics that the evaluation of a model needs, over plain and typed arrays.
 *
 * @module
 */
export { calibrationByDecile, type CalibrationPart } from "./calibration.ts";
export { bias, mae, rmse } from "./errors.ts";
export { type Estimate, estimateMean, type EstimateOptions, estimateRmse } from "./estimate.ts";
export { mean, weightedMean } from "./mean.ts";
export { quantile } from "./quantile.ts";
export type { Series } from "./series.ts";
