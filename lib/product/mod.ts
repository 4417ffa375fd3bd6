/**
 * Products: what must be documented of them, and the library of their analyses.
 *
 * @module
 */
export { type Analysis, listAnalyses } from "./analyses.ts";
export { checkWorkbench } from "./check_workbench.ts";
export type { Problem } from "./problem.ts";
