import type { MimeBundle } from "../../../lib/notebook/mod.ts";
import type { CellDiagnostic } from "../../language/mod.ts";

/** Shows what is wrong with the types of a cell; null where nothing is. Hints are not shown. */
export function typeProblems(found: readonly CellDiagnostic[]): MimeBundle | null {
  const shown = found.filter(({ severity }) => severity !== "hint");
  if (shown.length === 0) return null;
  const lines = shown.slice(0, MOST).map(lineOf);
  const rest = shown.length - lines.length;
  const all = rest > 0 ? [...lines, `and ${rest.toLocaleString("en")} more`] : lines;
  return { "text/plain": all.join("\n"), "text/html": all.map((line) => `<div>${escape(line)}</div>`).join("") };
}

const MOST = 5;
/** TypeScript repeats whole types in its messages. */
const MAX_CHARS = 300;

function lineOf({ line, column, message, code }: CellDiagnostic): string {
  const [first = ""] = message.split("\n");
  const text = first.length > MAX_CHARS ? `${first.slice(0, MAX_CHARS)}…` : first;
  return `${line}:${column} ${text}${code === undefined ? "" : ` (${typeof code === "number" ? "TS" : ""}${code})`}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
