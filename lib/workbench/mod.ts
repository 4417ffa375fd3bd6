/**
 * One workbench opened as a whole: for the command line and the servers, and for notebooks.
 *
 * @module
 */
export { type Notebook, open, type OpenOptions } from "./open.ts";
export { openWorkbench, type Workbench, type WorkbenchOptions } from "./workbench.ts";
