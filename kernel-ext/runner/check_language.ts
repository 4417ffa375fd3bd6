import type { Notebook } from "../../lib/notebook/mod.ts";

/**
 * Refuses a notebook of another language before anything of it runs. One that says no language is TypeScript; where its
 * kernelspec and its `language_info` differ, as after a change of the kernel, the kernelspec counts.
 *
 * @param notebook The notebook.
 * @param file Its path as people wrote it, for errors.
 * @throws {TypeError} When its cells are in another language.
 */
export function checkLanguage({ metadata }: Pick<Notebook, "metadata">, file: string): void {
  const { name, language } = textsOf(metadata.kernelspec, "name", "language");
  const info = textsOf(metadata.language_info, "name").name;
  const byName = name &&
    (OURS.has(name.toLowerCase()) ? "typescript" : KERNELS.find(([known]) => known.test(name))?.[1]);
  const named = language || byName;
  const found = named || info;
  if (!found || LANGUAGES.has(found.toLowerCase())) return;
  const source = !named ? "language_info" : name ? `kernelspec ${quote(name)}` : "kernelspec";
  throw new TypeError(
    `Cannot run "${file}" as its language must be TypeScript: its ${source} is for ${titleOf(found)}; ` +
      `run it with Jupyter, or write its cells in TypeScript and choose the kernel "boathouse"`,
  );
}

const LANGUAGES = new Set(["typescript", "javascript", "ts", "js"]);
const OURS = new Set(["boathouse", "deno"]);
/** Languages of kernels whose kernelspecs may not tell them. */
const KERNELS: [name: RegExp, language: string][] = [[/^python\d*$/i, "python"], [/^ir$/i, "R"], [
  /^julia\b/i,
  "julia",
]];

/** Metadata may be anything: what is no text counts as not there. */
function textsOf<K extends string>(value: unknown, ...names: K[]): Partial<Record<K, string>> {
  const found = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  return Object.fromEntries(names.flatMap((name) => {
    const text = Object.hasOwn(found, name) ? found[name] : null;
    return typeof text === "string" ? [[name, text.trim()]] : [];
  })) as Partial<Record<K, string>>;
}

const SHOWN_CHARS = 60;

function quote(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_CHARS).toWellFormed());
}

function titleOf(language: string): string {
  return /^[a-z]{1,20}$/i.test(language) ? language[0]!.toUpperCase() + language.slice(1) : quote(language);
}
