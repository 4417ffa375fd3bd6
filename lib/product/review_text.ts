import { changeText, count, deltaText, diffAsText, type ValueChange, visible } from "../notebook/mod.ts";
import type { Review } from "./review.ts";
import { promotedText } from "./_review_functions.ts";
import { type NotebookReview, stateText } from "./_review_notebooks.ts";

/**
 * Writes a review for a terminal.
 *
 * @param review The review.
 * @param options Whether to use the colours of a terminal; false by default.
 * @returns The lines.
 *
 * @example
 * ```ts
 * import { reviewText } from "./review_text.ts";
 *
 * const at = { revision: "main", commit: "0" };
 * const none = { notes: [], notebooks: [], metrics: [], thresholds: [], functions: [], endpoints: [], modules: [], charts: [] };
 * console.assert(reviewText({ base: at, head: at, ...none }) === "no notebook, function or endpoint changes");
 * ```
 */
export function reviewText(review: Review, { colours = false } = {}): string {
  const { notes, notebooks, metrics, thresholds, functions, endpoints, modules, charts } = review;
  const parts = [
    notes,
    section("Metrics", metrics.map(({ model, value }) => `${model} ${valueLine(value)}`)),
    section(
      "Bounds",
      thresholds.map((each) => `${each.model} ${each.metric}: ${each.old || "none"} → ${each.new || "none"}`),
    ),
    section(
      "Functions",
      functions.map(({ name, state, why, promoted }) => {
        return `${[`${name} ${state}`, why.join("; ")].filter((part) => part !== "").join(": ")}${
          promotedText(promoted)
        }`;
      }),
    ),
    section(
      "Endpoints",
      endpoints.flatMap(({ endpoint, state, functions, models, settings, problem }) => [
        [`${endpoint} ${state}`, ...functions, ...models, ...problem === "" ? [] : [problem]].join(", "),
        ...settings.map((value) => `  ${valueLine(value)}`),
      ]),
    ),
    section(
      "Modules",
      modules.map(({ file, state, cells }) => `${file} ${state}: reached by ${count(cells.length, "cell")}`),
    ),
    section(
      "Charts",
      charts.map((chart) => `${chart.new ?? chart.old} ${!chart.old ? "new" : !chart.new ? "gone" : "changed"}`),
    ),
  ].filter((lines) => lines.length > 0).map((lines) => oneLineEach(lines).join("\n"));
  const all = [...parts, ...notebooks.map((notebook) => notebookText(notebook, colours))];
  return all.length === 0 ? "no notebook, function or endpoint changes" : all.join("\n\n");
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function notebookText(notebook: NotebookReview, colours: boolean): string {
  const { file, problems, doubtful, diff } = notebook;
  const body = diff && !diff.equal ? [diffAsText(diff, { colours })] : [];
  const lines = [
    ...body.length === 0 ? problems : [], // a diff tells them among its notes
    ...doubtful.map(({ cell, verdict, reason }) => `${cell} is ${verdict}${reason === "" ? "" : `: ${reason}`}`),
  ];
  return [...oneLineEach([`${file} ${stateText(notebook)}`, ...lines.map((line) => `  ${line}`)]), ...body].join("\n");
}

function valueLine(value: ValueChange): string {
  const delta = deltaText(value);
  return `${value.name} ${changeText(value)}${delta === "" ? "" : ` (${delta})`}`;
}

/** Names and reasons come from others: no line breaks, and nothing that a terminal would obey. */
function oneLineEach(lines: string[]): string[] {
  return lines.map((line) => visible(line.replace(/[\n\t]/g, " ")));
}
