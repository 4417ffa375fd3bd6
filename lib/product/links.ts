import { dirname, join, relative } from "node:path";
import type { Problem } from "./problem.ts";

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const FENCE = /^\s*(```|~~~)/;

/**
 * Checks the links of a Markdown text: relative ones must resolve, with their headings; absolute ones must be
 * well-formed https and are not fetched.
 *
 * @param root folder of the workbench
 * @param file Markdown file, relative to root
 * @param markdown its text
 * @param readText reads a file by absolute path; null when there is none
 * @returns problems in the order of the text
 * @example
 * ```ts
 * import { checkLinks } from "./links.ts";
 * const problems = checkLinks("/w", "README.md", "[gone](./gone.md)", () => null);
 * if (problems.length !== 1) throw new Error("unexpected");
 * ```
 */
export function checkLinks(
  root: string,
  file: string,
  markdown: string,
  readText: (path: string) => string | null,
): Problem[] {
  let fenced = false;
  return markdown.split("\n").flatMap((text, index) => {
    if (FENCE.test(text)) fenced = !fenced;
    if (fenced) return [];
    return [...text.replace(/`[^`]*`/g, "").matchAll(LINK)].flatMap(([, target]) => {
      const what = judge(root, file, target!, markdown, readText);
      return what ? [{ file, line: index + 1, what }] : [];
    });
  });
}

function judge(
  root: string,
  file: string,
  target: string,
  markdown: string,
  readText: (path: string) => string | null,
): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return judgeAbsolute(target);
  const [path, anchor] = target.split("#") as [string, string | undefined];
  const absolute = path === "" ? join(root, file) : join(root, dirname(file), decodeURIComponent(path));
  if (relative(root, absolute).startsWith("..")) return `link "${target}" leaves the repository`;
  const text = path === "" ? markdown : readText(absolute);
  if (text === null) return `link "${target}" leads nowhere: no such file`;
  if (anchor && absolute.endsWith(".md") && !headingIds(text).includes(anchor)) {
    return `link "${target}" leads nowhere: the file has no heading "#${anchor}"`;
  }
  return null;
}

function judgeAbsolute(target: string): string | null {
  if (/^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(target)) return null;
  return URL.canParse(target) && target.startsWith("https://") ? null : `link "${target}" must be well-formed https`;
}

/**
 * The ids that a forge gives to the headings of a Markdown text.
 *
 * @param markdown Markdown text
 * @returns ids in order; repeated ones get -1, -2, …
 * @example
 * ```ts
 * import { headingIds } from "./links.ts";
 * if (headingIds("## FL-12: show it").join() !== "fl-12-show-it") throw new Error("unexpected");
 * ```
 */
export function headingIds(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...markdown.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, title]) => {
    const id = title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}-${count}`;
  });
}
