import { cutLine, cutText, plainText, type TextBounds } from "./_cut_text.ts";
import { FINDING_MIME } from "./finding.ts";
import { displayedFindings } from "./_displayed.ts";
import type { DisplayOutput, ErrorOutput, MimeBundle, Output, StreamOutput } from "./notebook.ts";
import { numberText } from "./number_text.ts";
import { standaloneSvg } from "./_svg.ts";
import { readTable, type ShownTable, type TableBounds } from "./_table.ts";

/** Pictures that every browser and forge shows, by the end of their MIME type. */
export const PICTURES = ["png", "jpeg", "gif", "webp"] as const;

/** An output in the one form in which a report shows it; nothing in it is markup but `markdown` and the SVG's file. */
export type Form =
  | { kind: "text"; lines: string[]; more: number; from: "stdout" | "stderr" | "value"; language: "text" | "json" }
  | { kind: "error"; message: string; stack: string[] }
  | { kind: "finding"; text: string }
  | { kind: "figure"; title: string; extension: "svg" | typeof PICTURES[number]; bytes: Uint8Array; dropped: string[] }
  | { kind: "table"; table: ShownTable }
  | { kind: "markdown"; text: string }
  | { kind: "left out"; reason: string };

/** How much of an output is shown. */
export interface OutputBounds {
  text: TextBounds;
  table: TableBounds;
}

/** In UTF-16 code units. */
const MAX_MARKDOWN = 50_000;
/** Outputs of one cell, the pieces of a stream as one. */
const MAX_OUTPUTS = 100;
/** Values of a JSON output. */
const MAX_JSON = 3000;
const MAX_FINDING = 1000;
/** In bytes, before decoding. */
const MAX_PICTURE = 8_000_000;

/** What a report does not show, and text stands for. */
const RICHER: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.vega/, "vega chart without an SVG"],
  [/^application\/vnd\.jupyter\.widget/, "widget"],
  [/^application\/(javascript|pdf)$/, "document"],
  [/^(video|audio)\//, "recording"],
  [/^text\/html$/, "HTML"],
];

/** The forms of a cell's outputs; pieces of one stream are one text. */
export function formsOf(outputs: Output[], bounds: OutputBounds): Form[] {
  const joined = joinStreams(outputs);
  const forms = joined.slice(0, MAX_OUTPUTS).flatMap((output): Form[] => {
    if (output.output_type === "stream") {
      return textForm(output.text, bounds, output.name === "stderr" ? "stderr" : "stdout");
    }
    return output.output_type === "error" ? [errorForm(output, bounds)] : displayForms(output, bounds);
  });
  const more = joined.length - MAX_OUTPUTS;
  return more > 0 ? [...forms, { kind: "left out", reason: `${numberText(more)} more outputs are left out` }] : forms;
}

function joinStreams(outputs: Output[]): Output[] {
  const joined: (Output | { name: StreamOutput["name"]; parts: string[] })[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    if (output.output_type !== "stream") joined.push(output);
    else if (last && "parts" in last && last.name === output.name) last.parts.push(output.text);
    else joined.push({ name: output.name, parts: [output.text] });
  }
  return joined.map((output) => {
    return "parts" in output ? { output_type: "stream", name: output.name, text: output.parts.join("") } : output;
  });
}

function errorForm({ ename, evalue, traceback }: ErrorOutput, { text }: OutputBounds): Form {
  const [message = ""] = cutText(`${ename}: ${evalue.slice(0, text.width)}`, text).lines;
  return { kind: "error", message, stack: cutText(traceback.slice(0, text.lines).join("\n"), text).lines };
}

function displayForms({ data }: DisplayOutput, bounds: OutputBounds): Form[] {
  if (data[FINDING_MIME] !== undefined) return findingForms(data);
  const title = figureTitle(data);
  const svg = data["image/svg+xml"];
  if (typeof svg === "string") return [svgForm(svg, title)];
  const picture = PICTURES.find((kind) => typeof data[`image/${kind}`] === "string");
  if (picture) return [pictureForm(String(data[`image/${picture}`]), picture, title)];
  const table = readTable(data["application/vnd.dataresource+json"], bounds.table, data["text/plain"]);
  if (table) return [{ kind: "table", table }];
  const markdown = data["text/markdown"];
  if (typeof markdown === "string") return markdownForms(markdown);
  return plainForms(data, bounds);
}

