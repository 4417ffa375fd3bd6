import type { Json } from "../../events/mod.ts";
import { fence } from "../_markdown.ts";
import type { CellChange } from "./cell_change.ts";
import type { FindingChange } from "./finding_change.ts";
import { forgeHtml, forgeText } from "./forge.ts";
import type { OutputChange } from "./output_change.ts";
import { cellSummary, count, outputSummary } from "./phrases.ts";
import type { TableChange } from "./table_change.ts";
import type { TextChange } from "./text_change.ts";
import { changeText, deltaText, type ValueChange, valueText } from "./value_change.ts";
import { visible } from "../visible.ts";
import { cutAtMarks, type Marks } from "./_words.ts";

const MAX_LINES = 80;
const MAX_LINE = 200;
const MAX_ROWS = 15;
const MAX_COLUMNS = 8;

/**
 * Writes a changed finding for a forge: the old and the new sentence with what differs marked, and its values.
 *
 * @param finding The finding.
 * @returns Items of a Markdown list.
 *
 * @example
 * ```ts
 * import { findingMarkdown } from "./as_markdown.ts";
 *
 * const finding = { state: "added" as const, cell: "a", label: "a", old: null, new: "It rains.", values: [] };
 * console.assert(findingMarkdown(finding).includes("after: It rains."));
 * ```
 */
export function findingMarkdown({ label, state, old, new: now, marks, values }: FindingChange): string {
  const sentence = (when: string, text: string | null, of: Marks | undefined, tag: string) => {
    if (text === null) return [];
    const parts = cutAtMarks(text, of ?? []).map((part) => {
      return part.marked ? `<${tag}>${forgeText(part.text)}</${tag}>` : forgeText(part.text);
    });
    return [`  - ${when}: ${parts.join("")}`];
  };
  return [
    `- **${forgeText(label)}**${state === "changed" ? "" : ` (${state})`}`,
    ...sentence("before", old, marks?.old, "del"),
    ...sentence("after", now, marks?.new, "ins"),
    ...values.filter(({ delta }) => delta !== undefined).map((value) => `  - ${valueMarkdown(value)}`),
  ].join("\n");
}

/**
 * Writes a changed value for a forge.
 *
 * @param value The value.
 * @returns Markdown of one line, such as `rmse 26.3 → 26.2 (−0.1, −0.38 %)`.
 *
 * @example
 * ```ts
 * import { valueMarkdown } from "./as_markdown.ts";
 *
 * console.assert(valueMarkdown({ name: "n", old: 4, new: 5, delta: 1, percent: 25 }) === "n 4 → 5 (+1, +25 %)");
 * ```
 */
export function valueMarkdown(value: ValueChange): string {
  const delta = deltaText(value);
  return `${forgeText(value.name)} ${forgeText(changeText(value))}${delta === "" ? "" : ` (${delta})`}`;
}

/**
 * Writes a changed cell for a forge, folded: its code as a diff, its tables as tables, figures by name.
 *
 * @param cell The cell.
 * @returns One `<details>` block of at most about 25,000 characters; a line where there is nothing to be folded.
 *
 * @example
 * ```ts
 * import { cellMarkdown } from "./as_markdown.ts";
 *
 * const place = { old: 1, new: null };
 * const found = { moved: false, outputs: [], metadata: [], attachments: [] };
 * const cell = { state: "removed" as const, id: "a", label: "a", type: "code" as const, place, ...found };
 * console.assert(cellMarkdown(cell) === "1 a (code): removed");
 * ```
 */
export function cellMarkdown(cell: CellChange): string {
  const { label, type, place, source, outputs, moreOutputs = 0, metadata } = cell;
  const left = Math.max(0, outputs.length - MAX_ROWS) + moreOutputs;
  const summary = `${place.new ?? place.old} ${label} (${type}): ${cellSummary(cell).join(", ")}`;
  const parts = [
    ...metadata.slice(0, MAX_ROWS).map((value) => `- ${valueMarkdown(value)}`),
    ...source ? [textMarkdown(source)] : [],
    ...outputs.slice(0, MAX_ROWS).map(outputMarkdown),
    ...left > 0 ? [`… ${count(left, "output")} more`] : [],
  ];
  if (parts.length === 0) return forgeText(cut(summary));
  return `<details>\n<summary>${forgeHtml(cut(summary))}</summary>\n\n${parts.join("\n\n")}\n\n</details>`;
}

function textMarkdown({ hunks, more }: TextChange): string {
  const signs = { same: " ", removed: "-", added: "+" };
  const lines = hunks.flatMap(({ lines }, index) => [
    ...index > 0 ? ["@@ … @@"] : [],
    ...lines.map(({ kind, text }) => signs[kind] + visible(cut(text).toWellFormed())),
  ]);
  const left = lines.length - MAX_LINES + more;
  return fence(
    [...lines.slice(0, MAX_LINES), ...left > 0 ? [`@@ ${count(left, "line")} more @@`] : []].join("\n"),
    "diff",
  );
}

function outputMarkdown(output: OutputChange): string {
  const parts = [
    `**${forgeText(cut(outputSummary(output)))}**`,
    ...output.text ? [textMarkdown(output.text)] : [],
    ...output.table ? [tableMarkdown(output.table)] : [],
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Changed rows with the old and the new values, then rows that are new or gone. */
function tableMarkdown({ key, changed, more, added, removed }: TableChange): string {
  const name = (row: Json[]) => key ? row.map(valueText).join(", ") : `row ${row[0]}`;
  const whole = (row: Record<string, Json>) => {
    return Object.entries(row).slice(0, MAX_COLUMNS).map(([column, value]) => `${column} ${valueText(value)}`).join(
      ", ",
    );
  };
  const lines = [
    ...changed.map(({ row, values }) => {
      const cells = values.slice(0, MAX_COLUMNS).map(valueMarkdown);
      return `| ${forgeText(cut(name(row)))} | ${cells.join("<br>")} |`;
    }),
    ...removed.map((row) => `| gone | ${forgeText(cut(whole(row)))} |`),
    ...added.map((row) => `| new | ${forgeText(cut(whole(row)))} |`),
  ];
  if (lines.length === 0) return "";
  const title = key ? forgeText(key.join(", ")) : "row";
  const hidden = Math.max(0, lines.length - MAX_ROWS) + more;
  const rest = hidden > 0 ? [`| … | ${count(hidden, "row")} more |`] : [];
  return [`| ${title} | change |`, "| :--- | :--- |", ...lines.slice(0, MAX_ROWS), ...rest].join("\n");
}

function cut(text: string): string {
  return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
}
