import MarkdownIt from "markdown-it";
import { slugger } from "./_slug.ts";

/** A part of a report under a heading. */
export interface Section {
  /** The heading as text. */
  text: string;
  /** How a forge names it. */
  slug: string;
}

const PARSER = new MarkdownIt();

/**
 * Finds for each cell the last heading above its end.
 *
 * @param title The report's title, as a heading in Markdown.
 * @param blocks Pieces of Markdown or code in order, each of a cell.
 * @returns Sections by id of the cell; cells above the first heading have none.
 */
export function sectionsOf(
  title: string,
  blocks: { cell: string; text: string; code?: string }[],
): Map<string, Section> {
  const slug = slugger();
  slug(headingsIn(title)[0] ?? "");
  const sections = new Map<string, Section>();
  let current: Section | null = null;
  for (const { cell, text, code } of blocks) {
    const headings = code === undefined ? headingsIn(text) : [];
    for (const heading of headings) current = { text: heading, slug: slug(heading) };
    if (current) sections.set(cell, current);
  }
  return sections;
}

function headingsIn(markdown: string): string[] {
  const tokens = PARSER.parse(markdown, {});
  return tokens.flatMap(({ type }, index) => type === "heading_open" ? [textOf(tokens[index + 1]!)] : []);
}

/** The text of a heading or paragraph without its marks. */
export function textOf({ children }: { children: { type: string; content: string }[] | null }): string {
  return (children ?? []).map(({ type, content }) => {
    if (type === "softbreak" || type === "hardbreak") return " ";
    return type === "html_inline" ? "" : content;
  }).join("");
}
