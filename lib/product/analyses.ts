import { dirname, join, relative } from "node:path";
import { listProducts } from "../config/mod.ts";
import { type CodeVerdict, findingsOf, questionOf, readNotebook, verifyNotebook } from "../notebook/mod.ts";
import { listFiles } from "./files.ts";

/** One notebook of the workbench, as the library lists it. */
export interface Analysis {
  /** File, relative to the workbench. */
  file: string;
  /** Its product; null outside of products. */
  product: string | null;
  /** Who answers for the product. */
  owner: string | null;
  /** The question that it answers: its first heading. */
  question: string | null;
  /** What it found, a sentence each. */
  findings: string[];
  /** The worst verdict of its cells; "never run" when it has none. */
  verdict: CodeVerdict;
}

const WORST: readonly CodeVerdict[] = ["never run", "dirty", "out of order", "stale", "fresh"];

/**
 * Lists all notebooks of a workbench with their questions, findings and verdicts.
 *
 * @param root folder of the workbench
 * @returns one entry per notebook, by file
 * @throws {SyntaxError | TypeError | RangeError} when a file is no notebook
 */
export async function listAnalyses(root: string): Promise<Analysis[]> {
  const products = listProducts(root);
  const files = listFiles(join(root, "notebooks"), ".ipynb");
  return await Promise.all(files.map(async (path) => {
    const file = relative(root, path);
    const notebook = readNotebook(await Deno.readTextFile(path), file);
    const verdicts = (await verifyNotebook(path, { root })).map(({ code }) => code.verdict);
    const product = products.find(({ folder }) => folder === dirname(path));
    return {
      file,
      product: product?.name ?? null,
      owner: product?.owner ?? null,
      question: questionOf(notebook),
      findings: findingsOf(notebook).map(({ text }) => text),
      verdict: WORST.find((verdict) => verdicts.includes(verdict)) ?? "never run",
    };
  }));
}
