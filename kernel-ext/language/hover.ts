import { HIDDEN } from "./modules.ts";

/** What is known of a name. */
export interface Inspection {
  /** Its type and documentation as Markdown. */
  markdown: string;
  /** The same as text. */
  plain: string;
}

/** What the protocol shows of a place (LSP 3.17, "Hover"). */
export interface ServerHover {
  contents: MarkedText | MarkedText[];
}

type MarkedText = string | { value: string; language?: string };

/** Shows what the server said of a place; null when that is nothing. */
export function toInspection(hover: ServerHover | null): Inspection | null {
  if (!hover) return null;
  const parts = [hover.contents].flat().map(markdownOf);
  const markdown = withoutLinks(parts.filter((part) => part !== "").join("\n\n")).trim();
  return markdown === "" || UNKNOWN_NAME.test(markdown) ? null : { markdown, plain: plainOf(markdown) };
}

/** What the server says of a name that is not declared; one that is of type any has its declaration beside it. */
const UNKNOWN_NAME = /^```\w*\nany\n```$/;

/** Takes away how cells are linked: names that only modules of cells have, and that a name is imported from one. */
export function withoutLinks(text: string): string {
  return text
    .replace(/\(alias\) /g, "")
    .replace(/^import [^\n]*\n(?=```)/m, "")
    .replace(/ from "[^"]*boathouse-cell[^"]*"/g, "")
    .replace(/import\("[^"]*boathouse-cell[^"]*"\)\./g, "")
    .replaceAll(`${HIDDEN}was_`, "")
    .replaceAll(HIDDEN, "");
}

function markdownOf(part: MarkedText): string {
  if (typeof part === "string") return part;
  return part.language ? `\`\`\`${part.language}\n${part.value}\n\`\`\`` : part.value;
}

function plainOf(markdown: string): string {
  return markdown
    .split(/^```.*\n?/m)
    .map((part, index) => index % 2 === 1 ? part : prose(part))
    .join("")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function prose(text: string): string {
  return text
    .replace(/\[([^\]\n]*)\]\([^)\n]*\)/g, "$1")
    .replace(/(\*\*|__)(?=\S)(.*?\S)\1/g, "$2")
    .replace(/\*(?=\S)([^*\n]*\S)\*/g, "$1")
    .replace(/`([^`\n]*)`/g, "$1");
}
