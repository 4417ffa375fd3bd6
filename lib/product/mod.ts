/**
 * Products: what must be documented of them, and the library of their analyses.
 *
 * @module
 */
export type { Json } from "../events/mod.ts";
export { type Analysis, type AnalysisText, listAnalyses, readAnalyses, type TableRead } from "./analyses.ts";
export { checkWorkbench } from "./check_workbench.ts";
export { type Lineage, type LineageEdge, lineageMermaid, type LineageNode, lineageOf } from "./lineage.ts";
export type { Problem } from "./problem.ts";
export { type Hit, searchAnalyses } from "./search.ts";
