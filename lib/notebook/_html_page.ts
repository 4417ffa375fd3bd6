import { createHash } from "node:crypto";
import { escapeHtml } from "../columns/mod.ts";
import { STYLE } from "./_html_style.ts";

/** A line of the contents of a page. */
export interface ContentsEntry {
  /** 2 for a section, 3 and more for what is within. */
  level: number;
  text: string;
  /** Id of the heading. */
  slug: string;
}

/** What a page is put together from; all but the title are HTML. */
export interface PageParts {
  title: string;
  heading: string;
  /** What stands above the contents. */
  head: string;
  contents: ContentsEntry[];
  body: string;
  foot: string;
  /** Rules beside those of all pages. */
  style?: string;
}

/** Nothing runs and nothing is loaded: the page has one style, by its hash, and pictures that are part of it. */
function policyOf(style: string): string {
  const hash = createHash("sha256").update(style).digest("base64");
  return `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** Writes a whole page that needs nothing beside it. */
export function pageHtml({ title, heading, head, contents, body, foot, style = "" }: PageParts): string {
  const rules = STYLE + style;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(rules)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${rules}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
${head}
</header>
${contentsHtml(contents)}<main>
${body}
</main>
<footer>
${foot}
</footer>
</body>
</html>
`;
}

function contentsHtml(contents: ContentsEntry[]): string {
  if (contents.length < 2) return "";
  const lines = contents.map(({ level, text, slug }) => {
    return `<li class="level-${Math.min(level, 4)}"><a href="#${escapeHtml(slug)}">${escapeHtml(text)}</a></li>`;
  });
  return `<nav aria-label="Contents">\n<p>Contents</p>\n<ul>\n${lines.join("\n")}\n</ul>\n</nav>\n`;
}
