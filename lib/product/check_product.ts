import { dirname, join, relative } from "node:path";
import type { Product } from "../config/mod.ts";
import { knownNames } from "./known_names.ts";
import { diagramNodes } from "./diagram.ts";
import { listFiles, readTextIfAny } from "./files.ts";
import { directiveProblems, directiveText } from "../cells/mod.ts";
import { findingsOf, isCode, judgeNotebook, questionOf, readNotebook, verifyReport } from "../notebook/mod.ts";
import type { Problem } from "./problem.ts";

/**
 * Checks what must be documented of one product: its spec with a diagram, its notebooks, their reports, its evaluation.
 * Owner, business case, tasks and repositories are required by product.yaml's own schema.
 *
 * @param root folder of the workbench
 * @param product the product
 * @returns problems, by file
 */
export async function checkProduct(root: string, product: Product): Promise<Problem[]> {
  const notebooks = listFiles(product.folder, ".ipynb");
  const known = await knownNames(product, notebooks);
  return [
    ...checkSpec(root, product, known),
    ...checkYaml(root, product, known),
    ...(await Promise.all(notebooks.map((file) => checkNotebook(root, file)))).flat(),
  ];
}

function checkSpec(root: string, product: Product, known: ReadonlySet<string>): Problem[] {
  const path = join(product.folder, "README.md");
  const file = relative(root, path);
  const text = readTextIfAny(path);
  if (text === null) {
    return [{ file, line: 0, what: "the product's spec is missing: write what it is, with a diagram" }];
  }
  const nodes = diagramNodes(text);
  if (nodes === null) {
    return [{ file, line: 0, what: "the spec has no mermaid diagram: draw how the product fits together" }];
  }
  return nodes.filter(({ id }) => !known.has(id)).map(({ id, line }) => ({
    file,
    line,
    what:
      `diagram node "${id}" names nothing that exists: use topic_, table_, notebook_, model_, function_, endpoint_ ` +
      "or external_ with its name, and declare externals in product.yaml",
  }));
}

function checkYaml(root: string, product: Product, known: ReadonlySet<string>): Problem[] {
  const file = relative(root, join(product.folder, "product.yaml"));
  const problems: Problem[] = [];
  if (product.technologies.length === 0) {
    problems.push({ file, line: 0, what: `"technologies" is empty: name what it is built with` });
  }
  for (const { notebook } of [...product.evaluations, ...product.jobs]) {
    if (readTextIfAny(join(product.folder, notebook)) === null) {
      problems.push({ file, line: 0, what: `notebook "${notebook}" does not exist` });
    }
  }
  const models = [...known].filter((id) => id.startsWith("model_")).map((id) => id.slice("model_".length));
  for (const model of models.filter((name) => !product.evaluations.some((each) => each.model === name))) {
    problems.push({ file, line: 0, what: `model "${model}" has no evaluation: add its notebook and thresholds` });
  }
  return problems;
}

async function checkNotebook(root: string, path: string): Promise<Problem[]> {
  const file = relative(root, path);
  const whole = (what: string): Problem => ({ file, line: 0, what });
  let notebook;
  try {
    notebook = readNotebook(await Deno.readTextFile(path), file);
  } catch (error) {
    return [whole((error as Error).message)];
  }
  const question = questionOf(notebook);
  const problems: Problem[] = [];
  if (question === null || !question.trim().endsWith("?")) {
    problems.push(whole("it must begin with a question as its heading"));
  }
  if (findingsOf(notebook).length === 0) problems.push(whole("it has no finding: state one with finding`…`"));
  problems.push(...directiveProblems(notebook.cells.filter(isCode)).map((problem) => whole(directiveText(problem))));
  for (const { cell, label, code } of await judgeNotebook(notebook, { root, from: dirname(path) })) {
    if (code.verdict !== "fresh") {
      problems.push(
        whole(`cell "${label ?? cell}" is ${code.verdict}: ${code.reason}; boathouse notebook run ${file}`),
      );
    }
  }
  for (const { file: report, problem } of await verifyReport(path, { root })) {
    problems.push({ file: report, line: 0, what: `${problem}; boathouse notebook report ${file}` });
  }
  return problems;
}
