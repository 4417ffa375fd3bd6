/** Writes a text so that Markdown shows it as it is, on one line: no HTML, link, picture, emphasis or block. */
export function escapeMarkdown(text: string): string {
  return escapeAngles(text.replace(/\s+/g, " ")).replace(/[\\`*[\]|~$]|(?<![^\W_])_|_(?![^\W_])/g, "\\$&")
    .replace(/^( *)([-+=#]|\d+(?=[.)]))/, (_, space, mark) => space + (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

function escapeAngles(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** Puts a text into a code block that it cannot leave. */
export function fence(text: string, language: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${text.replace(/\n+$/, "")}\n${ticks}`;
}

/** Splits Markdown into its code blocks and the rest; joined again they are the text. */
export function splitFences(markdown: string): { text: string; code: boolean }[] {
  const parts: { text: string; code: boolean }[] = [];
  let open: string | null = null;
  for (const line of markdown.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    const code = open !== null || mark !== undefined;
    const last = parts.at(-1);
    if (last && last.code === code && !(mark && open === null)) last.text += line;
    else parts.push({ text: line, code });
    if (open === null) open = mark ?? null;
    else if (mark && mark.startsWith(open) && line.trim() === mark) open = null;
  }
  return parts;
}

/** Makes the relative links and pictures of a Markdown text start from another folder. */
export function relink(markdown: string, base: string): string {
  return splitFences(markdown).map(({ text, code }) => {
    if (code) return text;
    return text.replace(CODE_OR_LINK, (whole, ticks, open, to) => ticks ? whole : open + joinPath(base, to));
  }).join("");
}

/** A code span, or the target of a link that is neither absolute nor a place in the text. */
const CODE_OR_LINK = /(`+)[^]*?[^`]\1(?!`)|(\]\()(?![a-z][a-z0-9+.-]*:|[#/<])([^)\s]+)/gi;

/** A path relative to a folder, in one piece. */
export function joinPath(base: string, to: string): string {
  const parts: string[] = [];
  for (const part of `${base}/${to}`.split("/")) {
    if (part === "..") parts.at(-1) === undefined || parts.at(-1) === ".." ? parts.push(part) : parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/") + (to.endsWith("/") ? "/" : "");
}

/** A path as the target of a link in Markdown or HTML. */
export function linkText(path: string): string {
  const parts = path.toWellFormed().split("/").map(encodeURIComponent);
  return parts.join("/").replace(/[()'*!]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
}
