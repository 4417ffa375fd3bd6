import MiniSearch from "minisearch";
import { isCode, type Notebook } from "../notebook/mod.ts";
import type { Analysis, AnalysisText } from "./analyses.ts";

/** A notebook that matches a search. */
export interface Hit {
  /** What is listed of it. */
  analysis: Analysis;
  /** How well it matches; higher is better, comparable within one search only. */
  score: number;
  /** The line that matches best, at most 160 characters; empty where only a name matches. */
  excerpt: string;
}

/**
 * Finds the notebooks that hold all words of a search, anywhere: question, findings, prose, code, names of tables,
 * models and functions, owner. Words match by their beginnings and with small misspellings; questions and findings
 * count most.
 *
 * @param analyses notebooks of a workbench
 * @param words what to look for, such as "delay weekday"
 * @returns matches, the best first; none for words without letters
 *
 * @example
 * ```ts
 * import { readAnalyses } from "./analyses.ts";
 * import { searchAnalyses } from "./search.ts";
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/notebooks`);
 * console.assert(searchAnalyses(await readAnalyses(root), "delay").length === 0);
 * ```
 */
export function searchAnalyses(analyses: readonly AnalysisText[], words: string): Hit[] {
  const index = new MiniSearch<Document>({ fields: [...FIELDS] });
  index.addAll(analyses.map(({ analysis, notebook }, id) => ({ id, ...textsOf(analysis, notebook) })));
  const found = index.search(words, { combineWith: "AND", prefix: true, fuzzy: 0.15, boost: BOOST });
  return found.map(({ id, score, terms }) => {
    const { analysis, notebook } = analyses[id as number]!;
    return { analysis, score, excerpt: excerptOf(textsOf(analysis, notebook), terms) };
  });
}

const FIELDS = ["question", "findings", "prose", "code", "names"] as const;
const BOOST = { question: 4, findings: 3, names: 3, prose: 2 };

type Texts = Record<typeof FIELDS[number], string>;
type Document = Texts & { id: number };

function textsOf(analysis: Analysis, notebook: Notebook | null): Texts {
  const { question, findings, tables, models, functions, owner, product, file } = analysis;
  const cells = notebook?.cells ?? [];
  const names = [
    file,
    product,
    owner,
    ...tables.read.map(({ name }) => name),
    ...tables.written,
    ...models.read.map(({ name }) => name),
    ...models.written,
    ...functions.map(({ name }) => name),
  ];
  return {
    question: question ?? "",
    findings: findings.join("\n"),
    prose: cells.filter((cell) => !isCode(cell)).map(({ source }) => source).join("\n"),
    code: cells.filter(isCode).map(({ source }) => source).join("\n"),
    names: names.filter((name) => name !== null).join("\n"),
  };
}

const EXCERPT_CHARS = 160;

/** The line with most of the terms that matched, findings before prose before code. */
function excerptOf({ findings, prose, code }: Texts, terms: readonly string[]): string {
  const countIn = (line: string) => terms.filter((term) => line.includes(term)).length;
  let [best, most] = ["", 0];
  for (const line of [findings, prose, code].flatMap((text) => text.split("\n"))) {
    const count = countIn(line.toLowerCase());
    if (count > most) [best, most] = [line.trim(), count];
  }
  return best.length > EXCERPT_CHARS ? `${best.slice(0, EXCERPT_CHARS - 1)}…` : best;
}
