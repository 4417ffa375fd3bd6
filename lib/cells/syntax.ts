import ts from "typescript";

/** Something that TypeScript's parser found wrong. */
export interface Diagnostic {
  /** TypeScript's words. */
  message: string;
  /** Line in the text, from 1. */
  line: number;
  /** Column in the line, from 1, in UTF-16 units. */
  column: number;
}

/** A text as a tree, with what is wrong in it. */
export interface Syntax {
  file: ts.SourceFile;
  diagnostics: Diagnostic[];
  /** Whether more text could mend it: what is wrong stands at its end. */
  incomplete: boolean;
}

/**
 * Parses a text as TypeScript and, where that fails, as TypeScript with JSX; of two failures the one with less wrong counts.
 *
 * @param source The text.
 * @returns Its tree; a text that is wrong has diagnostics and the tree that the parser made of it all the same.
 *
 * @example
 * ```ts
 * import { parseSyntax } from "./syntax.ts";
 *
 * console.assert(parseSyntax("const a = <b>1</b>;").file.fileName === "cell.tsx");
 * ```
 */
export function parseSyntax(source: string): Syntax {
  const plain = parseAs(source, "cell.ts", ts.ScriptKind.TS);
  if (plain.diagnostics.length === 0) return plain;
  const jsx = parseAs(source, "cell.tsx", ts.ScriptKind.TSX);
  return jsx.diagnostics.length < plain.diagnostics.length ? jsx : plain;
}

/**
 * Says what is syntactically wrong in a cell.
 *
 * @param source The cell's text.
 * @returns Its diagnostics, none for good TypeScript or TSX, and whether more text could mend it.
 *
 * @example
 * ```ts
 * import { checkSyntax } from "./syntax.ts";
 *
 * console.assert(checkSyntax("f(").incomplete);
 * console.assert(checkSyntax("let 5 = x;").diagnostics[0]?.line === 1);
 * ```
 */
export function checkSyntax(source: string): { diagnostics: Diagnostic[]; incomplete: boolean } {
  const { diagnostics, incomplete } = parseSyntax(source);
  return { diagnostics, incomplete };
}

/** The line, from 1, on which a node starts. */
export function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

function parseAs(source: string, name: string, kind: ts.ScriptKind): Syntax {
  const file = ts.createSourceFile(name, source, { languageVersion: ts.ScriptTarget.ESNext }, true, kind);
  const found = parseDiagnostics(file);
  const end = source.trimEnd().length;
  return {
    file,
    diagnostics: found.map((diagnostic) => place(file, diagnostic)),
    incomplete: found.some(({ start, code }) => start >= end && code !== UNTERMINATED_STRING),
  };
}

/** TypeScript's "Unterminated string literal": a string ends with its line, so that more lines do not mend it. */
const UNTERMINATED_STRING = 1002;

// TypeScript keeps a file's syntax errors in a field that its public types leave out.
function parseDiagnostics(file: ts.SourceFile): ts.DiagnosticWithLocation[] {
  return (file as ts.SourceFile & { parseDiagnostics: ts.DiagnosticWithLocation[] }).parseDiagnostics;
}

function place(file: ts.SourceFile, diagnostic: ts.DiagnosticWithLocation): Diagnostic {
  const { line, character } = file.getLineAndCharacterOfPosition(diagnostic.start);
  return {
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, " "),
    line: line + 1,
    column: character + 1,
  };
}
