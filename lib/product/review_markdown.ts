import {
  cellMarkdown,
  changeText,
  count,
  deltaText,
  diffSummary,
  findingMarkdown,
  forgeText,
  valueMarkdown,
} from "../notebook/mod.ts";
import { cutSections, type Section } from "./_cut_sections.ts";
import type { ChartReview, Review } from "./review.ts";
import type { EndpointReview } from "./_review_endpoints.ts";
import { type FunctionReview, promotedText } from "./_review_functions.ts";
import type { MetricReview, ThresholdReview } from "./_review_metrics.ts";
import type { ModuleReview } from "./_review_modules.ts";
import { type NotebookReview, stateText } from "./_review_notebooks.ts";

/** How a review is written. */
export interface ReviewMarkdownOptions {
  /** Most characters, 60,000 by default: what a comment of a forge holds. */
  limit?: number;
  /** Address of a file with `{commit}` and `{path}` in it; figures are named without it. */
  link?: string;
}

/**
 * Writes a review as GitHub-flavoured Markdown for a comment. Texts of the notebooks are shown as they are: they mention
 * nobody, link nothing and end no block. What does not fit is left out from the least important on, and counted.
 *
 * @param review The review.
 * @param options How long it may be, and how files are linked.
 * @returns The Markdown.
 *
 * @example
 * ```ts
 * import { reviewMarkdown } from "./review_markdown.ts";
 *
 * const at = { revision: "main", commit: "0" };
 * const none = { notes: [], notebooks: [], metrics: [], thresholds: [], functions: [], endpoints: [], modules: [], charts: [] };
 * console.assert(reviewMarkdown({ base: at, head: at, ...none }).includes("changes no notebook"));
 * ```
 */
export function reviewMarkdown(review: Review, { limit = 60_000, link }: ReviewMarkdownOptions = {}): string {
  const head = headOf(review);
  const { texts, left } = cutSections(sectionsOf(review, link), limit - head.length - NOTICE);
  const lines = [...Map.groupBy(left, ({ what }) => what)].map(([what, parts]) => {
    const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0);
    return `${sum((part) => part.count)} of ${count(sum(({ of }) => of), what)}`;
  });
  const notice = left.length === 0 ? [] : [
    `> **Left out**, as this holds at most ${limit.toLocaleString("en-US")} characters: ${lines.join(", ")}. ` +
    "`boathouse notebook diff BASE..HEAD FILE` shows them.",
  ];
  return `${[head, ...texts, ...notice].join("\n\n")}\n`;
}

/** Room for the line that tells what is left out. */
const NOTICE = 1_000;

function headOf(review: Review): string {
  const { base, head, notes } = review;
  const facts = summaryOf(review);
  const said = facts.length === 0 ? "It changes no notebook, function or endpoint." : `**${facts.join(", ")}**`;
  const shown = notes.slice(0, 10).map((note) => `> ${forgeText(note.slice(0, 500))}`);
  const range = `From ${revisionText(base)} to ${revisionText(head)}.`;
  return ["## What this changes in notebooks", said, range, ...shown.length > 0 ? [shown.join("\n>\n")] : []].join(
    "\n\n",
  );
}

/** A revision with its commit, which is told once where it is named by it. */
function revisionText({ revision, commit }: Review["base"]): string {
  const short = commit.slice(0, 12);
  return commit.startsWith(revision) ? short : `${forgeText(revision)} (${short})`;
}

function summaryOf({ notebooks, metrics, functions, endpoints, modules, charts }: Review): string[] {
  const sum = (of: (notebook: NotebookReview) => number) => notebooks.reduce((total, each) => total + of(each), 0);
  const facts: [number, string][] = [
    [notebooks.filter(({ problems }) => problems.length > 0).length, "broken notebook"],
    [sum((notebook) => errorLines(notebook).length), "new error"],
    [sum(({ diff }) => diff?.findings.length ?? 0), "finding"],
    [metrics.length, "metric"],
    [functions.length, "function"],
    [endpoints.length, "endpoint"],
    [modules.length, "module"],
    [charts.length, "chart"],
  ];
  const doubtful = sum((notebook) => notebook.doubtful.length);
  const untouched = notebooks.filter(({ state }) => state === "untouched").length;
  return [
    ...notebooks.length > 0
      ? [count(notebooks.length, "notebook") + (untouched > 0 ? ` (${untouched} of them untouched)` : "")]
      : [],
    ...facts.filter(([number]) => number > 0).map(([number, word]) => count(number, word)),
    ...doubtful > 0 ? [`${count(doubtful, "cell")} not fresh`] : [],
  ];
}

