/**
 * The verbs of the command line and how a command line is read.
 *
 * @module
 */
export { BUS_VERBS } from "./bus_verbs.ts";
export { runCommandLine } from "./command_line.ts";
export { LAKE_VERBS } from "./lake_verbs.ts";
export { type Accepts, type Action, type Answer, type Call, UsageError, type Verb } from "./verb.ts";
export { duration, memoryMb, offsetOrTime, permissions, port, time, wholeNumber } from "./option_values.ts";
export { explain } from "./explain.ts";
export type { RunNotebook } from "./notebook_run.ts";
