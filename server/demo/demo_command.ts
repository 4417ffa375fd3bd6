import type { Json } from "../../lib/events/mod.ts";
import type { Action } from "../commands/mod.ts";
import type { RunNotebook } from "../commands/notebook_run.ts";
import { startRoles } from "../commands/start.ts";
import { runDemo } from "./run_demo.ts";
import { type Summary, summaryText } from "./summary.ts";

const SIXTH = 6;
const REQUESTS = 20_000;
const PER_SECOND = 500;

/**
 * The verb `demo`.
 *
 * @param parts how to run a notebook
 * @returns the verb's function
 */
export function demoCommand({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return async ({ options, root, note }) => {
    const folder = root();
    const every = options.all ? 1 : wholeNumber(options.every, "--every", SIXTH);
    const requests = wholeNumber(options.requests, "--requests", REQUESTS);
    const { summary, serving } = await runDemo(folder, { every, requests, rate: PER_SECOND, runNotebook, note });
    await using _serving = serving;
    if (options.exit) return { json: asJson(summary), text: summaryText(summary) };
    console.log(summaryText(summary));
    console.log(staysUp(serving.url, summary));
    await startRoles(folder, ["control", "ingest", "jobs"], { note, runNotebook, ended: serving.ended });
    return { json: asJson(summary), text: "" };
  };
}

const asJson = (summary: Summary): Json => JSON.parse(JSON.stringify(summary));

function wholeNumber(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "string" && /^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new RangeError(`Cannot run the demo as ${name} must be a whole number from 1 on: got "${value}"`);
}

function staysUp(url: string, { reports }: Summary): string {
  return `
serving   ${url}
reports   ${reports.join("\n          ")}

Ask it yourself, then end the demo with Ctrl-C:
  curl -s ${url}/v1/endpoints/flight-delay -H 'content-type: application/json' \\
    -d '{"route":"ORD-LGA","weekday":5,"hour":18,"distance":733}'`;
}
