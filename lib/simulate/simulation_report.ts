import type { Json } from "../events/mod.ts";
import { type Estimate, estimateShare } from "../stats/mod.ts";
import type { Injected } from "./injected.ts";
import type { MetricDelta } from "./metric_delta.ts";
import type { Ran } from "./run_recorded.ts";
import type { ChangedCase, Simulation } from "./simulate.ts";

/** What a report says beside the figures. */
export interface SimulationContext {
  /** Where the candidate was read from. */
  candidate: string;
  /** Where the decisions come from, a sentence. */
  source: string;
  /** What the reader must know before the figures, a sentence each. */
  notes: readonly string[];
  /** Faults that both revisions met. */
  injected: Injected;
}

/** A table of a report: rows with the same keys. */
export type ReportTable = Record<string, string>[];

/**
 * Lays out the figures of a simulation side by side.
 *
 * @param simulation what was found
 * @returns a row per figure
 */
export function figureTable({ base, candidate, metrics, n }: Simulation): ReportTable {
  const row = (figure: string, one: string, other: string, difference = "") => {
    return { figure, active: one, candidate: other, "candidate − active": difference };
  };
  const ms = (value: number | null) => value === null ? "not run" : `${figureText(value)} ms`;
  const ran = (side: Simulation["base"], text: (side: Simulation["base"]) => string) =>
    side.revision === null ? "not run" : text(side);
  const sides = (figure: string, text: (side: Simulation["base"]) => string) =>
    row(figure, ran(base, text), ran(candidate, text));
  return [
    sides("answered by a fallback", ({ fallbacks }) => shareText(fallbacks)),
    sides("no answer", ({ errors }) => shareText(errors)),
    row("half took at most", ms(base.p50Ms), ms(candidate.p50Ms)),
    row("99 % took at most", ms(base.p99Ms), ms(candidate.p99Ms)),
    sides("took longer than the budget", ({ late }) => `${count(late)} of ${count(n)}`),
    ...metrics.flatMap((metric) =>
      "reason" in metric ? [row(metric.metric, "none", "none", metric.reason)] : [row(
        `${metric.metric}, ${metric.unit} (${metric.better} is better)`,
        figureText(metric.base),
        figureText(metric.candidate),
        `${estimateText(metric.difference)} over ${count(metric.n)} labelled decisions: ${verdictOf(metric)}`,
      )]
    ),
    ...metrics.flatMap((metric) =>
      "reason" in metric
        ? []
        : Object.entries(metric.money).map(([currency, money]) =>
          row(`${metric.metric} in ${currency} per 1,000 decisions`, "", "", estimateText(times1000(money)))
        )
    ),
  ];
}

/**
 * Lays out the segments of a simulation; of a field's values those without a change share a row.
 *
 * @param simulation what was found
 * @returns a row per segment
 */
export function segmentTable({ segments }: Simulation): ReportTable {
  const fields = Map.groupBy(segments, ({ field }) => field);
  return [...fields].flatMap(([field, values]) => {
    const same = field === "variant" ? [] : values.filter(({ changed }) => changed === 0);
    const shown = same.length > 1 ? values.filter(({ changed }) => changed > 0) : values;
    const n = same.reduce((sum, each) => sum + each.n, 0);
    return [
      ...shown.map(({ value, n, changed }) =>
        segmentRow(field === "variant" ? `variant ${value}` : `${field} = ${value}`, n, changed)
      ),
      ...(same.length > 1 ? [segmentRow(`${field}: ${same.length} other values`, n, 0)] : []),
    ];
  });
}

function segmentRow(segment: string, n: number, changed: number): Record<string, string> {
  return { segment, decisions: count(n), changed: count(changed), share: shareText(estimateShare(changed, n)) };
}

/**
 * Says in one sentence what a simulation found.
 *
 * @param simulation what was found
 * @returns the sentence
 */
export function headline({ n, changed, share }: Simulation): string {
  return `${count(changed)} of ${count(n)} decisions change: ${percent(share.value)}, 95 % interval ` +
    `[${percent(share.low)}, ${percent(share.high)}]`;
}

/**
 * Says what was compared.
 *
 * @param simulation what was found
 * @param context where decisions and candidate come from
 * @returns sentences
 */
