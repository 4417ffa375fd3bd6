import { escapeHtml } from "../../columns/mod.ts";
import type { Json } from "../../events/mod.ts";
import type { Figure } from "./figure.ts";
import type { OutputChange } from "./output_change.ts";
import { count, outputSummary } from "./phrases.ts";
import type { TableChange } from "./table_change.ts";
import type { DiffLine, TextChange } from "./text_change.ts";
import { changeText, deltaText, type ValueChange, valueText } from "./value_change.ts";
import { visible } from "../visible.ts";
import { cutAtMarks, type Marks } from "./_words.ts";

const MAX_ROWS = 100;
const MAX_COLUMNS = 30;

/** A text of others as HTML: what is hidden is shown, nothing is obeyed. */
export function plainHtml(text: string): string {
  return escapeHtml(visible(text.toWellFormed()));
}

/** A changed value with its difference. */
export function valueHtml(value: ValueChange): string {
  const delta = deltaText(value);
  return `${plainHtml(changeText(value))}${delta === "" ? "" : ` <span class="delta">(${delta})</span>`}`;
}

/** A text with what differs marked. */
export function markedHtml(text: string, marks: Marks | undefined, tag: "ins" | "del"): string {
  return cutAtMarks(text, marks ?? []).map((part) => {
    return part.marked ? `<${tag}>${plainHtml(part.text)}</${tag}>` : plainHtml(part.text);
  }).join("");
}

/** A changed text line by line; prose is wrapped, code scrolls. */
export function textHtml({ hunks, more, aligned }: TextChange, prose = false): string {
  const gap = (text: string) => `<span class="line gap">${text}</span>`;
  const lines = hunks.flatMap(({ lines }, index) => [...index > 0 ? [gap("…")] : [], ...lines.map(lineHtml)]);
  const left = more > 0 ? [gap(`… ${count(more, "changed line")} more`)] : [];
  const note = aligned ? "" : `<p class="note">Too different to be aligned: all lines count as replaced.</p>\n`;
  // Each line is a block of its own: a line break between them would be an empty line.
  return `${note}<pre class="diff${prose ? " prose" : ""}" tabindex="0"><code>${
    [...lines, ...left].join("")
  }</code></pre>`;
}

const SIGNS = { same: "  ", removed: "− ", added: "+ " };

function lineHtml({ kind, text, marks }: DiffLine): string {
  return `<span class="line ${kind}">${SIGNS[kind]}${
    markedHtml(text, marks, kind === "removed" ? "del" : "ins")
  }</span>`;
}

/** A changed output under a line that says what happened to it. */
export function outputHtml(output: OutputChange): string {
  const { text, table, figures, name, form } = output;
  return [
    `<h4>${plainHtml(outputSummary(output))}</h4>`,
    ...text ? [textHtml(text, form === "markdown" || form === "finding")] : [],
    ...table ? tableHtml(table) : [],
    ...figures ? [pairHtml(name, figures)] : [],
  ].join("\n");
}

function pairHtml(title: string, { old, new: now }: { old: Figure | null; new: Figure | null }): string {
  if (old && now && old.digest === now.digest) return figureHtml(title, "before and after", now);
  const sides = [...old ? [figureHtml(title, "before", old)] : [], ...now ? [figureHtml(title, "after", now)] : []];
  return `<div class="pair">${sides.join("\n")}</div>`;
}

/** A picture within `<img>` runs nothing and asks for nothing, whatever it holds. */
function figureHtml(title: string, when: string, { mime, base64 }: Figure): string {
  const shown = base64 === null
    ? `<p class="note">It is not shown: it is no picture, or holds more than one.</p>`
    : `<img alt="${plainHtml(title)}, ${when}" src="data:${mime};base64,${base64}">`;
  return `<figure tabindex="0"><figcaption>${when}</figcaption>${shown}</figure>`;
}

function tableHtml(table: TableChange): string[] {
  const { key, columns, changed, more, added, removed } = table;
  return [
    ...columns.retyped.length === 0 ? [] : [factsHtml(columns.retyped)],
    ...changed.length === 0 ? [] : [changedRows(key, changed, more)],
    ...removed.length === 0 ? [] : [wholeRows("removed", "Rows that are gone", removed)],
    ...added.length === 0 ? [] : [wholeRows("added", "New rows", added)],
  ];
}

/** Values by name, one a line. */
export function factsHtml(values: ValueChange[]): string {
  const lines = values.slice(0, MAX_ROWS).map((value) => `<li>${plainHtml(value.name)} ${valueHtml(value)}</li>`);
  const more = values.length > MAX_ROWS ? [`<li>… ${values.length - MAX_ROWS} more</li>`] : [];
  return `<ul class="facts">${[...lines, ...more].join("\n")}</ul>`;
}

/** Only columns in which something changed: old → new, with the difference. */
function changedRows(key: string[] | null, changed: TableChange["changed"], more: number): string {
  const rows = changed.slice(0, MAX_ROWS);
  const names = [...new Set(rows.flatMap(({ values }) => values.map(({ name }) => name)))].slice(0, MAX_COLUMNS);
  const body = rows.map(({ row, values }) => {
    const cells = names.map((name) => values.find((value) => value.name === name));
    const keys = row.map((part) => `<th scope="row">${plainHtml(valueText(part))}</th>`);
    return `<tr>${keys.join("")}${cells.map((value) => `<td>${value ? valueHtml(value) : ""}</td>`).join("")}</tr>`;
  });
  return scroll("Changed rows", [...key ?? ["row"], ...names], body, changed.length - rows.length + more);
}

function wholeRows(kind: "added" | "removed", title: string, all: Record<string, Json>[]): string {
  const rows = all.slice(0, MAX_ROWS);
  const names = [...new Set(rows.flatMap(Object.keys))].slice(0, MAX_COLUMNS);
  const body = rows.map((row) => {
    const cells = names.map((name) => `<td>${Object.hasOwn(row, name) ? plainHtml(valueText(row[name])) : ""}</td>`);
    return `<tr class="${kind}">${cells.join("")}</tr>`;
  });
  return scroll(title, names, body, all.length - rows.length);
}

function scroll(title: string, names: string[], body: string[], more: number): string {
  const head = names.map((name) => `<th scope="col">${plainHtml(name)}</th>`).join("");
  const left = more > 0 ? `\n<p class="note">… ${count(more, "row")} more</p>` : "";
  return `<p class="label">${title}</p>\n<div class="scroll" role="group" aria-label="${title}" tabindex="0"><table><thead><tr>${head}</tr></thead>
<tbody>${body.join("\n")}</tbody></table></div>${left}`;
}
