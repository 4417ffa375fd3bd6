import ts from "typescript";
import { isUse, isVar, type Meaning, meaningOf } from "./_identifiers.ts";
import { resolver } from "./_resolve.ts";
import { importedNames } from "./imports.ts";
import { parseSyntax, type Syntax } from "./syntax.ts";

/** A name that a text declares at its top level. */
export interface Definition {
  name: string;
  meanings: readonly Meaning[];
  /** What declares it: one declarator of a `const`, else the whole statement. */
  node: ts.VariableDeclaration | ts.Statement;
}

/** A use of a name that is not local to a function, block or class of the text. */
export interface Reference {
  name: string;
  meaning: Meaning;
  node: ts.Identifier;
}

/** The names of one text, as every other cell sees them. */
export interface Scope extends Syntax {
  definitions: Definition[];
  /** Uses within a node, in the order of the text. */
  referencesIn(node: ts.Node): Reference[];
}

/**
 * Resolves the names of a text.
 *
 * @param source The text.
 * @returns Its top-level definitions, and a function that lists the uses of names which are global to its cells.
 *
 * @example
 * ```ts
 * import { analyseScope } from "./scope.ts";
 *
 * const scope = analyseScope("const a = (x) => x + b;");
 * console.assert(scope.definitions[0]?.name === "a");
 * console.assert(scope.referencesIn(scope.file).map((found) => found.name).join() === "b");
 * ```
 */
export function analyseScope(source: string): Scope {
  const syntax = parseSyntax(source);
  let isGlobal: ((id: ts.Identifier) => boolean) | undefined;
  let all: Reference[] | undefined;
  const find = (node: ts.Node) => referencesIn(isGlobal ??= resolver(syntax.file), node);
  return {
    ...syntax,
    definitions: syntax.file.statements.flatMap(definitionsOf),
    referencesIn: (node) => node === syntax.file ? all ??= find(node) : find(node),
  };
}

function referencesIn(isGlobal: (id: ts.Identifier) => boolean, node: ts.Node): Reference[] {
  const found: Reference[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text !== "" && isUse(node) && !isLanguage(node) && isGlobal(node)) {
      found.push({ name: node.text, meaning: meaningOf(node), node });
    }
    ts.forEachChild(node, visit);
  };
  visit(node);
  return found;
}

function isLanguage({ text }: ts.Identifier): boolean {
  return text === "undefined" || text === "arguments";
}

function definitionsOf(statement: ts.Statement): Definition[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(variable);
  if (ts.isImportDeclaration(statement)) {
    return importedNames(statement).map(({ local }) => ({ name: local, meanings: BOTH, node: statement }));
  }
  const meanings = MEANINGS.get(statement.kind);
  if (!meanings) return nestedVars(statement);
  const { name } = statement as ts.DeclarationStatement;
  return name && ts.isIdentifier(name) ? [{ name: name.text, meanings, node: statement }] : [];
}

function variable(node: ts.VariableDeclaration): Definition[] {
  return boundNames(node.name).map((name) => ({ name, meanings: VALUE, node }));
}

function nestedVars(statement: ts.Statement): Definition[] {
  const found: Definition[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isVariableDeclaration(node) && isVar(node)) {
      found.push(...boundNames(node.name).map((name) => ({ name, meanings: VALUE, node: statement })));
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}

/** The names that a binding declares, however nested. */
export function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => ts.isBindingElement(element) ? boundNames(element.name) : []);
}

const VALUE: readonly Meaning[] = ["value"];
const BOTH: readonly Meaning[] = ["type", "value"];
const MEANINGS: ReadonlyMap<ts.SyntaxKind, readonly Meaning[]> = new Map([
  [ts.SyntaxKind.FunctionDeclaration, VALUE],
  [ts.SyntaxKind.ClassDeclaration, BOTH],
  [ts.SyntaxKind.EnumDeclaration, BOTH],
  [ts.SyntaxKind.ModuleDeclaration, BOTH],
  [ts.SyntaxKind.ImportEqualsDeclaration, BOTH],
  [ts.SyntaxKind.InterfaceDeclaration, ["type"]],
  [ts.SyntaxKind.TypeAliasDeclaration, ["type"]],
]);
