import { relative } from "node:path";
import ts from "typescript";
import { type Change, findChanges } from "./_changes.ts";
import { cellName } from "./directives/mod.ts";
import type { LastDefinition } from "./_definitions.ts";
import { findEager } from "./_eager.ts";
import { type LocalFiles, type LocalModule, localModules, opens } from "./_opens.ts";
import { findState } from "./_state.ts";
import { findImports, type ImportRef } from "./imports.ts";
import type { Cell } from "./parse.ts";
import type { Definition, Reference, Scope } from "./scope.ts";
import { lineOf } from "./syntax.ts";

/** The code cells of a notebook with their names. */
export interface Notebook {
  cells: readonly Cell[];
  scopes: readonly Scope[];
  lastDefinition: LastDefinition;
  /** By cell: the places that change a value. */
  changes: readonly (readonly Change[])[];
  local?: LocalFiles | undefined;
}

/** One declaration that a slice takes. */
export interface Part {
  /** Index of its cell. */
  cell: number;
  node: Definition["node"];
}

/** A name that a slice needs. */
interface Demand {
  name: string;
  meaning: Reference["meaning"];
  /** Index of the cell whose evaluation needs the value at once; null where a function needs it when it is called. */
  by: number | null;
  /** Whether that evaluation makes an instance of it. */
  made: boolean;
  /** The names that lead here, itself last. */
  path: readonly string[];
}

/**
 * Collects the declarations that one name needs, directly and through others.
 *
 * @returns The declarations in document order, and the imported names, each as an import of its own.
 * @throws {TypeError | RangeError | SyntaxError} As sliceCells does.
 */
export function collectParts(notebook: Notebook, name: string): { parts: Part[]; imported: ImportRef[] } {
  requireDeclared(notebook, name);
  const parts = new Map<ts.Node, Part>();
  const imported = new Map<string, ImportRef>();
  const seen = new Set<string>();
  const queue: Demand[] = [{ name, meaning: "value", by: null, made: false, path: [name] }];
  for (let demand = queue.pop(); demand; demand = queue.pop()) {
    const cell = notebook.lastDefinition(demand.name, demand.meaning, notebook.cells.length);
    const key = JSON.stringify([demand.name, cell, demand.by, demand.made]);
    if (cell < 0 || seen.has(key)) continue;
    seen.add(key);
    requireBefore(notebook, demand, cell);
    for (const { node } of definitionsOf(notebook, cell, demand.name)) {
      if (ts.isImportDeclaration(node)) imported.set(demand.name, importOf(notebook, { cell, node }, demand));
      else {
        parts.set(node, { cell, node });
        queue.push(...demandsOf(notebook, { cell, node }, demand));
      }
    }
  }
  const sorted = [...parts.values()].sort((a, b) => a.cell - b.cell || a.node.pos - b.node.pos);
  return { parts: sorted, imported: [...imported.values()] };
}

function demandsOf(notebook: Notebook, { cell, node }: Part, demand: Demand): Demand[] {
  const scope = notebook.scopes[cell]!;
  const isDeclared = (name: string) => notebook.lastDefinition(name, "value", notebook.cells.length) >= 0;
  const refuse = (line: number, found: string): never => {
    throw refusal(notebook, demand, { rule: "must not be computed at run time", cell, line, found, wayOut: AS_DATA });
  };
  requireUnchanged(notebook, demand, cell);
  requireStateless(notebook, { cell, node }, demand);
  const atOnce = findEager(scope, node, { called: false, isDeclared, refuse });
  const byCall = demand.by === null ? atOnce : findEager(scope, node, { called: true, isDeclared, refuse });
  return scope.referencesIn(node).filter(({ name }) => name !== demand.name).map(({ name, meaning, node: use }) => ({
    name,
    meaning,
    by: atOnce.has(use) ? cell : byCall.has(use) ? demand.by : null,
    made: (atOnce.has(use) || byCall.has(use)) && ts.isNewExpression(use.parent) && use.parent.expression === use,
    path: [...demand.path, name],
  }));
}

function definitionsOf({ scopes, cells }: Notebook, cell: number, name: string): Definition[] {
  const { definitions, diagnostics: [wrong] } = scopes[cell]!;
  if (!wrong) return definitions.filter((found) => found.name === name);
  const what = `${wrong.message.replace(/\.$/, "")} at line ${wrong.line}`;
  throw new SyntaxError(`Cannot slice "${name}" as cell "${cellName(cells[cell]!)}" must be TypeScript: ${what}`);
}

