import { FINDING_MIME } from "../finding.ts";
import type { MimeBundle, Output } from "../notebook.ts";
import { type DataTable, readDataTable, TABLE_MIME } from "./data_table.ts";
import { figureMime } from "./figure.ts";
import { keyOf } from "./_key_of.ts";
import { withoutColours } from "../visible.ts";

/** What an output is compared as. */
export type OutputForm = "stream" | "error" | "finding" | "table" | "chart" | "image" | "markdown" | "text" | "data";

/** An output by the richest of its forms. */
export interface Shown {
  output: Output;
  form: OutputForm;
  name: string;
  /** MIME type that the form is read from. */
  mime: string;
  /** Of the form `table`. */
  table: DataTable | null;
}

/** Reads the richest form of an output. */
export function asShown(output: Output): Shown {
  const bare = { output, mime: "", table: null };
  if (output.output_type === "stream") return { ...bare, form: "stream", name: output.name };
  if (output.output_type === "error") return { ...bare, form: "error", name: output.ename };
  const { data } = output;
  const table = figureMime(data) === null ? readDataTable(data[TABLE_MIME]) : null;
  const mime = mimeOf(data, table);
  const form = formOf(mime, table);
  const name = form === "chart" || form === "image" ? titleOf(data) : mime;
  return { output, form, name, mime, table };
}

/** Equal for equal outputs, whatever their counts. */
export function outputKey(output: Output): string {
  if (!("data" in output)) return keyOf(output);
  const { execution_count: _, ...kept } = output;
  return keyOf(kept);
}

function mimeOf(data: MimeBundle, table: DataTable | null): string {
  if (data[FINDING_MIME] !== undefined) return FINDING_MIME;
  const richest = figureMime(data) ?? (table ? TABLE_MIME : null);
  const known = ["text/markdown", "application/json", "text/plain"].find((mime) => data[mime] !== undefined);
  return richest ?? known ?? Object.keys(data).sort()[0] ?? "nothing";
}

function formOf(mime: string, table: DataTable | null): OutputForm {
  if (mime === FINDING_MIME) return "finding";
  if (mime === TABLE_MIME && table) return "table";
  if (mime === "image/svg+xml") return "chart";
  if (mime.startsWith("image/")) return "image";
  if (mime === "text/markdown") return "markdown";
  return mime === "text/plain" ? "text" : "data";
}

/** A figure's plain text is its title, as boathouse/plot writes it. */
function titleOf(data: MimeBundle): string {
  const text = data["text/plain"];
  const line = typeof text === "string" ? text.trim().split("\n")[0]!.trim() : "";
  return line === "" || line.startsWith("[object") ? "Figure" : line.slice(0, 200);
}

/** Joins streams of one name that follow each other. */
export function joinStreams(outputs: Output[]): Output[] {
  const joined: Output[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    const same = output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name;
    if (same) joined[joined.length - 1] = { ...last, text: last.text + output.text };
    else joined.push(output);
  }
  return joined;
}

/** The form that is shown as text; empty for none. */
export function textOf(shown: Shown | null): string {
  if (!shown) return "";
  const { output, mime } = shown;
  if (output.output_type === "stream") return output.text;
  if (output.output_type === "error") {
    const head = `${output.ename}: ${output.evalue}`;
    return [...withoutColours(output.traceback[0] ?? "") === head ? [] : [head], ...output.traceback].join("\n");
  }
  const value = output.data[mime];
  if (mime === FINDING_MIME) return String((value as { text?: unknown } | null)?.text ?? JSON.stringify(value));
  return typeof value === "string" ? value : JSON.stringify(value, null, 1) ?? "";
}
