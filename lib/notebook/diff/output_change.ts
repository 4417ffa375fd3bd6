import type { DisplayOutput, MimeBundle, Output } from "../notebook.ts";
import type { DataTable } from "./data_table.ts";
import { type Bounds, gapsOf, replaced } from "./_align.ts";
import { type Figure, readFigure } from "./figure.ts";
import { diffTable, type TableChange } from "./table_change.ts";
import { diffText, type TextChange } from "./text_change.ts";
import { openQueues } from "./_queues.ts";
import { asShown, joinStreams, type OutputForm, outputKey, type Shown, textOf } from "./_shown_output.ts";
import { withoutColours } from "../visible.ts";
import { keyOf } from "./_key_of.ts";

/** An output that is new, gone or another one. */
export interface OutputChange {
  /** Which of them. */
  state: "added" | "removed" | "changed";
  /** How it is compared: by the richest of its forms. */
  form: OutputForm;
  /** Name of the stream, class of the error, title of the figure, else the MIME type. */
  name: string;
  /** Text of a stream, an error, Markdown, JSON or any other text; absent where it is equal. */
  text?: TextChange;
  /** Of tables; absent where it is equal. */
  table?: TableChange;
  /** Of charts and images: both sides, null where there is none. */
  figures?: { old: Figure | null; new: Figure | null };
  /** What else differs: other MIME types, `metadata`, `output_type`. */
  also: string[];
}

/** How outputs are compared. */
export interface OutputOptions {
  bounds: Bounds;
  /** By the cell's `//| key`. */
  key?: string;
  /** By the cell's `//| tolerance`. */
  tolerance?: number;
}

/** The outputs of a cell that differ. */
export interface OutputsChange {
  outputs: OutputChange[];
  /** How many others differ and are not listed. */
  more: number;
}

/** A cell with more changed outputs lists as many; nobody reads them all. */
const MAX_OUTPUTS = 500;

/** Compares the outputs of a cell, streams of one name that follow each other as one. */
export function diffOutputs(was: Output[], now: Output[], options: OutputOptions): OutputsChange {
  const [a, b] = [joinStreams(was), joinStreams(now)];
  const [keys, others] = [a.map(outputKey), b.map(outputKey)];
  const gaps = gapsOf(options.bounds.align(keys, others) ?? replaced(keys, others), a, b);
  const pairs = gaps.flatMap(({ gone, come }) => pairShown(gone.map(asShown), come.map(asShown)));
  const outputs = pairs.slice(0, MAX_OUTPUTS).map(([old, next]) => diffShown(old, next, options));
  return { outputs, more: pairs.length - outputs.length };
}

/** What replaces each other: outputs of one form in their order; what nothing replaces comes first. */
function pairShown(gone: Shown[], come: Shown[]): [Shown | null, Shown | null][] {
  const kindOf = ({ form, name }: Shown) => form === "stream" ? name : form;
  const take = openQueues(gone, kindOf);
  const pairs = come.map((next): [Shown | null, Shown] => [take(kindOf(next)) ?? null, next]);
  const kept = new Set(pairs.map(([old]) => old));
  return [...gone.filter((old) => !kept.has(old)).map((old): [Shown, null] => [old, null]), ...pairs];
}

function diffShown(was: Shown | null, now: Shown | null, options: OutputOptions): OutputChange {
  const { form, name, mime } = (now ?? was)!;
  const state = !was ? "added" : !now ? "removed" : "changed";
  const base = { state, form, name, also: was && now ? otherDifferences(was, now, mime) : [] } as const;
  if (form === "chart" || form === "image") {
    const figure = (shown: Shown | null) => shown ? readFigure(bundleOf(shown), shown.mime) : null;
    return { ...base, figures: { old: figure(was), new: figure(now) } };
  }
  if (form === "table") {
    const table = diffTable(was?.table ?? emptied(now!.table!), now?.table ?? emptied(was!.table!), {
      ...options,
      align: options.bounds.align,
    });
    return table ? { ...base, table } : base;
  }
  const [a, b] = [textOf(was), textOf(now)];
  const plain = [a, b].map(withoutColours) as [string, string];
  const text = diffText(...plain[0] === plain[1] ? [a, b] as const : plain, options.bounds);
  return text ? { ...base, text } : base;
}

function emptied({ schema }: DataTable): DataTable {
  return { schema, data: [] };
}

function bundleOf({ output }: Shown): MimeBundle {
  return (output as DisplayOutput).data;
}

function otherDifferences(was: Shown, now: Shown, mime: string): string[] {
  if (!("data" in was.output) || !("data" in now.output)) return [];
  const [a, b] = [was.output, now.output];
  const mimes = [...new Set([...Object.keys(b.data), ...Object.keys(a.data)])].filter((other) => other !== mime);
  const differs = (old: unknown, next: unknown) => keyOf(old ?? null) !== keyOf(next ?? null);
  return [
    ...mimes.filter((other) => differs(a.data[other], b.data[other])),
    ...differs(a.metadata, b.metadata) ? ["metadata"] : [],
    ...a.output_type === b.output_type ? [] : ["output_type"],
  ];
}
