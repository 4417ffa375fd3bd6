import { relative, resolve } from "node:path";
import { readDuration } from "../../lib/config/env/mod.ts";
import {
  firstCalls,
  loadRevision,
  parseEndpoint,
  planRevision,
  type Revision,
  saveSimulation,
  type SimulationRecord,
} from "../../lib/endpoints/mod.ts";
import { metricValues } from "../../lib/experiments/mod.ts";
import { readExamples } from "../../lib/functions/mod.ts";
import {
  caseLines,
  checkInjected,
  comparedText,
  exampleDecisions,
  figureTable,
  type FoundDecisions,
  headline,
  type Injected,
  readDecisions,
  type RecordedDecision,
  runRecorded,
  segmentTable,
  simulate,
  type Simulation,
  type SimulationContext,
  simulationReport,
} from "../../lib/simulate/mod.ts";
import { endpointPins, type Workbench } from "../../lib/workbench/mod.ts";
import { openRunner } from "../serving/mod.ts";
import { productOf } from "./endpoint.ts";
import { textTable } from "./text_table.ts";
import { timeOf } from "./time_of.ts";
import { reportTarget } from "./_report_target.ts";
import { type Call, UsageError } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** The verb `endpoint simulate`. */
export const endpointSimulate = withWorkbench(async (workbench, { args, options, note }) => {
  const [name] = args as [string];
  const file = fileOf(options.candidate);
  const markdown = options.markdown === undefined
    ? null
    : reportTarget("--markdown", String(options.markdown), [".md"]);
  const product = productOf(workbench.settings.root, file);
  const candidate = await plannedRevision(workbench, name, file);
  const active = await activeRevision(workbench, name);
  const injected = injectedOf(options);
  checkInjected(injected, [candidate, active].flatMap((each) => each === null ? [] : [each.spec]));
  const found = await findDecisions(workbench, name, candidate, options);
  const parts = { store: await workbench.store(), models: await workbench.models() };
  await using runner = await openRunner(parts, [candidate, ...(active ? [active] : [])]);
  const [compiled, base] = runner.endpoints;
  const lake = await workbench.lake();
  const simulation = await simulate({
    decisions: found.decisions,
    base: base ?? null,
    candidate: compiled!,
    run: (endpoint, decision) => runRecorded(endpoint, decision, runner.call, injected),
    metrics: { specs: product.metrics, measure: (metric, spec, rows) => metricValues(lake, metric, spec, rows) },
    onProgress: (done) => note(`${done} of ${found.decisions.length} decisions`),
  });
  const context: SimulationContext = {
    candidate: relative(workbench.settings.root, resolve(file)),
    source: found.source,
    notes: found.notes,
    injected,
  };
  const isPlain = Object.keys({ ...injected.fail, ...injected.slowMs }).length === 0;
  const record = isPlain ? await saveSimulation(parts.store, recordOf(simulation)) : null;
  if (markdown !== null) {
    await Deno.writeTextFile(markdown, simulationReport(simulation, context));
  }
  return {
    json: JSON.parse(JSON.stringify({ ...simulation, ...context, record })),
    text: textOf(simulation, context, options.markdown),
  };
});

/** What speaks for the candidate's activation; a simulation with injected faults does not. */
function recordOf({ endpoint, base, candidate, n, changed }: Simulation): SimulationRecord {
  const at = new Date().toISOString();
  return { endpoint, base: base.revision, candidate: candidate.revision!, n, changed, at };
}

function fileOf(option: Call["options"][string]): string {
  if (typeof option === "string") return option;
  throw new UsageError("Cannot simulate without a candidate: name an endpoint file, --candidate FILE");
}

async function plannedRevision(workbench: Workbench, name: string, file: string): Promise<Revision> {
  const { root } = workbench.settings;
  const spec = parseEndpoint(await Deno.readTextFile(file), relative(root, resolve(file)));
  if (spec.endpoint === name) return await planRevision(spec, productOf(root, file), endpointPins(workbench));
  throw new RangeError(
    `Cannot simulate endpoint "${name}" by "${file}" as the file must be of that endpoint: got "${spec.endpoint}"`,
  );
}

async function activeRevision(workbench: Workbench, name: string): Promise<Revision | null> {
  const { active } = (await (await workbench.control()).state()).endpoints[name] ?? {};
  return active ? await loadRevision(await workbench.store(), active.spec) : null;
}

interface Found {
  decisions: RecordedDecision[];
  source: string;
  notes: string[];
}

