import { FINDING_MIME } from "./finding.ts";
import { escapeMarkdown, fence, tameMarkdown } from "./_markdown.ts";
import type { DisplayOutput, MimeBundle, Output } from "./notebook.ts";
import { standaloneSvg } from "./_svg.ts";
import { markdownTable } from "./_table.ts";

const MAX_LINES = 60;
const MAX_LINE = 400;

/** Takes a figure's bytes and gives the name of its file. */
export type AddFigure = (extension: string, bytes: Uint8Array) => string;

/** The outputs of a cell as blocks of Markdown; findings are left out, they stand at the top of a report. */
export function outputBlocks(outputs: Output[], addFigure: AddFigure): string[] {
  return joinStreams(outputs).map((output) => outputBlock(output, addFigure)).filter((block) => block !== "");
}

function joinStreams(outputs: Output[]): Output[] {
  return outputs.reduce<Output[]>((joined, output) => {
    const last = joined.at(-1);
    if (output.output_type !== "stream" || last?.output_type !== "stream" || last.name !== output.name) {
      return [...joined, output];
    }
    return [...joined.slice(0, -1), { ...last, text: last.text + output.text }];
  }, []);
}

function outputBlock(output: Output, addFigure: AddFigure): string {
  if (output.output_type === "stream") return textBlock(output.text);
  if (output.output_type === "error") {
    return `> **Failed:** ${escapeMarkdown(plain(`${output.ename}: ${output.evalue}`)).slice(0, MAX_LINE)}`;
  }
  return displayBlock(output, addFigure);
}

function displayBlock({ data }: DisplayOutput, addFigure: AddFigure): string {
  if (data[FINDING_MIME] !== undefined) return "";
  const title = figureTitle(data);
  const svg = data["image/svg+xml"];
  if (typeof svg === "string") return svgBlock(svg, title, addFigure);
  for (const kind of ["png", "jpeg"]) {
    const encoded = data[`image/${kind}`];
    if (typeof encoded === "string") return figure(title, addFigure(kind, Uint8Array.fromBase64(clean(encoded))));
  }
  const table = markdownTable(data["application/vnd.dataresource+json"]);
  if (table !== null) return table;
  const markdown = data["text/markdown"];
  if (typeof markdown === "string") return tameMarkdown(markdown).trim();
  const text = data["text/plain"];
  return typeof text === "string" ? textBlock(text) : "*An output without a text form is left out.*";
}

function svgBlock(svg: string, title: string, addFigure: AddFigure): string {
  const read = standaloneSvg(svg);
  if ("forbidden" in read) return `*A figure is left out: its SVG holds ${read.forbidden.replace(/[<>]/g, "")}.*`;
  return figure(title, addFigure("svg", new TextEncoder().encode(read.file)));
}

function figure(title: string, file: string): string {
  return `![${escapeMarkdown(title)}](${file})`;
}

/** A figure's plain text is its title, as boathouse/plot writes it. */
function figureTitle(data: MimeBundle): string {
  const text = data["text/plain"];
  const line = typeof text === "string" ? plain(text).trim().split("\n")[0]!.trim() : "";
  return line === "" || line.startsWith("[object") ? "Figure" : line.slice(0, 200);
}

function textBlock(text: string): string {
  const lines = plain(text).replace(/\n+$/, "").split("\n");
  if (lines.join("").trim() === "") return "";
  const shown = lines.slice(0, MAX_LINES).map((line) => line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
  const more = lines.length - shown.length;
  return fence([...shown, ...more > 0 ? [`… ${more} more lines`] : []].join("\n"), "text");
}

function clean(base64: string): string {
  return base64.replace(/\s+/g, "");
}

/** Without colours and other control characters of terminals. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
}
