import ts from "typescript";
import { type Directives, readDirectives } from "./directives/mod.ts";
import { findImports, type ImportRef } from "./imports.ts";
import { analyseScope, boundNames, type Scope } from "./scope.ts";
import type { Diagnostic } from "./syntax.ts";

/** A code cell of a notebook. */
export interface Cell {
  /** Unique in its notebook. */
  id: string;
  /** TypeScript or TSX. */
  source: string;
  /** Tags of Jupyter, for example `parameters`. */
  tags?: string[];
}

/** What a cell's text says about itself. */
export interface ParsedCell {
  /** What is syntactically wrong; none for good TypeScript or TSX. */
  diagnostics: Diagnostic[];
  /** Whether more text could mend what is wrong. */
  incomplete: boolean;
  /** Names that it declares for all cells, types and imports included. */
  defines: string[];
  /** Names that it uses and does not declare; globals of the language included. */
  references: string[];
  /** Modules that it asks for, in the order of the text. */
  imports: ImportRef[];
  /** Its `//| key: value` lines. */
  directives: Directives;
  /** Names that it declares with `export`. */
  exports: string[];
  /** Whether its last statement is an expression, whose value is shown. */
  hasValue: boolean;
}

/**
 * Reads the text of a cell.
 *
 * @param source The cell's text.
 * @returns Its names, imports and directives, and what is syntactically wrong in it.
 *
 * @example
 * ```ts
 * import { parseCell } from "./parse.ts";
 *
 * const cell = parseCell("export const late = delays.filter((d) => d > 15);\nlate.length");
 * console.assert(cell.defines.join() === "late" && cell.references.join() === "delays" && cell.hasValue);
 * ```
 */
export function parseCell(source: string): ParsedCell {
  return describeScope(analyseScope(source));
}

/** The same of a text that is analysed already. */
export function describeScope(scope: Scope): ParsedCell {
  const defines = unique(scope.definitions.map((definition) => definition.name));
  const used = unique(scope.referencesIn(scope.file).map((reference) => reference.name));
  const declared = new Set(defines);
  return {
    diagnostics: scope.diagnostics,
    incomplete: scope.incomplete,
    defines,
    references: used.filter((name) => !declared.has(name)),
    imports: findImports(scope.file),
    directives: readDirectives(scope.file.text),
    exports: unique(scope.file.statements.flatMap(exportedNames)),
    hasValue: hasValue(scope.file),
  };
}

/** Whether the last statement of a text is an expression. */
export function hasValue(file: ts.SourceFile): boolean {
  const last = file.statements.at(-1);
  return last !== undefined && ts.isExpressionStatement(last);
}

function exportedNames(statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return clause && ts.isNamedExports(clause) ? clause.elements.map((element) => element.name.text) : [];
  }
  if (!ts.canHaveModifiers(statement)) return [];
  if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap((declaration) => boundNames(declaration.name));
  }
  const { name } = statement as ts.DeclarationStatement;
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
