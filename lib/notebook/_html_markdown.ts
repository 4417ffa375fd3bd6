import MarkdownIt from "markdown-it";
import { escapeHtml } from "../columns/mod.ts";
import { codeHtml } from "./_html_code.ts";
import { cellClass, columnsOnPaper, TABLE_OPEN, tableClose } from "./_html_table.ts";
import type { ContentsEntry } from "./_html_page.ts";
import { joinPath } from "./_markdown.ts";
import { textOf } from "./_sections.ts";
import { isTangled, visibleMarkdown } from "./_tame.ts";
import type { Slugger } from "./_slug.ts";

/** Writes the Markdown of one page as HTML. */
export interface PageMarkdown {
  /** A whole text; its headings go to the contents where they are to be found. */
  text(markdown: string, options?: TextOptions): string;
  /** A text within a line. */
  inline(markdown: string): string;
  /** The headings so far. */
  readonly contents: readonly ContentsEntry[];
}

/** How one text is written. */
export interface TextOptions {
  /** Pictures as data URIs by their address; others are left out, and said so. */
  images?: ReadonlyMap<string, string>;
  /** Whether its headings belong to the contents. */
  listed?: boolean;
}

type Parser = InstanceType<typeof MarkdownIt>;
type Token = ReturnType<Parser["parse"]>[number];

/**
 * Makes the writer of a page's Markdown: raw HTML is text, links lead to the web, to files beside the notebook or into
 * the page, and headings come one level below the other, under the page's own.
 *
 * @param slug Names the headings.
 * @param base Folder of the notebook as the page sees it; without it, links to files beside the notebook are text.
 * @returns The writer.
 */
export function pageMarkdown(slug: Slugger, base?: string): PageMarkdown {
  const contents: ContentsEntry[] = [];
  const parser = new MarkdownIt({ linkify: true });
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  parser.validateLink = (to) => /^(https?|mailto|attachment):/i.test(to) || !/^\s*([a-z][a-z0-9+.-]*:|\/\/)/i.test(to);
  writeLinks(parser, base);
  writeTables(parser);
  parser.renderer.rules.fence = (tokens, index) => codeHtml(tokens[index]!.content, languageOf(tokens[index]!)) + "\n";
  parser.renderer.rules.code_block = (tokens, index) => codeHtml(tokens[index]!.content, "") + "\n";
  parser.renderer.rules.image = (tokens, index, _options, env) =>
    imageHtml(tokens[index]!, env?.images as TextOptions["images"]);
  let level = 1;
  const place = (tokens: Token[], listed: boolean): void => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== "heading_open") continue;
      level = Math.min(Math.max(2, Number(token.tag.slice(1))), level + 1, 6);
      const text = textOf(tokens[index + 1]!);
      const entry = { level, text, slug: slug(text) };
      token.tag = tokens[index + 2]!.tag = `h${level}`;
      token.attrSet("id", entry.slug);
      if (listed) contents.push(entry);
    }
  };
  return {
    contents,
    inline: (markdown) => parser.renderInline(visibleMarkdown(markdown)),
    text(source, { images = new Map(), listed = false } = {}) {
      const markdown = visibleMarkdown(source);
      if (isTangled(markdown)) return codeHtml(markdown, "");
      const tokens = parser.parse(markdown, {});
      place(tokens, listed);
      return parser.renderer.render(tokens, parser.options, { images });
    },
  };
}

/** The addresses of the pictures in a Markdown text. */
export function imagesIn(markdown: string): string[] {
  if (isTangled(markdown)) return [];
  const parser = new MarkdownIt();
  parser.validateLink = () => true;
  const tokens = parser.parse(markdown, {}).flatMap(({ children }) => children ?? []);
  return tokens.filter(({ type }) => type === "image").map((token) => String(token.attrGet("src")));
}

function writeLinks(parser: Parser, base: string | undefined): void {
  parser.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    const token = tokens[index]!;
    const to = String(token.attrGet("href"));
    if (/^attachment:/i.test(to)) token.attrSet("href", "#");
    else if (/^[a-z]+:/i.test(to)) token.attrSet("rel", "noopener noreferrer");
    else if (!/^[#/?]/.test(to)) setLink(token, base === undefined ? null : joinPath(base, to));
    return self.renderToken(tokens, index, options);
  };
}

/** A link that leads nowhere is its text. */
function setLink(token: Token, to: string | null): void {
  if (to !== null) return token.attrSet("href", to);
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== "href");
}

/** Tables scroll by themselves, and what stands right is a class: the page's policy takes no other styles. */
function writeTables({ renderer }: Parser): void {
  let [onPaper, columns, column] = [0, 0, 0];
  renderer.rules.table_open = (tokens, index) => {
    const widths = columnWidths(tokens, index);
    [onPaper, columns] = [columnsOnPaper(widths), widths.length];
    return `${TABLE_OPEN}\n`;
  };
  renderer.rules.table_close = () => `${tableClose(onPaper, columns)}\n`;
  renderer.rules.tr_open = () => {
    column = 0;
    return "<tr>";
  };
  for (const name of ["th_open", "td_open"] as const) {
    renderer.rules[name] = (tokens, index) => {
      const { tag, attrs } = tokens[index]!;
      const right = attrs?.some(([, value]) => value === "text-align:right") ?? false;
      return `<${tag}${cellClass(right, column++ >= onPaper)}>`;
    };
  }
}

function columnWidths(tokens: Token[], from: number): number[] {
  const widths: number[] = [];
  let column = 0;
  for (const token of tokens.slice(from)) {
    if (token.type === "table_close") break;
    if (token.type === "tr_open") column = 0;
    if (token.type !== "inline") continue;
    widths[column] = Math.max(widths[column] ?? 0, textOf(token).length);
    column++;
  }
  return widths;
}

function languageOf({ info }: Token): string {
  return info.trim().split(/\s+/)[0] ?? "";
}

function imageHtml(token: Token, images: TextOptions["images"] = new Map()): string {
  const [text, source] = [textOf(token), String(token.attrGet("src"))];
  const data = images.get(source);
  if (data !== undefined) return `<img alt="${escapeHtml(text)}" src="${escapeHtml(data)}">`;
  const what = /^(https?:|\/\/)/i.test(source) ? "a picture from elsewhere" : "a picture";
  return `<span class="note">[${escapeHtml(text)}: ${what} is left out]</span>`;
}
