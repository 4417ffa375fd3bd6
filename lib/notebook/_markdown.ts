/** Writes a text so that Markdown shows it as it is, on one line: no HTML, link, picture, emphasis or block. */
export function escapeMarkdown(text: string): string {
  return escapeHtml(text.replace(/\s+/g, " ")).replace(/[\\`*_[\]|~$]/g, "\\$&")
    .replace(/^( *)([-+=#]|\d+(?=[.)]))/, (_, space, mark) => space + (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** Writes a text so that HTML shows it as it is. */
export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
