import ts from "typescript";
import { findChanges } from "./_changes.ts";
import { analyseScope, type Definition } from "./scope.ts";

/** How a cell and what stands around it act on one another, as far as its text tells. */
export interface Effects {
  /** Names of values that it uses and does not declare; globals of the language included. */
  uses: string[];
  /** Names to which it gives another value, or whose value it changes in place, in the order of the text. */
  changes: string[];
  /** Functions and classes that it declares and that keep no state but in the names which their text uses. */
  functions: string[];
  /** Its import declarations, as they are written. */
  imports: string[];
}

/**
 * Tells what a cell changes, and which of its functions depend on nothing but their text and the values of other names.
 *
 * @param source The cell's text.
 * @returns Its effects.
 *
 * @example
 * ```ts
 * import { effectsOf } from "./effects.ts";
 *
 * const { changes, functions } = effectsOf("const twice = (n: number) => 2 * n;\nrows.push(twice(3))");
 * console.assert(changes.join() === "rows" && functions.join() === "twice");
 * ```
 */
export function effectsOf(source: string): Effects {
  const scope = analyseScope(source);
  const own = new Set(scope.definitions.map(({ name }) => name));
  const uses = scope.referencesIn(scope.file).filter(({ name, meaning }) => meaning === "value" && !own.has(name));
  // What TypeScript calls for an element stands nowhere in the text.
  const made = scope.file.fileName.endsWith(".tsx") && !own.has("React") ? ["React"] : [];
  return {
    uses: [...new Set([...uses.map(({ name }) => name), ...made])],
    changes: [...new Set(findChanges(scope).map(({ name }) => name))],
    functions: scope.definitions.filter(isPlainFunction).map(({ name }) => name),
    imports: scope.file.statements.filter(ts.isImportDeclaration).map((node) => node.getText(scope.file)),
  };
}

/** A function that another one returned may keep values that no name reaches. */
function isPlainFunction({ node }: Definition): boolean {
  if (ts.isFunctionDeclaration(node)) return true;
  if (ts.isClassDeclaration(node)) return !node.members.some(isStatic);
  if (!ts.isVariableDeclaration(node) || !(node.parent.flags & ts.NodeFlags.Const)) return false;
  const value = node.initializer && bare(node.initializer);
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
}

function bare(node: ts.Expression): ts.Expression {
  const isOuter = ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node);
  return isOuter ? bare(node.expression) : node;
}

function isStatic(member: ts.ClassElement): boolean {
  if (ts.isClassStaticBlockDeclaration(member)) return true;
  return ts.canHaveModifiers(member) &&
    (ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false);
}
