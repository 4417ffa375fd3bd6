/**
 * Jobs of a workbench: what is registered is evaluated.
 *
 * @module
 */
export {
  type Evaluated,
  evaluatedModels,
  evaluateOne,
  type EvaluationJob,
  evaluationJob,
  type EvaluationParts,
} from "./evaluations.ts";
export { type JobsOptions, startJobs } from "./start_jobs.ts";
