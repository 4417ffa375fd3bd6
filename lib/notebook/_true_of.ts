import { escapeMarkdown } from "./_markdown.ts";
import { isCode, type Notebook } from "./notebook.ts";
import { numberText } from "./number_text.ts";
import { cellProvenanceOf, type Input, provenanceOf } from "./provenance.ts";

/** The box that says what data a report is true of, and what of it is not proven. */
export function trueOf(notebook: Notebook): string {
  const record = provenanceOf(notebook);
  if (!record) return "> **No run is recorded**: nothing here is known to be true of any data.";
  const inputs = Object.entries(record.inputs).map(([name, input]) => escapeMarkdown(inputText(name, input)));
  const values = Object.entries(record.parameters).map(([name, value]) => {
    return `${escapeMarkdown(name)} = ${escapeMarkdown(typeof value === "string" ? value : JSON.stringify(value))}`;
  });
  const lines = [
    inputs.length > 0 ? `**True of** ${inputs.join("; ")}` : "**True of its code alone**: no recorded data was read",
    ...values.length > 0 ? [`**with** ${values.join(", ")}`] : [],
    ...unprovenLines(notebook),
  ];
  return lines.map((line) => `> ${line}`).join("\\\n");
}

function inputText(name: string, input: Input): string {
  if ("model" in input) return `model ${input.model} ${input.version}`;
  if ("version" in input) return `${name} version ${input.version}`;
  const rows = `${numberText(input.rows)} ${input.rows === 1 ? "row" : "rows"}`;
  if (input.until !== undefined) return `${name} until ${input.until.slice(0, 10)}, ${rows}`;
  const ends = Object.entries(input.ends).map(([partition, end]) => `${partition}: ${numberText(end)}`);
  return `${name} up to offsets ${ends.join(" / ")}, ${rows}`;
}

const READ: Readonly<Record<string, string>> = {
  file: "a file",
  network: "the network",
  clock: "the clock",
  random: "random numbers",
};

function unprovenLines(notebook: Notebook): string[] {
  const found = notebook.cells.filter(isCode).flatMap((cell) => cellProvenanceOf(cell)?.unproven ?? []);
  if (found.length === 0) return [];
  return [`**Not proven**: some cells also read ${[...new Set(found)].sort().map((kind) => READ[kind]).join(", ")}`];
}
