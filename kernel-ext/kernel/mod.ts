/**
 * Runs cells in a process of their own, over V8's inspector, with exactly captured outputs.
 *
 * @module
 */
export {
  type Child,
  type ChildOptions,
  type Evaluation,
  type ExecuteOptions,
  type Execution,
  startChild,
} from "./child.ts";
export type { CellFailure } from "./failures.ts";
export type { CommKind, CommMessage } from "./child/comms.ts";
export { type Limits, limitsOf } from "./limits.ts";
export type { OutputEvent } from "./outputs.ts";
export type { AnswerInput, OnLate } from "./session.ts";
export type { DerivedPin, InputRead, OutputWritten, Pin, RawPin } from "../../lib/lake/mod.ts";
export type { DisplayOutput, ErrorOutput, MimeBundle, Output, StreamOutput, Unproven } from "../../lib/notebook/mod.ts";