/** What claims to be a finding and is not shows nothing. */
function findingForms(data: MimeBundle): Form[] {
  const found = displayedFindings([{ output_type: "display_data", data, metadata: {} }]);
  return found.map(({ text }) => ({ kind: "finding", text: cutLine(text, MAX_FINDING) }));
}

function svgForm(svg: string, title: string): Form {
  const read = standaloneSvg(svg);
  if ("refused" in read) return { kind: "left out", reason: `A figure is left out: ${read.refused}` };
  const { file, dropped } = read;
  return { kind: "figure", title, extension: "svg", bytes: new TextEncoder().encode(file), dropped };
}

function pictureForm(base64: string, extension: typeof PICTURES[number], title: string): Form {
  const refuse = (reason: string): Form => ({ kind: "left out", reason: `A picture is left out: ${reason}` });
  if (base64.length > MAX_PICTURE * 4 / 3) return refuse("it is larger than 8 MB");
  const bytes = decodeBase64(base64);
  return bytes ? { kind: "figure", title, extension, bytes, dropped: [] } : refuse("it is not in base64");
}

/** Bytes of a text in base64, null where it is none. */
export function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text.replace(/\s+/g, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function markdownForms(markdown: string): Form[] {
  if (markdown.length <= MAX_MARKDOWN) return [{ kind: "markdown", text: markdown }];
  const text = markdown.slice(0, markdown.lastIndexOf("\n", MAX_MARKDOWN) + 1 || MAX_MARKDOWN);
  return [{ kind: "markdown", text }, { kind: "left out", reason: "The rest of a long text is left out" }];
}

function plainForms(data: MimeBundle, bounds: OutputBounds): Form[] {
  const json = data["application/json"];
  if (json !== undefined) return jsonForm(json, bounds);
  const text = data["text/plain"];
  const richer = RICHER.find(([type]) => Object.keys(data).some((name) => type.test(name)))?.[1];
  if (typeof text !== "string") {
    return [{ kind: "left out", reason: `An output is left out: ${richer ?? "it"} has no form for a report` }];
  }
  return [
    ...textForm(text, bounds, "value"),
    ...richer ? [{ kind: "left out" as const, reason: `Shown as text: its ${richer} is left out` }] : [],
  ];
}

/** JSON of which no more is written than may be shown. */
function jsonForm(json: unknown, bounds: OutputBounds): Form[] {
  let left = MAX_JSON;
  const cut = (value: unknown): unknown => {
    if (left-- <= 0) return "…";
    if (Array.isArray(value)) return value.slice(0, left + 1).map(cut);
    if (typeof value === "string") return value.slice(0, bounds.text.width);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).slice(0, left + 1).map(([name, inner]) => [name, cut(inner)]));
  };
  const text = JSON.stringify(cut(json), null, 2);
  return [
    ...textForm(text, bounds, "value", "json"),
    ...left < 0 ? [{ kind: "left out" as const, reason: "The rest of a long JSON is left out" }] : [],
  ];
}

function textForm(
  text: string,
  bounds: OutputBounds,
  from: "stdout" | "stderr" | "value",
  language: "text" | "json" = "text",
): Form[] {
  const { lines, more } = cutText(text, bounds.text);
  return more === 0 && lines.every((line) => line.trim() === "") ? [] : [{ kind: "text", lines, more, from, language }];
}

/** A figure's plain text is its title, as boathouse/plot writes it. */
function figureTitle(data: MimeBundle): string {
  const text = data["text/plain"];
  const line = typeof text === "string" ? plainText(text.slice(0, 1000)).trim().split("\n")[0]!.trim() : "";
  return line === "" || line.startsWith("[object") ? "Figure" : line.slice(0, 200);
}
