import ts from "typescript";
import { lineOf } from "./syntax.ts";

/** A module that a text asks for. */
export interface ImportRef {
  /** As written, for example `./ridge.ts` or `arquero`. */
  specifier: string;
  /** What is bound; `*` is the whole module. Empty for an import of effects only and for `import(…)`. */
  names: ImportedName[];
  /** Whether only types are asked for, so that nothing is loaded. */
  typeOnly: boolean;
  /** Whether it is an `import(…)` expression. */
  dynamic: boolean;
  /** What stands behind `with`, for example `{ type: "json" }`. */
  attributes?: Record<string, string>;
  /** Line in the text, from 1. */
  line: number;
}

/** One name of an import. */
export interface ImportedName {
  /** Its name in the module: `default`, `*` or an export. */
  imported: string;
  /** Its name in the text. */
  local: string;
  /** Whether it is marked `type`, so that nothing is bound when the text runs. */
  typeOnly: boolean;
}

/**
 * Finds every module that a text imports, re-exports or loads by `import("…")` of a literal.
 *
 * @param file The parsed text.
 * @returns The modules in the order of the text.
 *
 * @example
 * ```ts
 * import { findImports } from "./imports.ts";
 * import { parseSyntax } from "./syntax.ts";
 *
 * const [found] = findImports(parseSyntax(`import { a as b } from "./c.ts";`).file);
 * console.assert(found?.specifier === "./c.ts" && found.names[0]?.local === "b");
 * ```
 */
export function findImports(file: ts.SourceFile): ImportRef[] {
  if (!/\b(import|export)\b/.test(file.text)) return [];
  const found: ImportRef[] = [];
  const visit = (node: ts.Node): void => {
    const ref = importRef(file, node);
    if (ref) found.push(ref);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The names that an import declaration binds. */
export function importedNames(node: ts.ImportDeclaration): ImportedName[] {
  const clause = node.importClause;
  if (!clause) return [];
  const typeOnly = isTypeOnly(clause);
  const whole = clause.name ? [{ imported: "default", local: clause.name.text, typeOnly }] : [];
  const bindings = clause.namedBindings;
  if (!bindings) return whole;
  if (ts.isNamespaceImport(bindings)) return [...whole, { imported: "*", local: bindings.name.text, typeOnly }];
  const named = bindings.elements.map((element) => ({
    imported: (element.propertyName ?? element.name).text,
    local: element.name.text,
    typeOnly: typeOnly || element.isTypeOnly,
  }));
  return [...whole, ...named];
}

function importRef(file: ts.SourceFile, node: ts.Node): ImportRef | null {
  if (ts.isImportDeclaration(node)) {
    const names = importedNames(node);
    return refer(file, node, {
      names,
      typeOnly: node.importClause !== undefined && onlyTypes(node.importClause, names),
    });
  }
  if (ts.isExportDeclaration(node)) return refer(file, node, { typeOnly: node.isTypeOnly });
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return refer(file, node, { dynamic: true });
  }
  return null;
}

function refer(
  file: ts.SourceFile,
  node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression,
  { names = [], typeOnly = false, dynamic = false }: { names?: ImportedName[]; typeOnly?: boolean; dynamic?: boolean },
): ImportRef | null {
  const specifier = ts.isCallExpression(node) ? node.arguments[0] : node.moduleSpecifier;
  if (!specifier || !ts.isStringLiteralLike(specifier)) return null;
  const attributes = attributesOf(node);
  const ref = { specifier: specifier.text, names, typeOnly, dynamic, line: lineOf(file, node) };
  return attributes ? { ...ref, attributes } : ref;
}

function attributesOf(node: ts.ImportDeclaration | ts.ExportDeclaration | ts.CallExpression): ImportRef["attributes"] {
  if (ts.isCallExpression(node) || !node.attributes) return undefined;
  const pairs = node.attributes.elements.map(({ name, value }) => [name.text, (value as ts.StringLiteral).text]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function onlyTypes(clause: ts.ImportClause, names: ImportedName[]): boolean {
  return isTypeOnly(clause) || (names.length > 0 && names.every((name) => name.typeOnly));
}

function isTypeOnly(clause: ts.ImportClause): boolean {
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
