import { relative } from "node:path";
import { listProducts } from "../config/mod.ts";
import { checkProduct } from "./check_product.ts";
import { checkLinks } from "./links.ts";
import { checkPlaceholders } from "./placeholders.ts";
import type { Problem } from "./problem.ts";
import { listFiles, readTextIfAny } from "./files.ts";

/**
 * Checks what must be documented (docs/architecture.md, "Documentation"): each product, and the links of all Markdown.
 *
 * @param root folder of the workbench
 * @param only name of the one product to check; all products and all Markdown by default
 * @returns problems by file, and the names of the products that were checked
 * @throws {RangeError} when there is no product of that name
 */
export async function checkWorkbench(
  root: string,
  only?: string,
): Promise<{ problems: Problem[]; products: string[] }> {
  const products = listProducts(root).filter(({ name }) => only === undefined || name === only);
  if (products.length === 0) {
    throw new RangeError(
      `Cannot check ${only === undefined ? "a workbench" : `product "${only}"`} as notebooks/ has no such product`,
    );
  }
  const found = await Promise.all(products.map((product) => checkProduct(root, product)));
  const texts = only === undefined ? listFiles(root, ".md") : listFiles(products[0]!.folder, ".md");
  const prose = texts.flatMap((path) => {
    const file = relative(root, path);
    const text = Deno.readTextFileSync(path);
    return [...checkLinks(root, file, text, readTextIfAny), ...checkPlaceholders(file, text)];
  });
  const problems = [...found.flat(), ...prose];
  return {
    problems: problems.sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
    products: products.map(({ name }) => name),
  };
}
