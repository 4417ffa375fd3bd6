import { readDirectives } from "../../lib/cells/directives/mod.ts";

/**
 * Says what people call a cell: its `//| label`, else its first words.
 *
 * @param source The cell's text.
 * @returns One line of at most 40 characters.
 *
 * @example
 * ```ts
 * import { cellLabel } from "./cell_label.ts";
 *
 * console.assert(cellLabel("//| label: delay\nlet a = 1;") === "delay");
 * console.assert(cellLabel("// All flights of May\nconst rows = [];") === "All flights of May");
 * ```
 */
export function cellLabel(source: string): string {
  const { label } = readDirectives(source);
  return cut(typeof label === "string" ? label : firstWords(source));
}

const SHOWN_CHARS = 40;

function firstWords(source: string): string {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => line.trim());
  const first = lines.find((line) => line !== "" && !line.startsWith("//|")) ?? "";
  return first.replace(/^(\/\/|\/\*+)\s*/, "").replace(/\s*\*\/$/, "");
}

function cut(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  const chars = [...line];
  return chars.length > SHOWN_CHARS ? `${chars.slice(0, SHOWN_CHARS - 1).join("").trimEnd()}…` : line;
}
