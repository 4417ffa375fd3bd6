import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ParsedCell } from "../cells/mod.ts";

/** How to follow imports from module to module. */
export interface ChainOptions {
  root: string;
  from: string;
  readFile(path: string): string | null;
  parseCell(source: string): ParsedCell;
}

/** The shortest way by imports from specifiers of a cell to a local module, as paths from the root, the module last. */
export function moduleChain(
  specifiers: string[],
  target: string,
  { root, from, readFile, parseCell }: ChainOptions,
): string[] {
  const queue = specifiers.filter(isLocal).map((specifier) => [resolve(specifier, from)]);
  const seen = new Set<string>();
  for (const path of queue) {
    const last = path.at(-1)!;
    if (relative(root, last) === target) return path.map((step) => relative(root, step));
    const text = seen.has(last) ? null : readFile(last);
    seen.add(last);
    if (text === null) continue;
    const next = parseCell(text).imports.map(({ specifier }) => specifier).filter(isLocal);
    queue.push(...next.map((specifier) => [...path, resolve(specifier, dirname(last))]));
  }
  return [target];
}

function isLocal(specifier: string): boolean {
  return /^(file:|\/|\.\.?(\/|$))/.test(specifier);
}

function resolve(specifier: string, folder: string): string {
  return fileURLToPath(new URL(specifier, pathToFileURL(`${folder}/`)));
}
