/**
 * Notebooks: nbformat, provenance of outputs, verdicts from files alone, findings and reports.
 *
 * @module
 */
export type { CodeVerdict } from "./causes.ts";
export { type DisplayedFinding, finding, FINDING_MIME } from "./finding.ts";
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
export { numberText } from "./number_text.ts";
export {
  type CellProvenance,
  cellProvenanceOf,
  type Finding,
  type Input,
  type NotebookProvenance,
  provenanceOf,
  type Unproven,
} from "./provenance.ts";
export { readNotebook } from "./read.ts";
export { type CellRun, type NotebookRun, stampProvenance, type StampOptions } from "./stamp.ts";
export { type Verdict, verifyNotebook, type VerifyOptions } from "./verify.ts";
export { writeNotebook } from "./write.ts";
