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
  /** The absolute path of the file that an import map sends a specifier to, null for all others. */
  mapped?(specifier: string): string | null;
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

/** A local module that an import reaches. */
export interface LocalModule {
  /** Its absolute path. */
  path: string;
  scope: Scope;
}

/** The local modules that an import reaches, itself first. */
export function* localModules(
  specifier: string,
  { folder, readFile, mapped }: LocalFiles,
  seen = new Set<string>(),
): Generator<LocalModule> {
  const path = localPath(specifier, folder) ?? mapped?.(specifier) ?? null;
  if (path === null || seen.has(path) || !/\.[cm]?[jt]sx?$/.test(path)) return;
  seen.add(path);
  const text = readFile(path);
  if (text === null) return;
  const scope = analyseScope(text);
  yield { path, scope };
  const files = { folder: dirname(path), readFile, ...(mapped && { mapped }) };
  for (const { typeOnly, specifier } of findImports(scope.file)) {
    if (!typeOnly) yield* localModules(specifier, files, seen);
  }
}
