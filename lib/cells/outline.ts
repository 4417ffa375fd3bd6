import ts from "typescript";
import { analyseScope, type Definition } from "./scope.ts";

/** What declares a name. */
export type NameKind =
  | "class"
  | "constant"
  | "enum"
  | "function"
  | "import"
  | "module"
  | "type"
  | "variable";

/** A cell as a module of its own would show it. */
export interface Outline {
  /** Whether the text has JSX, so that it is no plain TypeScript. */
  jsx: boolean;
  /** What the cell declares for all cells, each name with what declares it last. */
  names: ReadonlyMap<string, NameKind>;
  /** Every word of the text that may be a name. */
  words: ReadonlySet<string>;
  /** Names to which the text assigns, wherever. */
  assigned: ReadonlySet<string>;
}

/**
 * Tells what a cell gives to other cells and may take from them; it takes text that is wrong or unfinished too.
 *
 * @param source The cell's text.
 * @returns Its names and words.
 *
 * @example
 * ```ts
 * import { outlineCell } from "./outline.ts";
 *
 * const { names, words, assigned } = outlineCell("const late = delays.length;\ntotal += late");
 * console.assert(names.get("late") === "constant" && words.has("delays") && assigned.has("total"));
 * ```
 */
export function outlineCell(source: string): Outline {
  const { file, definitions } = analyseScope(source);
  return {
    jsx: file.fileName.endsWith(".tsx"),
    names: new Map(definitions.map((definition) => [definition.name, kindOf(definition)])),
    words: new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu)),
    assigned: new Set(assignedIn(file)),
  };
}

/**
 * Finds the function whose arguments stand around a position.
 *
 * @param source The cell's text.
 * @param offset The position, in UTF-16 units.
 * @returns Where the innermost such function's name ends; null outside of all calls.
 *
 * @example
 * ```ts
 * import { calleeEnd } from "./outline.ts";
 *
 * console.assert(calleeEnd("table.filter(x)", 14) === 12);
 * ```
 */
export function calleeEnd(source: string, offset: number): number | null {
  const { file } = analyseScope(source);
  let found: number | null = null;
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > offset || node.end < offset) return;
    if (isCall(node) && node.expression.end < offset) found = node.expression.end;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isCall(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  return ts.isCallExpression(node) || ts.isNewExpression(node);
}

function kindOf({ node }: Definition): NameKind {
  if (ts.isVariableDeclaration(node)) {
    return node.parent.flags & ts.NodeFlags.BlockScoped & ~ts.NodeFlags.Let ? "constant" : "variable";
  }
  return KINDS.get(node.kind) ?? "variable";
}

const KINDS: ReadonlyMap<ts.SyntaxKind, NameKind> = new Map([
  [ts.SyntaxKind.FunctionDeclaration, "function"],
  [ts.SyntaxKind.ClassDeclaration, "class"],
  [ts.SyntaxKind.EnumDeclaration, "enum"],
  [ts.SyntaxKind.ModuleDeclaration, "module"],
  [ts.SyntaxKind.InterfaceDeclaration, "type"],
  [ts.SyntaxKind.TypeAliasDeclaration, "type"],
  [ts.SyntaxKind.ImportDeclaration, "import"],
  [ts.SyntaxKind.ImportEqualsDeclaration, "import"],
]);

function assignedIn(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) found.push(...targets(node.left));
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (STEPS.has(node.operator)) found.push(...targets(node.operand));
    }
    if (ts.isForInStatement(node) || ts.isForOfStatement(node)) found.push(...targets(node.initializer));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function targets(node: ts.Node): string[] {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isShorthandPropertyAssignment(node)) return [node.name.text];
  if (ts.isPropertyAssignment(node)) return targets(node.initializer);
  if (ts.isBinaryExpression(node)) return targets(node.left);
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) return targets(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(targets);
  if (ts.isObjectLiteralExpression(node)) return node.properties.flatMap(targets);
  return ts.isParenthesizedExpression(node) ? targets(node.expression) : [];
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

const STEPS: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken]);