export function comparedText(
  { base, candidate }: Simulation,
  { candidate: file, source, notes, injected }: SimulationContext,
): string[] {
  const active = base.revision === null
    ? "no revision answers yet"
    : `active is revision ${base.revision.slice(0, 12)}`;
  const faults = [
    ...Object.entries(injected.fail).map(([name, rate]) => `${percent(rate)} of the calls of ${name} fail`),
    ...Object.entries(injected.slowMs).map(([name, ms]) => `${name} is ${ms} ms later`),
  ];
  return [
    `${active}; the candidate is ${file}, revision ${candidate.revision!.slice(0, 12)}`,
    source,
    ...(faults.length > 0 ? [`injected into both: ${faults.join("; ")}`] : []),
    ...notes,
  ];
}

/**
 * Tells the way of one changed decision under both revisions.
 *
 * @param found the decision
 * @returns lines
 */
export function caseLines({ decision, input, changes, base, candidate }: ChangedCase): string[] {
  return [
    `decision ${decision}, input ${short(input)}`,
    ...changes.slice(0, 5).map(({ field, base, candidate }) =>
      `${field || "the whole answer"}: ${short(base)} becomes ${short(candidate)}`
    ),
    ...(changes.length > 5 ? [`and ${changes.length - 5} fields more`] : []),
    `active: ${traceText(base)}`,
    `candidate: ${traceText(candidate)}`,
  ];
}

/**
 * Writes a simulation as Markdown.
 *
 * @param simulation what was found
 * @param context where decisions and candidate come from
 * @returns text of a Markdown file
 */
export function simulationReport(simulation: Simulation, context: SimulationContext): string {
  const { endpoint, worst, typical, base, candidate } = simulation;
  const cases = (title: string, found: readonly ChangedCase[]) =>
    found.length === 0 ? [] : [`## ${title}`, ...found.map(markdownCase)];
  const failures = [["active", base], ["candidate", candidate]] as const;
  const failed = failures.flatMap(([side, { failures }]) =>
    failures.map(({ detail, count: times }) => `- ${side}, ${count(times)} times: ${plain(detail)}`)
  );
  return [
    `# Simulation of endpoint ${endpoint}`,
    `**${headline(simulation)}.**`,
    comparedText(simulation, context).map((line) => `- ${plain(line)}`).join("\n"),
    "## Figures",
    markdownTable(figureTable(simulation)),
    "Latency is as measured while simulating, many decisions at once: compare the two, not with production.",
    ...(failed.length === 0 ? [] : ["## Steps that failed", failed.join("\n")]),
    "## Where decisions change",
    markdownTable(segmentTable(simulation)),
    ...cases("Largest changes", worst),
    ...cases("Typical changes", typical),
  ].join("\n\n") + "\n";
}

function markdownCase(found: ChangedCase): string {
  return caseLines(found).map((line, at) => at === 0 ? `- ${plain(line)}` : `  - ${plain(line)}`).join("\n");
}

function markdownTable(rows: ReportTable): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (cells: string[]) => `| ${cells.map(plain).join(" | ")} |`;
  return [
    line(names),
    line(names.map(() => "---")),
    ...rows.map((row) => line(names.map((name) => row[name]!))),
  ].join("\n");
}

/** What inputs hold is text, not Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>|#]|(?<=\])\(/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");
}

function traceText({ variant, status, path, error, output }: Ran): string {
  const steps = path.map(({ step, outcome, ms }) => `${step} ${outcome} (${figureText(ms)} ms)`).join(", ");
  const answer = output === undefined ? `no answer: ${error?.detail ?? "unknown"}` : short(output);
  const how = status === "fallback" ? ", by fallback" : "";
  return [`variant ${variant}${how}`, ...(steps ? [steps] : []), answer].join("; ");
}

const SHORT = 200;

function short(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`;
}

function verdictOf({ better, difference: { low, high } }: MetricDelta): string {
  if (low <= 0 && high >= 0) return "no clear difference";
  return (high < 0) === (better === "lower") ? "better" : "worse";
}

function times1000({ value, low, high, n }: Estimate): Estimate {
  return { value: value * 1000, low: low * 1000, high: high * 1000, n };
}

function shareText({ value, low, high }: Estimate): string {
  return `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function estimateText({ value, low, high }: Estimate): string {
  return `${figureText(value)} [${figureText(low)}, ${figureText(high)}]`;
}

function figureText(value: number): string {
  return (+value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

function percent(share: number): string {
  return `${+(share * 100).toPrecision(3)} %`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
