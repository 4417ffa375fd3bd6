import { listProducts } from "../../lib/config/mod.ts";
import { loadRevision, type Revision } from "../../lib/endpoints/mod.ts";
import {
  type Against,
  type ArmResult,
  type Effect,
  type ExperimentResults,
  experimentResults as readResults,
  type MetricResult,
  type NoEffect,
} from "../../lib/experiments/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { textTable } from "./text_table.ts";
import { timeOf } from "./time_of.ts";
import type { Call } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** The verb `experiment results`. */
export const experimentResults = withWorkbench(async (workbench, { args, options }) => {
  const revision = await revisionOf(workbench, args[0]!, options.revision);
  const product = listProducts(workbench.settings.root).find(({ name }) => name === revision.spec.product);
  const results = await readResults(await workbench.lake(), {
    revision,
    metrics: product?.metrics ?? {},
    from: moment(options.from),
    to: moment(options.to),
  });
  return { json: JSON.parse(JSON.stringify(results)), text: textOf(results) };
});

async function revisionOf(workbench: Workbench, endpoint: string, prefix: Call["options"][string]): Promise<Revision> {
  const refuse = (because: string) =>
    new RangeError(`Cannot read the experiment of endpoint "${endpoint}" as ${because}`);
  const state = (await (await workbench.control()).state()).endpoints[endpoint];
  if (!state) throw refuse("no file of that name was applied");
  const known = Object.keys(state.revisions);
  const found = prefix === undefined
    ? [state.active?.revision].filter((each) => each !== undefined)
    : known.filter((each) => each.startsWith(String(prefix)));
  if (found.length === 1) return await loadRevision(await workbench.store(), state.revisions[found[0]!]!.spec);
  throw refuse(
    prefix === undefined
      ? `it is not active: boathouse endpoint activate ${endpoint}, or name a --revision`
      : `one revision must begin with "${prefix}": got ${found.length} of ${known.length}`,
  );
}

function moment(option: Call["options"][string]): Date | undefined {
  return option === undefined ? undefined : new Date(timeOf(String(option)) / 1000);
}

function textOf(results: ExperimentResults): string {
  const { endpoint, revision, hypothesis, primary, arms, analysis: { metrics } } = results;
  const total = arms.reduce((sum, { units }) => sum + units, 0);
  const shown = arms.map(({ name, weight, units, fallbacks }) => ({
    arm: name,
    units,
    share: percent(total === 0 ? 0 : units / total),
    "should be": percent(weight),
    "with fallbacks": fallbacks,
  }));
  return [
    `${endpoint}, revision ${revision.slice(0, 12)}: ${hypothesis}`,
    textTable(shown),
    healthOf(results),
    ...metrics.map((metric) => metricText(metric, primary)),
    "p is for one look; the always valid interval, by which the verdict goes, for as many as you like",
  ].join("\n\n");
}

function healthOf({ arms, labels, analysis: { sampleRatio, multiple } }: ExperimentResults): string {
  const words = {
    ok: "as the weights say",
    mismatch: "MISMATCH: units are lost or moved, trust no figure below",
    "too few": "too few units to tell",
  };
  const labelled = Object.entries(labels.labelled).map(([name, count]) => `${count} with label "${name}"`);
  return [
    `sample ratio: ${words[sampleRatio.verdict]}${sampleRatio.p === null ? "" : ` (p ${probability(sampleRatio.p)})`}`,
    `units in several of ${arms.length} arms, left out: ${multiple.units} (${percent(multiple.share)})`,
    `decisions: ${
      [labels.decisions, ...labelled].join(", ")
    }; ${labels.repeated} labelled again, ${labels.early} labelled before they were made`,
  ].join("\n");
}

function metricText({ metric, isGuardrail, arms }: MetricResult, primary: string): string {
  const role = metric === primary ? "primary" : isGuardrail ? "guardrail" : "goal";
  return `${metric} (${role})\n${textTable(arms.map(rowOf))}`;
}

function rowOf({ arm, n, mean, against }: ArmResult): Record<string, unknown> {
  return { arm, n, mean: mean === null ? "none" : figure(mean), ...against ? compared(against) : BLANK };
}

const BLANK = {
  difference: "",
  "95 %": "",
  relative: "",
  p: "",
  Holm: "",
  BH: "",
  "always valid": "",
  verdict: "",
  detectable: "",
  "power at 5 %": "",
};

function compared({ absolute, relative, adjusted, verdict, detectable, power }: Against): typeof BLANK {
  if ("reason" in absolute) return { ...BLANK, difference: `none: ${absolute.reason}` };
  return {
    difference: figure(absolute.value),
    "95 %": interval(absolute, figure),
    relative: relativeText(relative),
    p: probability(absolute.p),
    Holm: adjusted ? probability(adjusted.holm) : "",
    BH: adjusted ? probability(adjusted.benjaminiHochberg) : "",
    "always valid": interval(absolute.sequential, figure),
    verdict: verdict ?? "",
    detectable: detectable === null ? "" : figure(detectable),
    "power at 5 %": power === null ? "" : percent(power),
  };
}

function relativeText(relative: Effect | NoEffect): string {
  if ("reason" in relative) return `none: ${relative.reason}`;
  return `${percent(relative.value)} ${interval(relative, percent)}`;
}

function interval({ low, high }: { low: number; high: number }, text: (value: number) => string): string {
  return `[${text(low)}, ${text(high)}]`;
}

function figure(value: number): string {
  return String(+value.toPrecision(4));
}

function percent(share: number): string {
  return `${+(share * 100).toPrecision(3)} %`;
}

function probability(p: number): string {
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}
