import { dirname } from "node:path";
import ts from "typescript";
import { findImports, type ImportRef } from "./imports.ts";
import { localPath } from "./modules.ts";
import { analyseScope, type Scope } from "./scope.ts";

/** Where the local modules of a notebook are. */
export interface LocalFiles {
  /** Absolute folder of the notebook, where relative imports start. */
  folder: string;
  /** The text of a file by its absolute path, null when there is none. */
  readFile(path: string): string | null;
}

/** How an import reaches `open` of `boathouse`, which no pure part of a notebook may; null where it does not. */
export function opens(scopes: readonly Scope[], ref: ImportRef): string | null {
  if (ref.specifier !== "boathouse") return null;
  for (const { imported, local } of ref.names) {
    if (imported === "open") return "imports it";
    if (imported === "*" && scopes.some((scope) => usesOpen(scope, local))) return `imports it for ${local}.open`;
  }
  return null;
}

function usesOpen(scope: Scope, local: string): boolean {
  return scope.referencesIn(scope.file).some(({ name, node: { parent } }) => {
    return name === local && ts.isPropertyAccessExpression(parent) && parent.name.text === "open";
  });
}

/** The first local module that an import reaches and that imports `open`; null where none does. */
export function findOpener(
  specifier: string,
  { folder, readFile }: LocalFiles,
  seen = new Set<string>(),
): string | null {
  const path = localPath(specifier, folder);
  if (path === null || seen.has(path) || !/\.[cm]?[jt]sx?$/.test(path)) return null;
  seen.add(path);
  const text = readFile(path);
  if (text === null) return null;
  const scope = analyseScope(text);
  for (const ref of findImports(scope.file)) {
    if (opens([scope], ref)) return path;
    const found = findOpener(ref.specifier, { folder: dirname(path), readFile }, seen);
    if (found) return found;
  }
  return null;
}
