/**
 * Runs notebooks without a client.
 *
 * @module
 */
export type { CacheOptions } from "./cache/mod.ts";
export type { CellReport, RunProgress } from "./run_cells.ts";
export type { DescribeOptions, NotebookParameter } from "./describe_parameters.ts";
export type { RunOptions, RunReport } from "./run_notebook.ts";
export { describeParameters, runNotebook } from "./runner.ts";
export type {
  CellFailure,
  ChildOptions,
  DerivedPin,
  DisplayOutput,
  ErrorOutput,
  InputRead,
  MimeBundle,
  OnLate,
  Output,
  OutputWritten,
  Pin,
  RawPin,
  StreamOutput,
} from "../kernel/mod.ts";
export type { Json } from "../../lib/events/mod.ts";
export type { CellFinding, Finding } from "../../lib/notebook/mod.ts";
