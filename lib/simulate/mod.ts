/**
 * Simulation: what would change if another revision answered, from decisions of the past.
 *
 * @module
 */
export { type Change, changesOf } from "./changes.ts";
export { exampleDecisions } from "./example_decisions.ts";
export { checkInjected, type Injected, isFailed, NO_INJECTED, slownessOf } from "./injected.ts";
export type { MeasureRows, MetricDelta, MetricRow, NoDelta } from "./metric_delta.ts";
export { type DecisionQuestion, type FoundDecisions, readDecisions } from "./read_decisions.ts";
export { type RecordedDecision, type RecordedFetch, replyFrom } from "./recorded_decision.ts";
export { type CallRecorded, type Ran, type RecordedCallRequest, runRecorded } from "./run_recorded.ts";
export type { Segment } from "./segments.ts";
export { type ShadowDisagreement, shadowDisagreement, type ShadowQuestion } from "./shadow_disagreement.ts";
export { type SimulatedClock, simulatedClock } from "./simulated_clock.ts";
export { type ChangedCase, type SideFigures, simulate, type Simulation, type SimulationRequest } from "./simulate.ts";
export {
  caseLines,
  comparedText,
  figureTable,
  headline,
  type ReportTable,
  segmentTable,
  type SimulationContext,
  simulationReport,
} from "./simulation_report.ts";
