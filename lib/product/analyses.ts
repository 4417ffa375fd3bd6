import { dirname, join, relative } from "node:path";
import { listProducts, type Product } from "../config/mod.ts";
import {
  cellProvenanceOf,
  type CellVerdicts,
  type CodeVerdict,
  findingsOf,
  type Input,
  type InputsVerdict,
  isCode,
  type Notebook,
  type ProofVerdict,
  provenanceOf,
  questionOf,
  readNotebook,
  verifyNotebook,
  worstVerdicts,
} from "../notebook/mod.ts";
import { listFiles } from "./files.ts";

/** One notebook of the workbench, as the library lists it. */
export interface Analysis {
  /** File, relative to the workbench, with `/`. */
  file: string;
  /** Its product; null outside of products. */
  product: string | null;
  /** Who answers for the product. */
  owner: string | null;
  /** The question that it answers: its first heading. */
  question: string | null;
  /** What it found, a sentence each. */
  findings: string[];
  /** Tables that its last run read and wrote. */
  tables: { read: TableRead[]; written: string[] };
  /** Models that its last run read, each with its version, and wrote. */
  models: { read: { name: string; version: string }[]; written: string[] };
  /** Functions that it exports for promotion, and the models that each declares. */
  functions: { name: string; models: string[] }[];
  /** The worst verdict of its cells, each of the three for itself. */
  verdicts: { code: CodeVerdict; inputs: InputsVerdict; proof: ProofVerdict };
  /** Why it could not be read, with the way out; null for a notebook. */
  problem: string | null;
}

/** A table as a run read it. */
export interface TableRead {
  /** Name of the table. */
  name: string;
  /** Whether it is the table of a topic. */
  topic: boolean;
  /** Time of the newest event that was read, ISO 8601, of a topic's table. */
  until?: string;
  /** Version that was read, of a table that a notebook or job wrote. */
  version?: number;
}

/** A notebook of the library with its text. */
export interface AnalysisText {
  /** What is listed of it. */
  analysis: Analysis;
  /** The notebook; null where it could not be read. */
  notebook: Notebook | null;
}

/**
 * Lists all notebooks of a workbench with what they ask, found, read and wrote. One that cannot be read is listed with
 * the reason and hides no other.
 *
 * @param root folder of the workbench
 * @returns one entry per notebook, by file
 * @throws {TypeError | SyntaxError} when a product.yaml is wrong
 */
export async function listAnalyses(root: string): Promise<Analysis[]> {
  return (await readAnalyses(root)).map(({ analysis }) => analysis);
}

/** Reads all notebooks of a workbench, each with what the library lists of it. */
export async function readAnalyses(root: string): Promise<AnalysisText[]> {
  const products = listProducts(root);
  return await Promise.all(
    listFiles(join(root, "notebooks"), ".ipynb").map((path) => readAnalysis(path, root, products)),
  );
}

async function readAnalysis(path: string, root: string, products: readonly Product[]): Promise<AnalysisText> {
  const file = relative(root, path).split("\\").join("/");
  const product = products.find(({ folder }) => folder === dirname(path));
  const place = { file, product: product?.name ?? null, owner: product?.owner ?? null };
  try {
    const notebook = readNotebook(await Deno.readTextFile(path), file);
    return { notebook, analysis: { ...place, ...await factsOf(notebook, await verifyNotebook(path, { root })) } };
  } catch (error) {
    const known = error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError;
    if (!known) throw error;
    return { notebook: null, analysis: { ...place, ...NOTHING, problem: error.message } };
  }
}

const NOTHING = {
  question: null,
  findings: [],
  tables: { read: [], written: [] },
  models: { read: [], written: [] },
  functions: [],
  verdicts: { code: "never run", inputs: "none", proof: "unproven" },
} satisfies Partial<Analysis>;

async function factsOf(notebook: Notebook, verdicts: readonly CellVerdicts[]): Promise<Omit<Analysis, keyof Place>> {
  const inputs = Object.entries(provenanceOf(notebook)?.inputs ?? {});
  const written = [...new Set(notebook.cells.filter(isCode).flatMap((cell) => cellProvenanceOf(cell)?.writes ?? []))];
  const names = (kind: string) => written.filter((one) => one.startsWith(`${kind}:`)).map((one) => one.slice(6)).sort();
  return {
    question: questionOf(notebook),
    findings: findingsOf(notebook).map(({ text }) => text),
    tables: { read: inputs.flatMap(([name, input]) => tableOf(name, input)), written: names("table") },
    models: { read: inputs.flatMap(([, input]) => modelOf(input)), written: names("model") },
    functions: await functionsOf(notebook),
    verdicts: worstVerdicts(verdicts),
    problem: null,
  };
}

type Place = Pick<Analysis, "file" | "product" | "owner">;

function tableOf(name: string, input: Input): TableRead[] {
  if ("model" in input) return [];
  const plain = name.replace(/#\d+$/, "").replace(/@\d+$/, "");
  if ("version" in input) return [{ name: plain, topic: false, version: input.version }];
  return [{ name: plain, topic: true, ...(input.until === undefined ? {} : { until: input.until }) }];
}

function modelOf(input: Input): { name: string; version: string }[] {
  return "model" in input ? [{ name: input.model, version: input.version }] : [];
}

const MODEL_LITERAL = /["'`]([a-z0-9][a-z0-9._-]*)@[A-Za-z0-9._-]+["'`]/g;

async function functionsOf(notebook: Notebook): Promise<Analysis["functions"]> {
  const { parseCell } = await import("../cells/mod.ts");
  const found = notebook.cells.filter(isCode).flatMap(({ source }) => {
    if (!/\bdefineFunction\b/.test(source) || !/^\s*export\b/m.test(source)) return [];
    const models = [...new Set([...source.matchAll(MODEL_LITERAL)].map(([, name]) => name!))].sort();
    const names = parseCell(source).exports.filter((name) => isDefined(source, name));
    return names.map((name) => [name, { name, models }] as const);
  });
  return [...new Map(found).values()];
}

function isDefined(source: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])[^=;]*=\\s*defineFunction\\b`).test(source);
}
