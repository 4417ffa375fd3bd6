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
export { type ChartReview, type Review, reviewChanges, type ReviewRequest } from "./review.ts";
export { reviewMarkdown, type ReviewMarkdownOptions } from "./review_markdown.ts";
export { reviewText } from "./review_text.ts";
export type { EndpointReview } from "./_review_endpoints.ts";
export type { FunctionReview } from "./_review_functions.ts";
export type { MetricReview, ThresholdReview } from "./_review_metrics.ts";
export type { ModuleReview } from "./_review_modules.ts";
export type { DoubtfulCell, NotebookReview } from "./_review_notebooks.ts";
export { type Hit, searchAnalyses } from "./search.ts";