function importOf(notebook: Notebook, { cell, node }: Part, demand: Demand): ImportRef {
  const { file } = notebook.scopes[cell]!;
  const line = lineOf(file, node);
  const isBound = ({ local }: { local: string }) => local === demand.name;
  const ref = findImports(file).find((ref) => ref.line === line && ref.names.some(isBound))!;
  const bound = { ...ref, names: ref.names.filter(isBound) };
  const modules = notebook.local ? [...localModules(ref.specifier, notebook.local)] : [];
  const opener = modules.find(({ scope }) => findImports(scope.file).some((each) => opens([scope], each)));
  const reached = ({ path }: LocalModule) => `reaches ${relative(notebook.local!.folder, path)}`;
  const found = opens(notebook.scopes, bound) ?? (opener && `${reached(opener)}, which imports it`);
  if (found) {
    throw refusal(notebook, demand, { rule: "must not open the workbench", cell, line, found, wayOut: AS_CONTEXT });
  }
  for (const module of modules) {
    const change = changeIn(module);
    if (!change) continue;
    const found = `${reached(module)}, which changes "${change.name}" in line ${change.line} whenever it is called`;
    throw refusal(notebook, demand, { rule: "must keep no state", cell, line, found, wayOut: AS_CONSTANT });
  }
  return bound;
}

/** A place of a module that changes one of its own names after it was loaded. */
function changeIn({ scope }: LocalModule): Change | undefined {
  const own = new Set(scope.definitions.map(({ name }) => name));
  return findChanges(scope).find(({ name, later }) => later && own.has(name));
}

function requireStateless(notebook: Notebook, { cell, node }: Part, demand: Demand): void {
  const { scopes, cells, lastDefinition } = notebook;
  const kept = findState(scopes[cell]!, node, {
    atOnce: demand.by !== null,
    made: demand.made,
    isGenerator(name) {
      const at = lastDefinition(name, "value", cells.length);
      return at >= 0 && scopes[at]!.definitions.some((each) => each.name === name && isGenerator(each.node));
    },
    isMatched: (name) =>
      scopes.some((scope) => scope.referencesIn(scope.file).some((use) => use.name === name && isMatch(use.node))),
  });
  if (!kept) return;
  throw refusal(notebook, demand, { rule: "must keep no state", cell, ...kept, wayOut: AS_CONSTANT });
}

function isGenerator(node: Definition["node"]): boolean {
  const value = ts.isVariableDeclaration(node) ? node.initializer : node;
  const isFunction = value && (ts.isFunctionDeclaration(value) || ts.isFunctionExpression(value));
  return isFunction ? value.asteriskToken !== undefined : false;
}

function isMatch({ parent }: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) && /^(test|exec)$/.test(parent.name.text);
}

function requireDeclared({ scopes, cells, lastDefinition }: Notebook, name: string): void {
  const cell = lastDefinition(name, "value", cells.length);
  if (cell < 0) throw new RangeError(`Cannot slice "${name}" as a code cell must declare it: none does`);
  const isImport = scopes[cell]!.definitions.some((found) => found.name === name && ts.isImportDeclaration(found.node));
  if (!isImport) return;
  const what = `cell "${cellName(cells[cell]!)}" only imports it`;
  throw new RangeError(`Cannot slice "${name}" as a code cell must declare it: ${what}`);
}

/** What is needed at once must not be declared again later: the notebook's own run used the earlier declaration. */
function requireBefore(notebook: Notebook, demand: Demand, cell: number): void {
  if (demand.by === null || cell <= demand.by) return;
  const line = lineOf(notebook.scopes[cell]!.file, definitionsOf(notebook, cell, demand.name)[0]!.node);
  const found = `declares it after cell "${cellName(notebook.cells[demand.by]!)}" used it`;
  const wayOut = "move that declaration up or rename one of them";
  throw refusal(notebook, demand, { rule: "must be declared before it is used", cell, line, found, wayOut });
}

function requireUnchanged(notebook: Notebook, demand: Demand, from: number): void {
  for (const [cell, places] of notebook.changes.entries()) {
    for (const { name, how, later, line } of places) {
      if (name !== demand.name || (cell < from && !later)) continue;
      const found = how === "assigned" ? "assigns it again" : "changes it in place";
      throw refusal(notebook, demand, { rule: "must keep its value", cell, line, found, wayOut: AS_CONSTANT });
    }
  }
}

function refusal(
  { cells }: Notebook,
  { path }: Demand,
  { rule, cell, line, found, wayOut }: { rule: string; cell: number; line: number; found: string; wayOut: string },
): TypeError {
  const route = path.length > 1 ? ` (${path.join(" → ")})` : "";
  const place = `cell "${cellName(cells[cell]!)}" line ${line}`;
  return new TypeError(`Cannot slice "${path[0]}" as "${path.at(-1)}"${route} ${rule}: ${place} ${found}; ${wayOut}`);
}

const AS_DATA = "log it as a model, pass it as input, or write it as a literal";
const AS_CONTEXT = "take models and lookups from the second argument of run";
const AS_CONSTANT = "make it a constant or pass it as input";
