/**
 * The demo: the whole loop on real flights, by one command.
 *
 * @module
 */
export { demoCommand } from "./demo_command.ts";
export { type Published, publishFlights } from "./publish_flights.ts";
export type { NotebookRun, RunCell, RunNotebook } from "../commands/notebook_run.ts";
