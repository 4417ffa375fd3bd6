import type { MimeBundle } from "../../../lib/notebook/mod.ts";
import type { CellDiagnostic } from "../../language/mod.ts";

/** Shows what is wrong with the types of a cell; null where nothing is. Hints are not shown. */
export function typeProblems(found: readonly CellDiagnostic[]): MimeBundle | null {
  const shown = found.filter(({ severity }) => severity !== "hint");
  if (shown.length === 0) return null;
  const lines = shown.slice(0, MOST).map(lineOf);
  const rest = shown.length - lines.length;
  const all = rest > 0 ? [...lines, `and ${rest.toLocaleString("en")} more`] : lines;
  const html = all.map((line) => `<div>${escape(line)}</div>`).join("");
  return { "text/plain": all.join("\n"), "text/html": `<div style="${MARGIN}">${html}</div>` };
}

const MOST = 5;
/** Tells it from what the cell shows, on a light page and a dark one. */
const MARGIN = "border-left: 3px solid #c8553d; padding-left: 8px";
/** TypeScript repeats whole types in its messages. */
const MAX_CHARS = 300;

function lineOf({ severity, line, column, message, code }: CellDiagnostic): string {
  const [first = ""] = message.split("\n");
  const text = first.length > MAX_CHARS ? `${first.slice(0, MAX_CHARS)}…` : first;
  return `Type ${severity} at ${line}:${column}: ${text}${
    code === undefined ? "" : ` (${typeof code === "number" ? "TS" : ""}${code})`
  }`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