function sectionsOf(review: Review, link: string | undefined): Section[] {
  const { notebooks, metrics, thresholds, functions, endpoints, modules, charts } = review;
  const list = (title: string, what: string, blocks: string[], head = ""): Section => {
    return { title: `### ${title}`, head, blocks, between: "\n", what };
  };
  const each = (write: (notebook: NotebookReview) => string[]) => notebooks.flatMap(write);
  return [
    list("Notebooks", "notebook", notebooks.map(overviewLine)),
    list("Broken", "problem", each(problemLines)),
    list("New errors", "error", each(errorLines)),
    list("Results in doubt", "verdict", each(doubtLines)),
    list("Findings", "finding", each(findingLines)),
    list(
      "Metrics",
      "metric",
      metrics.map(metricLine),
      "| model | metric | change | bound |\n| :--- | :--- | :--- | :--- |",
    ),
    list("Bounds", "bound", thresholds.map(thresholdLine)),
    list("Functions", "function", functions.map(functionLine)),
    list("Endpoints", "endpoint", endpoints.map(endpointLines)),
    list("Data and parameters", "input", each(inputLines)),
    list("Modules", "module", modules.map(moduleLine)),
    list("Charts", "chart", charts.map((chart) => chartLine(chart, review, link))),
    ...notebooks.filter(({ diff }) => diff).map((notebook): Section => ({
      title: `### ${titleOf(notebook)}`,
      head: "",
      blocks: cellBlocks(notebook),
      between: "\n\n",
      what: "changed cell",
    })),
  ];
}

function overviewLine(notebook: NotebookReview): string {
  const { file, diff, verdicts } = notebook;
  const judged = Object.entries(verdicts).map(([verdict, cells]) => `${cells} ${verdict}`).join(", ");
  const facts = diff ? diffSummary(diff) : [];
  const parts = [facts.join(", "), judged === "" ? "" : `cells by code: ${judged}`].filter((part) => part !== "");
  return `- **${forgeText(file)}** ${forgeText(stateText(notebook))}${
    parts.length > 0 ? `: ${forgeText(parts.join("; "))}` : ""
  }`;
}

function titleOf(notebook: NotebookReview): string {
  const { file, state, oldFile, diff } = notebook;
  const plain = state === "changed" && oldFile === undefined;
  const question = diff?.question ? `: ${forgeText(diff.question.slice(0, 200))}` : "";
  return `${forgeText(file)}${plain ? "" : ` (${forgeText(stateText(notebook))})`}${question}`;
}

function cellBlocks({ diff }: NotebookReview): string[] {
  return diff?.cells.flatMap((cell) => cell.state === "unchanged" ? [] : [cellMarkdown(cell)]) ?? [];
}

function problemLines({ problems }: NotebookReview): string[] {
  return problems.map((problem) => `- ${forgeText(problem.slice(0, 500))}`);
}

function errorLines({ file, diff }: NotebookReview): string[] {
  return diff?.cells.flatMap((cell) => {
    if (cell.state === "unchanged") return [];
    return cell.outputs.filter(({ form, state }) => form === "error" && state !== "removed").map(({ text, name }) => {
      const line = text?.hunks[0]?.lines.find(({ kind }) => kind === "added")?.text ?? name;
      return `- **${forgeText(cell.label)}** of ${forgeText(file)}: ${forgeText(line.slice(0, 300))}`;
    });
  }) ?? [];
}

function doubtLines({ file, doubtful, diff }: NotebookReview): string[] {
  const unproven = diff?.verdicts.filter(({ of, new: now }) => of === "proof" && now === "unproven") ?? [];
  const lines = [...doubtful, ...unproven.map(({ label, reason }) => ({ cell: label, verdict: "unproven", reason }))];
  return lines.map(({ cell, verdict, reason }) => {
    const why = reason === "" ? "" : `: ${forgeText(reason.slice(0, 300))}`;
    return `- **${forgeText(cell)}** of ${forgeText(file)} is ${forgeText(verdict)}${why}`;
  });
}

