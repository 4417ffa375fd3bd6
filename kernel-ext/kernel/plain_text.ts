import type { MimeBundle } from "../../lib/notebook/mod.ts";

const MAX_READ = 10_000;
const MAX_CHARS = 1_000;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&nbsp;": " ",
  "&amp;": "&",
};

/**
 * Makes the text for front-ends that can show nothing else of what a cell displays.
 *
 * @param bundle Contents by MIME type, without `text/plain`.
 * @returns At most 1,000 characters: the words of Markdown or HTML, a picture's title, or the name of what it is.
 */
export function plainText(bundle: MimeBundle): string {
  for (const [mime, read] of READERS) {
    const value = bundle[mime];
    const text = typeof value === "string" ? read(value.slice(0, MAX_READ)).trim() : "";
    if (text !== "") return cut(text);
  }
  const json = bundle["application/json"];
  return json === undefined ? nameOf(Object.keys(bundle)) : cut(JSON.stringify(json));
}

const READERS: readonly (readonly [mime: string, read: (text: string) => string])[] = [
  ["text/markdown", (text) => text],
  ["text/html", wordsOf],
  ["image/svg+xml", (svg) => wordsOf(/<title[^>]*>([^<]*)/i.exec(svg)?.[1] ?? "")],
  ["text/latex", (text) => text],
];

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS).toWellFormed()}…` : text;
}

function wordsOf(html: string): string {
  return html
    .replace(/<(script|style)\b[^>]*>[\s\S]*?(<\/\1\s*>|$)/gi, "")
    .replace(/<\/(tr|p|div|li|h\d)\s*>|<br\b[^>]*>/gi, "\n")
    .replace(/<[^>]*(>|$)/g, " ")
    .replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n\s*/g, "\n");
}

/** Says what something is of which there are no words: a chart of Vega that only some front-ends draw, or a picture. */
function nameOf(mimes: string[]): string {
  const charts = mimes.map((mime) => /^application\/vnd\.(vega|vegalite)\.v(\d+)\+json$/.exec(mime)).filter((found) =>
    found !== null
  );
  const [, kind, version] = charts[0] ?? [];
  return kind ? `chart (${kind === "vega" ? "Vega" : "Vega-Lite"} ${version})` : `(${mimes.sort().join(", ")})`;
}
