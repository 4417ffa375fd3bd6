import { basename, dirname, join } from "node:path";
import type { Product } from "../config/mod.ts";
import { parseEndpoint } from "../endpoints/mod.ts";
import { STANDARD_EVENTS } from "../events/mod.ts";
import { isCode, readNotebook } from "../notebook/mod.ts";
import { listFiles } from "./files.ts";

const MODEL_LITERAL = /["'`]([a-z0-9][a-z0-9._-]*)@[A-Za-z0-9._-]+["'`]/g;

/**
 * The names that a product's diagram may show, as node ids `kind_name`: its topics and the standard ones, their tables,
 * its notebooks, the models that it evaluates or its functions declare, exported functions, endpoints, externals.
 *
 * @param product the product
 * @param notebooks absolute paths of its notebooks
 * @returns node ids
 * @throws {SyntaxError | TypeError} when an endpoint's file is wrong
 */
export async function knownNames(product: Product, notebooks: readonly string[]): Promise<ReadonlySet<string>> {
  const { parseCell } = await import("../cells/mod.ts");
  const topics = [...Object.keys(product.topics), ...Object.values(STANDARD_EVENTS).map(({ topic }) => topic)];
  const sources = notebooks.flatMap((file) => cellSources(file));
  const exported = sources.filter((source) => /^\s*export\b/m.test(source));
  return new Set([
    ...topics.flatMap((name) => [`topic_${name}`, `table_${name}`]),
    ...product.evaluations.map(({ model }) => `model_${model}`),
    ...exported.flatMap((source) => [...source.matchAll(MODEL_LITERAL)].map(([, name]) => `model_${name}`)),
    ...exported.flatMap((source) => parseCell(source).exports.map((name) => `function_${name}`)),
    ...notebooks.map((file) => `notebook_${basename(file, ".ipynb")}`),
    ...listFiles(product.folder, ".endpoint.yaml").map((file) => `endpoint_${endpointName(file)}`),
    ...product.externals.map((name) => `external_${name}`),
  ]);
}

function cellSources(file: string): string[] {
  try {
    return readNotebook(Deno.readTextFileSync(file), file).cells.filter(isCode).map(({ source }) => source);
  } catch (error) {
    // checkNotebook reports a malformed notebook; here it names nothing.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return [];
    throw error;
  }
}

function endpointName(path: string): string {
  return parseEndpoint(Deno.readTextFileSync(path), join(basename(dirname(path)), basename(path))).endpoint;
}
