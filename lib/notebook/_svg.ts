/** What must not stand in a figure: it is opened by people who did not write it. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/<!(doctype|entity)/i, "a document type"],
  [/<[\w:]*script[\s>/]/i, "a script"],
  [/<[\w:]*foreignObject[\s>/]/i, "foreign content"],
  [/\son[a-z]+\s*=\s*["']/i, "an event handler"],
  [/(?:java|vb)script\s*:/i, "a script in a link"],
  [/\b(?:xlink:)?href\s*=\s*["']\s*(?!#|https?:\/\/|data:image\/(?:png|jpeg);base64,)/i, "a link to elsewhere"],
  [/<[\w:]*(?:image|use)\b[^>]*href\s*=\s*["']\s*https?:/i, "a picture from elsewhere"],
  [/@import|url\(\s*["']?\s*(?!#|["']?#)/i, "a style from elsewhere"],
];

/** An SVG text as a file of its own, or what forbids that. */
export function standaloneSvg(text: string): { file: string } | { forbidden: string } {
  const svg = text.trim().replace(/^<\?xml[^>]*\?>\s*/, "");
  if (!/^<svg[\s>]/.test(svg) || !/<\/svg>$|^<svg[^>]*\/>$/.test(svg)) return { forbidden: "no single <svg> element" };
  const found = FORBIDDEN.find(([pattern]) => pattern.test(svg));
  if (found) return { forbidden: found[1] };
  const named = /^<svg[^>]*\sxmlns\s*=/.test(svg)
    ? svg
    : svg.replace("<svg", `<svg xmlns="http://www.w3.org/2000/svg"`);
  return { file: `${named}\n` };
}
