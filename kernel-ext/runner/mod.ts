/**
 * Runs notebooks headless, on the same core as the kernel.
 *
 * @module
 */
export { type CellReport, runNotebook, type RunOptions, type RunProgress, type RunReport } from "./run_notebook.ts";
