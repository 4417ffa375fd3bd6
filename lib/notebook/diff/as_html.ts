import { pageHtml } from "../_html_page.ts";
import { slugger } from "../_slug.ts";
import type { CellChange } from "./cell_change.ts";
import type { NotebookDiff } from "./diff_notebooks.ts";
import type { FindingChange } from "./finding_change.ts";
import { factsHtml, markedHtml, outputHtml, plainHtml, textHtml } from "./_html_parts.ts";
import { DIFF_STYLE } from "./_html_style.ts";
import { cellSummary, count, diffSummary, tracesText } from "./phrases.ts";
import { visible } from "../visible.ts";
import type { Marks } from "./_words.ts";

/** How the two versions are called. */
export interface AsHtmlOptions {
  /** Name of the old version, such as `HEAD~1:1_explore.ipynb`. */
  old: string;
  /** Name of the new version. */
  new: string;
}

/**
 * Writes a diff as one HTML page that runs no script and loads nothing, with figures side by side. What the notebooks
 * hold is shown and never obeyed.
 *
 * @param diff The diff.
 * @param options How the versions are called.
 * @returns The page; equal diffs give equal bytes.
 *
 * @example
 * ```ts
 * import { diffNotebooks } from "./diff_notebooks.ts";
 * import { diffAsHtml } from "./as_html.ts";
 *
 * const empty = { cells: [], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
 * const page = diffAsHtml(diffNotebooks(empty, empty), { old: "a.ipynb", new: "b.ipynb" });
 * console.assert(page.startsWith("<!DOCTYPE html>") && page.includes("They do not differ."));
 * ```
 */
export function diffAsHtml(diff: NotebookDiff, names: AsHtmlOptions): string {
  const cells = placeCells(diff);
  const sections: [title: string, html: string][] = [
    ["Data", list(diff.inputs.map(({ text }) => plainHtml(text)))],
    ["Parameters", values(diff.parameters)],
    ["Findings", diff.findings.map(findingHtml).join("\n")],
    ["Verdicts", list(diff.verdicts.map(verdictHtml))],
    ["Packages", values(diff.packages)],
    ["Modules", list(diff.modules.map((path) => `${plainHtml(path)} has other contents`))],
    ["Metadata", values(diff.metadata)],
    ["Cells", cells.map(({ html }) => html).join("\n")],
  ];
  const shown = sections.filter(([, html]) => html !== "");
  const question = diff.question ?? names.new;
  return pageHtml({
    title: `${visibleTitle(question)}: what changed`,
    heading: plainHtml(question),
    head: headHtml(diff, names),
    contents: shown.flatMap(([title]) => [
      { level: 2, text: title, slug: title.toLowerCase() },
      ...title === "Cells" ? cells.flatMap(({ entry }) => entry ?? []).slice(0, MAX_CONTENTS) : [],
    ]),
    body: shown.map(([title, html]) => `<h2 id="${title.toLowerCase()}">${title}</h2>\n${html}`).join("\n"),
    foot: `<p>Made by Boathouse from ${plainHtml(names.old)} and ${plainHtml(names.new)}.</p>`,
    style: DIFF_STYLE,
  });
}

const MAX_CONTENTS = 100;

function visibleTitle(text: string): string {
  return visible(text.toWellFormed()).slice(0, 200);
}

function headHtml(diff: NotebookDiff, { old, new: now }: AsHtmlOptions): string {
  const facts = diffSummary(diff);
  const traces = tracesText(diff);
  const said = diff.equal ? "They do not differ." : [facts.join(", "), traces].filter((part) => part !== "").join(". ");
  return [
    `<div class="box"><p>${plainHtml(old)} → ${plainHtml(now)}</p>\n<p>${plainHtml(said)}</p></div>`,
    ...diff.notes.map((note) => `<p class="warn">${plainHtml(note)}</p>`),
  ].join("\n");
}

function list(lines: string[]): string {
  return lines.length === 0 ? "" : `<ul class="facts">${lines.map((line) => `<li>${line}</li>`).join("\n")}</ul>`;
}

function values(changes: NotebookDiff["parameters"]): string {
  return changes.length === 0 ? "" : factsHtml(changes);
}

function findingHtml({ label, state, old, new: now, marks, values }: FindingChange): string {
  const sentence = (kind: "removed" | "added", text: string | null, of: Marks | undefined) => {
    const when = kind === "removed" ? "Before" : "After";
    const marked = text === null ? "" : markedHtml(text, of, kind === "removed" ? "del" : "ins");
    return text === null ? [] : [`<p class="sentence ${kind}"><span class="label">${when}</span> ${marked}</p>`];
  };
  const numbers = values.filter(({ delta }) => delta !== undefined);
  return [
    `<div class="change"><p class="label">${plainHtml(label)}${state === "changed" ? "" : ` (${state})`}</p>`,
    ...sentence("removed", old, marks?.old),
    ...sentence("added", now, marks?.new),
    ...numbers.length > 0 ? [factsHtml(numbers)] : [],
    "</div>",
  ].join("\n");
}

function verdictHtml({ label, old, new: now, reason }: NotebookDiff["verdicts"][number]): string {
  const why = reason === "" ? "" : `: ${plainHtml(reason)}`;
  return `<strong>${plainHtml(label)}</strong> ${plainHtml(`${old ?? "new"} → ${now}`)}${why}`;
}

interface PlacedCell {
  html: string;
  entry?: { level: number; text: string; slug: string };
}

function placeCells({ cells }: NotebookDiff): PlacedCell[] {
  if (cells.every(({ state }) => state === "unchanged")) return [];
  const slug = slugger();
  return cells.map((cell) => {
    if (cell.state === "unchanged") return { html: `<p class="note">… ${count(cell.count, "unchanged cell")}</p>` };
    const entry = { level: 3, text: visible(cell.label.toWellFormed()), slug: slug(`cell ${cell.id}`) };
    return { html: cellHtml(cell, entry.slug), entry };
  });
}

function cellHtml(cell: CellChange, slug: string): string {
  const { state, label, type, place, source, outputs, moreOutputs = 0, metadata } = cell;
  const badge = state === "kept" ? cell.moved ? "moved" : "changed" : state;
  const parts = [
    `<h3 id="${plainHtml(slug)}">${place.new ?? place.old} ${
      plainHtml(label)
    } <span class="badge ${state}">${badge}</span></h3>`,
    `<p class="label">${plainHtml([type, ...state === "kept" ? cellSummary(cell) : []].join(", "))}</p>`,
    ...metadata.length > 0 ? [factsHtml(metadata)] : [],
    ...source ? [textHtml(source, type === "markdown")] : [],
    ...outputs.map(outputHtml),
    ...moreOutputs > 0 ? [`<p class="note">… ${count(moreOutputs, "output")} more</p>`] : [],
  ];
  return `<section class="change ${state}">\n${parts.join("\n")}\n</section>`;
}
