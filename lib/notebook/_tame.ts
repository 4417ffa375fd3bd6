import MarkdownIt from "markdown-it";
import { escapeMarkdown, fence, splitFences } from "./_markdown.ts";
import { visible } from "./visible.ts";

const BLOCKS = new MarkdownIt();
BLOCKS.core.ruler.disable("inline");
/** Brackets of one paragraph: markdown-it takes time by their square. */
const MAX_BRACKETS = 2000;

/** Whether reading a Markdown text would take too long; it is shown as it was written then. */
export function isTangled(markdown: string): boolean {
  return BLOCKS.parse(markdown, {}).some(({ type, content }) => {
    return type === "inline" && content.split("[", MAX_BRACKETS + 2).length > MAX_BRACKETS + 1;
  });
}

/** Reads what a forge would read, also what must not be there. */
const STRICT = new MarkdownIt({ html: true });
STRICT.validateLink = () => true;

/** Shows marks that reorder or hide text as escapes, also where Markdown writes them as entities. */
export function visibleMarkdown(markdown: string): string {
  return splitFences(visible(markdown.replaceAll("\r\n", "\n"))).map(({ text, code }) => {
    if (code) return text;
    return text.replace(/&#?\w{1,31};/g, (entity) => {
      const meant = STRICT.utils.unescapeAll(entity);
      const shown = visible(meant);
      return shown === meant ? entity : shown;
    });
  }).join("");
}

/**
 * Keeps the Markdown that a person wrote, without what it would run or load where it is shown: HTML becomes text, links
 * that run code lead nowhere, pictures from elsewhere become links. What resists is shown as it was written.
 */
export function tameCell(text: string): string {
  const markdown = visibleMarkdown(text);
  if (isTangled(markdown)) return fence(markdown, "markdown");
  const gentle = closeFence(tameLines(markdown));
  return isTame(gentle, true) ? gentle : tameOutput(markdown);
}

/** A heading of the first level from a text in Markdown. */
export function tameHeading(markdown: string): string {
  const heading = `# ${tameCell(markdown)}`;
  return heading.includes("\n") ? `# ${escapeMarkdown(markdown)}` : heading;
}

/** Keeps the Markdown that a program wrote, without HTML, pictures and links that run code. */
export function tameOutput(text: string): string {
  const markdown = visibleMarkdown(text);
  if (isTangled(markdown)) return fence(markdown, "markdown");
  const tamed = closeFence(escapeAll(markdown));
  return isTame(tamed, false) ? tamed : fence(markdown, "markdown");
}

function escapeAll(text: string): string {
  // What is an entity already, as in the Markdown of a table, shows one character and stays so.
  const escaped = text.replace(/&(?!#?\w{1,31};)/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return escaped.replace(/^((?:&gt; ?)+)/gm, (quote) => quote.replaceAll("&gt;", ">"))
    .replace(/!(?=\[)/g, "\\!").replace(/(\]\(\s*|\]:\s*)(?!https:|http:|[#./])/gi, "$1#");
}

function tameLines(markdown: string): string {
  const lines = markdown.split("\n");
  const code = new Set<number>();
  for (const { type, map } of STRICT.parse(markdown, {})) {
    if (map && (type === "fence" || type === "code_block")) {
      for (let line = map[0]; line < map[1]; line++) code.add(line);
    }
  }
  return lines.map((line, index) => code.has(index) ? line : tameLine(line)).join("\n");
}

/** An escape, a code span that no table cuts, an address in angle brackets, HTML, a picture of elsewhere, a link. */
const PARTS = new RegExp(
  [
    /\\[^]|(?<!`)(`+)(?!`)[^`|]+\1(?!`)|<(?:https?:\/\/|mailto:)[^\s<>]*>/,
    /(<)(?=[a-z/!?])/,
    /(!)(?=\[[^\]]{0,300}\]\(\s*<?(?:https?:)?\/\/)/,
    /((?:\]\(|\]:)\s*<?)(?![\s<])(?!https?:|mailto:|[#./?]|[\w%~-][\w%~./-]*(?:[#?)\s"]|$))/,
  ].map(({ source }) => source).join("|"),
  "gi",
);

function tameLine(line: string): string {
  return line.replace(PARTS, (whole, _ticks, angle, picture, link) => {
    if (angle) return "&lt;";
    return picture ? "" : link ? `${link.replace(/<$/, "")}#` : whole;
  });
}

/** A code block that is not closed would take in all that follows. */
function closeFence(markdown: string): string {
  const last = STRICT.parse(markdown, {}).at(-1);
  if (last?.type !== "fence" || last.level > 0) return markdown;
  const lines = markdown.trimEnd().split("\n");
  const mark = /^ {0,3}(`+|~+)$/.exec(lines.at(-1)!)?.[1] ?? "";
  const closed = lines.length > last.map![0] + 1 && mark.startsWith(last.markup);
  return closed ? markdown : `${markdown.trimEnd()}\n${last.markup}`;
}

function isTame(markdown: string, pictures: boolean): boolean {
  return STRICT.parse(markdown, {}).flatMap((token) => [token, ...token.children ?? []]).every((token) => {
    if (token.type === "html_block" || token.type === "html_inline") return false;
    if (token.type === "image") return pictures && !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(`${token.attrGet("src")}`);
    return token.type !== "link_open" || /^(https?:|mailto:|[^:]*$|[#./?])/i.test(`${token.attrGet("href")}`);
  });
}
