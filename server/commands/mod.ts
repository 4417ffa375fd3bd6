/**
 * The verbs of the command line and how a command line is read.
 *
 * @module
 */
export { type Action, type Answer, type Call, runCommandLine, type Verb } from "./command_line.ts";
export { explain } from "./explain.ts";
