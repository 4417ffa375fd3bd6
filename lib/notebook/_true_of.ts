import { cutLine } from "./_cut_text.ts";
import type { Notebook } from "./notebook.ts";
import { numberText } from "./number_text.ts";
import { cellProvenanceOf, type Input, provenanceOf, type Unproven } from "./provenance.ts";
import type { ShownCell } from "./_shown.ts";

/** What a report is true of, in words. */
export interface TrueOf {
  /** Tables, then models. */
  inputs: string[];
  /** Parameters as `name = value`. */
  parameters: string[];
  /** What cells read that is not on record, such as `cell "now" read the clock`. */
  unproven: string[];
  /** What ran it. */
  versions: string;
}

/** Of a name or a value. */
const MAX_TEXT = 200;

/** What data a report is true of, and what of it is not proven; null when no run is recorded. */
export function trueOf(notebook: Notebook, cells: ShownCell[]): TrueOf | null {
  const record = provenanceOf(notebook);
  if (!record) return null;
  const inputs = Object.entries(record.inputs);
  const models = inputs.flatMap(([, input]) => "model" in input ? [`${input.model} ${input.version}`] : []);
  return {
    inputs: [
      ...inputs.filter(([, input]) => !("model" in input)).map(([name, input]) =>
        cutLine(tableText(name, input), MAX_TEXT)
      ),
      ...models.length > 0 ? [`${models.length > 1 ? "models" : "model"} ${models.join(", ")}`] : [],
    ],
    parameters: Object.entries(record.parameters).map(([name, value]) => {
      return cutLine(`${name} = ${typeof value === "string" ? value : JSON.stringify(value)}`, MAX_TEXT);
    }),
    unproven: unprovenTexts(cells),
    versions: `Deno ${record.deno}, Boathouse ${record.boathouse}`,
  };
}

function tableText(name: string, input: Input): string {
  if ("version" in input) return `${name} version ${input.version}`;
  return input.until === undefined
    ? `${name} up to offsets ${endsOf(input)}, ${rowsOf(input)}`
    : `${name} until ${input.until.slice(0, 10)}, ${rowsOf(input)}`;
}

/** One input of a notebook, exactly. */
export interface InputRow {
  name: string;
  /** What of it was read. */
  read: string;
  /** What tells it from another of the same name. */
  identity: string;
}

/** The inputs of a notebook, exactly. */
export function inputRows(notebook: Notebook): InputRow[] {
  return Object.entries(provenanceOf(notebook)?.inputs ?? {}).map(([name, input]) => {
    if ("model" in input) {
      return { name: input.model, read: `model, version ${input.version}`, identity: digestOf(input.digest) };
    }
    if ("version" in input) return { name, read: `version ${input.version}`, identity: digestOf(input.digest) };
    const until = input.until === undefined ? "" : `, newest of ${input.until.slice(0, 19).replace("T", " ")}`;
    const read = `${rowsOf(input)} up to offsets ${endsOf(input)}${until}`;
    return { name, read, identity: `incarnation ${input.incarnation.slice(0, DIGITS)}` };
  });
}

/** Enough of a digest to tell it from others. */
const DIGITS = 12;

function digestOf(digest: string): string {
  return `digest ${digest.slice(0, DIGITS)}`;
}

type RawInput = Input & { ends: Record<string, number>; rows: number };

function rowsOf({ rows }: RawInput): string {
  return `${numberText(rows)} ${rows === 1 ? "row" : "rows"}`;
}

function endsOf({ ends }: RawInput): string {
  return Object.entries(ends).map(([partition, end]) => `${partition}: ${numberText(end)}`).join(" / ");
}

const READ: Readonly<Record<Unproven, string>> = {
  file: "a file",
  network: "the network",
  clock: "the clock",
  random: "random numbers",
};
const MAX_NAMED = 5;

function unprovenTexts(cells: ShownCell[]): string[] {
  const found = cells.flatMap((shown) => {
    const kinds = shown.kind === "code" ? cellProvenanceOf(shown.cell)?.unproven ?? [] : [];
    return kinds.map((kind) => ({ kind, label: shown.kind === "code" ? cutLine(shown.label, 80) : "" }));
  });
  return [...new Set(found.map(({ kind }) => kind))].sort().map((kind) => {
    const labels = found.filter((other) => other.kind === kind).map(({ label }) => `"${label}"`);
    const more = labels.length > MAX_NAMED ? [`${labels.length - MAX_NAMED} more`] : [];
    return `${labels.length > 1 ? "cells" : "cell"} ${[...labels.slice(0, MAX_NAMED), ...more].join(", ")} read ${
      READ[kind]
    }`;
  });
}