async function findDecisions(
  workbench: Workbench,
  endpoint: string,
  candidate: Revision,
  { from, to, sample }: Call["options"],
): Promise<Found> {
  const moment = (text: unknown) => text === undefined ? undefined : new Date(timeOf(String(text)) / 1000);
  const question = { endpoint, from: moment(from), to: moment(to), sample: Number(sample ?? 10_000) };
  const { decisions, total, strata, days, then } = await readDecisions(await workbench.lake(), question);
  if (decisions.length > 0) {
    const when = days![0] === days![1] ? `of ${days![0]}` : `of ${days![0]} to ${days![1]}`;
    const all = total.toLocaleString("en-US"), some = decisions.length.toLocaleString("en-US");
    const source = decisions.length === total
      ? `all ${all} recorded decisions ${when} are made again`
      : `a sample of ${some} of ${all} recorded decisions ${when} is made again, drawn in proportion from ` +
        `${strata} strata (variant by day)`;
    return { decisions, source, notes: thenNotes(total, then) };
  }
  if (from !== undefined || to !== undefined) {
    throw new RangeError(`Cannot simulate endpoint "${endpoint}" as it has no recorded decision in that time`);
  }
  return await findExamples(workbench, endpoint, candidate);
}

/** Time-outs and faults of then are not made again: who reads 0 fallbacks must know. */
function thenNotes(total: number, { fallbacks, errors }: FoundDecisions["then"]): string[] {
  if (fallbacks + errors === 0) return [];
  const [some, none, all] = [fallbacks, errors, total].map((count) => count.toLocaleString("en-US"));
  return [
    `when they were made, ${some} of ${all} were answered by a fallback and ${none} by nothing; here every step is tried ` +
    "anew, on a clock that load does not make late",
  ];
}

async function findExamples(workbench: Workbench, endpoint: string, { spec }: Revision): Promise<Found> {
  const firsts = spec.variants.flatMap(({ steps }) => firstCalls(steps));
  const calls = [...new Map(firsts.map((call) => [call.hash, call])).values()];
  const store = await workbench.store();
  const decisions = (await Promise.all(
    calls.map(async ({ call, hash }) => exampleDecisions(call, await readExamples(store, hash))),
  )).flat();
  if (decisions.length === 0) {
    throw new RangeError(
      `Cannot simulate endpoint "${endpoint}" as it has no recorded decision, and its functions have no example: mark a ` +
        "cell //| example and promote again",
    );
  }
  const names = [...new Set(calls.map(({ call }) => call))].join(", ");
  return {
    decisions,
    source: `no decision is recorded: ${decisions.length} examples of ${names} stand in`,
    notes: ["examples are few and picked by hand: they say nothing of how often an answer changes"],
  };
}

function injectedOf({ fail, slow }: Call["options"]): Injected {
  return { fail: pairsOf("--fail", fail, rateOf), slowMs: pairsOf("--slow", slow, readDuration) };
}

function pairsOf(
  flag: string,
  option: Call["options"][string],
  read: (text: string) => number | null,
): Record<string, number> {
  const texts = option === undefined ? [] : [option].flat().map(String);
  return Object.fromEntries(texts.map((text) => {
    const [name = "", value = ""] = text.split(/=(?=[^=]*$)/);
    const number = read(value);
    if (name !== "" && number !== null) return [name, number];
    const wanted = flag === "--fail" ? "NAME=RATE with a rate from 0 to 1" : "NAME=TIME such as predictDelay=200ms";
    throw new UsageError(`Cannot read ${flag} "${text}" as it must be ${wanted}`);
  }));
}

function rateOf(text: string): number | null {
  const rate = text === "" ? NaN : Number(text);
  return rate >= 0 && rate <= 1 ? rate : null;
}

function textOf(simulation: Simulation, context: SimulationContext, markdown: Call["options"][string]): string {
  const { endpoint, worst, typical, base, candidate } = simulation;
  const cases = (title: string, found: Simulation["worst"]) =>
    found.map((each) => caseLines(each).map((line, at) => at === 0 ? `${title}: ${line}` : `  ${line}`).join("\n"));
  const failures = [
    ...base.failures.map((each) => ({ side: "active", ...each })),
    ...candidate.failures.map((each) => ({ side: "candidate", ...each })),
  ];
  return [
    `${endpoint}: ${headline(simulation)}`,
    comparedText(simulation, context).join("\n"),
    textTable(figureTable(simulation)),
    ...(failures.length > 0 ? [textTable(failures)] : []),
    textTable(segmentTable(simulation)),
    ...cases("largest change", worst),
    ...cases("typical change", typical),
    "latency is as measured while simulating, many decisions at once: compare the two, not with production",
    ...(markdown === undefined ? [] : [`the report is in "${markdown}"`]),
  ].join("\n\n");
}
