/**
 * Notebooks: nbformat, provenance of outputs, verdicts from files alone, findings and reports.
 *
 * @module
 */
export type { Json } from "../events/mod.ts";
export type { CodeVerdict } from "./causes.ts";
export { type AsHtmlOptions, diffAsHtml } from "./diff/as_html.ts";
export { cellMarkdown, findingMarkdown, valueMarkdown } from "./diff/as_markdown.ts";
export { type AsTextOptions, diffAsText } from "./diff/as_text.ts";
export type { CellChange } from "./diff/cell_change.ts";
export { type DataTable, dataTablesOf } from "./diff/data_table.ts";
export { diffNotebooks, type DiffOptions, type NotebookDiff, type UnchangedCells } from "./diff/diff_notebooks.ts";
export type { Figure } from "./diff/figure.ts";
export type { FindingChange } from "./diff/finding_change.ts";
export { forgeText } from "./diff/forge.ts";
export type { InputChange } from "./diff/input_change.ts";
export { notebookText } from "./diff/notebook_text.ts";
export { type OrProblem, orProblem } from "./diff/or_problem.ts";
export type { OutputChange } from "./diff/output_change.ts";
export type { OutputForm } from "./diff/_shown_output.ts";
export { count, diffSummary } from "./diff/phrases.ts";
export { compareOutputs, type OutputDifference, type ReproducedCell } from "./diff/reproduced.ts";
export { readTolerance } from "./diff/tolerance.ts";
export type { TableChange } from "./diff/table_change.ts";
export type { DiffLine, Hunk, TextChange } from "./diff/text_change.ts";
export { changeText, deltaText, diffRecord, diffValue, type ValueChange, valueText } from "./diff/value_change.ts";
export { diffVersions, type NotebookVersion, readVersion, type VersionOptions } from "./diff/version.ts";
export type { CellJudgements, Judgement, VerdictChange } from "./diff/verdict_change.ts";
export type { Marks } from "./diff/_words.ts";
export { type CodeFacts, collectFacts, type FactsOptions } from "./facts.ts";
export { readsText } from "./_judge_proof.ts";
export { visible } from "./visible.ts";
export { type DisplayedFinding, finding, FINDING_MIME } from "./finding.ts";
export { type HtmlReportOptions, type ReadImage, reportHtml } from "./html_report.ts";
export { type HtmlFileOptions, writeHtmlReport } from "./html_report_file.ts";
export {
  type CodeCell,
  type DisplayOutput,
  type ErrorOutput,
  isCode,
  type MimeBundle,
  type Notebook,
  type NotebookCell,
  type Output,
  type StreamOutput,
  type TextCell,
} from "./notebook.ts";
export {
  type DerivedTableNow,
  type Freshness,
  type InputNow,
  type InputsNow,
  type JudgedInput,
  judgeInput,
  type ModelNow,
  type RawTableNow,
  type UnknownNow,
} from "./input_now.ts";
export { numberText } from "./number_text.ts";
export {
  type CellProvenance,
  cellProvenanceOf,
  type DerivedTableInput,
  type Finding,
  type Input,
  type ModelInput,
  type NotebookProvenance,
  notebookSettings,
  provenanceOf,
  type RawTableInput,
  type Unproven,
} from "./provenance.ts";
export { type CellFinding, findingsOf, questionOf } from "./question.ts";
export { readNotebook } from "./read.ts";
export { recordedPin, recordedRun } from "./recorded_run.ts";
export { type Report, reportNotebook, type ReportOptions } from "./report.ts";
export { type ReportProblem, verifyReport, writeReport } from "./report_file.ts";
export { openSources, type Reached, type Sources, type SourcesOptions } from "./sources.ts";
export { type CellRun, type NotebookRun, type StampOptions, stampProvenance } from "./stamp.ts";
export { type CellVerdicts, type InputsVerdict, type ProofVerdict, type Verdict, worstVerdicts } from "./verdicts.ts";
export { judgeNotebook, verifyNotebook, type VerifyOptions } from "./verify.ts";
export { writeNotebook } from "./write.ts";
