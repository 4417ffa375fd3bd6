import { visible } from "../../lib/notebook/verify/mod.ts";
import {
  type Analysis,
  type Hit,
  lineageMermaid,
  lineageOf,
  readAnalyses,
  searchAnalyses,
} from "../../lib/product/mod.ts";
import { plainJson } from "./plain_json.ts";
import type { Action, Answer } from "./verb.ts";

/** The verb `notebook list`. */
export const notebookList: Action = async ({ options, root }) => {
  const texts = await readAnalyses(root());
  const { search, lineage } = options;
  const hits: Hit[] = typeof search === "string"
    ? searchAnalyses(texts, search)
    : texts.map(({ analysis }) => ({ analysis, score: 0, excerpt: "" }));
  const analyses = hits.map(({ analysis }) => analysis);
  if (typeof lineage === "string") return lineageAnswer(root(), analyses, lineage);
  const json = typeof search === "string" ? hits.map(({ analysis, ...rest }) => ({ ...analysis, ...rest })) : analyses;
  return { json: plainJson(json), text: listText(hits, search) };
};

function lineageAnswer(root: string, analyses: readonly Analysis[], format: string): Answer {
  const lineage = lineageOf(root, analyses);
  return {
    json: plainJson(lineage),
    text: format === "mermaid" ? lineageMermaid(lineage).trimEnd() : JSON.stringify(lineage, null, 2),
  };
}

function listText(hits: readonly Hit[], search: unknown): string {
  if (hits.length === 0) return search === undefined ? "no notebooks below notebooks/" : `no notebook has "${search}"`;
  const broken = hits.filter(({ analysis }) => analysis.problem !== null).length;
  const total = `${hits.length} ${hits.length === 1 ? "notebook" : "notebooks"}${
    broken > 0 ? `, ${broken} cannot be read` : ""
  }`;
  return [...hits.map(cardOf), total].join("\n\n");
}

function cardOf({ analysis, excerpt }: Hit): string {
  const { file, product, owner, question, findings, verdicts, problem } = analysis;
  if (problem !== null) return [file, `  ! ${problem}`].map(visible).join("\n");
  const about = product === null ? "no product" : `${product}, ${owner}`;
  return [
    `${file}  (${about})`,
    `  ${question ?? "(no question: its first heading is missing)"}`,
    `  code ${verdicts.code} · inputs ${verdicts.inputs} · ${verdicts.proof}`,
    ...flowLines(analysis),
    ...findings.map((text) => `  - ${text}`),
    ...(excerpt !== "" && !findings.includes(excerpt) ? [`  … ${excerpt}`] : []),
  ].map(visible).join("\n");
}

function flowLines({ tables, models, functions }: Analysis): string[] {
  const read = [
    ...tables.read.map(({ name, until, version }) => {
      return until !== undefined
        ? `${name} until ${until.slice(0, 10)}`
        : version !== undefined
        ? `${name} version ${version}`
        : name;
    }),
    ...models.read.map(({ name, version }) => `model ${name} ${version}`),
  ];
  const wrote = [...tables.written, ...models.written.map((name) => `model ${name}`)];
  const line = (what: string, names: readonly string[]) => names.length > 0 ? [`  ${what} ${names.join(", ")}`] : [];
  return [...line("reads", read), ...line("writes", wrote), ...line("defines", functions.map(({ name }) => name))];
}