function findingLines({ file, diff }: NotebookReview): string[] {
  return diff?.findings.map((finding) => findingMarkdown({ ...finding, label: `${file}, ${finding.label}` })) ?? [];
}

function metricLine({ model, value, bound, holds }: MetricReview): string {
  const delta = deltaText(value);
  const change = `${forgeText(changeText(value))}${delta === "" ? "" : ` (${delta})`}`;
  const kept = holds === null ? "" : holds ? ": holds" : ": **does not hold**";
  return `| ${forgeText(model)} | ${forgeText(value.name)} | ${change} | ${forgeText(bound)}${kept} |`;
}

function thresholdLine({ product, model, metric, old, new: now }: ThresholdReview): string {
  return `- ${forgeText(`${product}, ${model}, ${metric}`)}: ${old || "no bound"} → ${now || "no bound"}`;
}

function functionLine({ name, notebook, label, state, why, promoted }: FunctionReview): string {
  const reasons = why.length === 0 ? "" : `: ${forgeText(why.join("; ").slice(0, 600))}`;
  return `- **${forgeText(name)}** (cell ${forgeText(label)} of ${forgeText(notebook)}) ${state}${reasons}${
    promotedText(promoted)
  }`;
}

function endpointLines({ endpoint, file, state, settings, functions, models, problem }: EndpointReview): string {
  const named = (what: string, names: string[]) => names.length === 0 ? [] : [`${what} ${someNames(names)}`];
  const rests = [...named("calls", functions), ...named("names model", models)];
  const said = problem === ""
    ? rests.length > 0 ? `: ${rests.join("; ")}` : ""
    : `: ${forgeText(problem.slice(0, 300))}`;
  return [
    `- **${forgeText(endpoint)}** (${forgeText(file)}) ${state}${said}`,
    ...settings.slice(0, 40).map((value) => `  - ${valueMarkdown(value)}`),
    ...settings.length > 40 ? [`  - ${count(settings.length - 40, "setting")} more`] : [],
  ].join("\n");
}

function inputLines({ file, diff }: NotebookReview): string[] {
  if (!diff) return [];
  return [
    ...diff.inputs.map(({ text }) => forgeText(text)),
    ...[...diff.parameters, ...diff.packages, ...diff.metadata].map(valueMarkdown),
  ].map((line) => `- ${forgeText(file)}: ${line}`);
}

function moduleLine({ file, state, cells }: ModuleReview): string {
  const notebooks = Object.entries(Object.groupBy(cells, ({ notebook }) => notebook));
  const reached = notebooks.slice(0, MAX_NAMES).map(([notebook, found = []]) => {
    return `${forgeText(notebook)} in ${someNames(found.map(({ cell }) => cell))}`;
  });
  const more = notebooks.length > MAX_NAMES ? `; ${count(notebooks.length - MAX_NAMES, "notebook")} more` : "";
  return `- **${forgeText(file)}** ${state}: reached by ${reached.join("; ")}${more}`;
}

const MAX_NAMES = 20;

function someNames(names: string[]): string {
  const more = names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : [];
  return [...names.slice(0, MAX_NAMES).map(forgeText), ...more].join(", ");
}

function chartLine({ old, new: now }: ChartReview, { base, head }: Review, link: string | undefined): string {
  const to = (path: string | null, commit: string, word: string) => {
    if (path === null) return [];
    const address = link?.replaceAll("{commit}", commit).replaceAll(
      "{path}",
      path.split("/").map(encodeURIComponent).join("/"),
    );
    return [address === undefined ? word : `[${word}](<${address}>)`];
  };
  const state = old === null ? "new" : now === null ? "gone" : "changed";
  const links = [...to(old, base.commit, "before"), ...to(now, head.commit, "after")];
  return `- ${forgeText((now ?? old)!)} ${state}${link === undefined ? "" : `: ${links.join(", ")}`}`;
}
