import ts from "typescript";
import { boundNames, type Scope } from "./scope.ts";
import { lineOf } from "./syntax.ts";

/** A place where code keeps something from one call to the next, beside the names of the module. */
export interface Kept {
  /** Line in the text, from 1. */
  line: number;
  /** What was found there. */
  found: string;
}

/** How a declaration is used. */
export interface StateUse {
  /** Whether it is evaluated, or called, while the module is loaded. */
  atOnce: boolean;
  /** Whether an instance of it is made while the module is loaded. */
  made: boolean;
  /** Whether a name stands for a generator function of the notebook. */
  isGenerator(name: string): boolean;
  /** Whether `test` or `exec` is called on the declared name somewhere. */
  isMatched(name: string): boolean;
}

/**
 * Finds state that no change of a module's name shows: variables of closures that are made while the module is loaded,
 * properties of its classes and of their instances, running iterators, and the position of a global regular expression.
 *
 * @param scope The names of the text.
 * @param node The declaration.
 * @param use How it is used.
 * @returns The first such place, or null.
 */
export function findState(scope: Scope, node: ts.Node, use: StateUse): Kept | null {
  const at = (found: ts.Node, text: string): Kept => ({ line: lineOf(scope.file, found), found: text });
  const inClass = ts.isClassDeclaration(node) ? changeOfThis(node, use.made) : null;
  if (inClass) return at(inClass, "changes `this` from one call to the next");
  const value = ts.isVariableDeclaration(node) && node.initializer ? bare(node.initializer) : null;
  if (value && runs(value, use)) return at(value, "keeps an iterator that runs on");
  if (value && ts.isVariableDeclaration(node) && isGlobalPattern(value) && use.isMatched(node.name.getText())) {
    return at(value, "is a global pattern whose `test` and `exec` go on where the last match ended");
  }
  const closure = closureIn(node, use.atOnce);
  return closure && at(closure, "changes a variable that outlives its call");
}

/** A member that assigns to `this`: static ones always count, others where an instance lives as long as the module. */
function changeOfThis(node: ts.ClassDeclaration, made: boolean): ts.Node | null {
  for (const member of node.members) {
    const isStatic = ts.canHaveModifiers(member) &&
      ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
    const isMethod = ts.isMethodDeclaration(member) || ts.isAccessor(member);
    if (!isMethod || !(isStatic || made)) continue;
    const found = first(member, (part) => isThis(part) ? part : null);
    if (found) return found;
  }
  return null;
}

function isThis(node: ts.Node): boolean {
  const target = assignedTarget(node);
  if (!target) return false;
  let at = target;
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = at.expression;
  return at !== target && at.kind === ts.SyntaxKind.ThisKeyword;
}

function runs(value: ts.Expression, { isGenerator }: StateUse): boolean {
  if (!ts.isCallExpression(value)) return false;
  const { expression } = value;
  if (ts.isIdentifier(expression)) return isGenerator(expression.text);
  return ts.isPropertyAccessExpression(expression) && /^(values|entries|keys|matchAll)$/.test(expression.name.text) &&
    !/^(Object|Array)$/.test(expression.expression.getText());
}

function isGlobalPattern(value: ts.Expression): boolean {
  return ts.isRegularExpressionLiteral(value) && /[gy][a-z]*$/.test(value.text.slice(value.text.lastIndexOf("/")));
}

/** A function that is made by one that runs at once, and changes a variable of it whenever it is called. */
function closureIn(node: ts.Node, atOnce: boolean): ts.Node | null {
  if (ts.isFunctionLike(node)) return atOnce ? changeOfOuter(node) : null;
  return first(node, (part) => {
    const isRun = ts.isFunctionLike(part) && (isCallee(part) || (atOnce && part.parent === node));
    return isRun ? changeOfOuter(part) : null;
  });
}

function changeOfOuter(outer: ts.SignatureDeclaration): ts.Node | null {
  const names = new Set(outer.parameters.flatMap(({ name }) => boundNames(name)));
  visitOwn(outer, (part) => {
    if (ts.isVariableDeclaration(part)) { for (const name of boundNames(part.name)) names.add(name); }
  });
  return first(outer, (inner) => inner !== outer && outlives(inner) ? changeOf(inner, names) : null);
}

function changeOf(inner: ts.Node, names: ReadonlySet<string>): ts.Node | null {
  const own = new Set<string>();
  first(inner, (part) => {
    if (ts.isVariableDeclaration(part) || ts.isParameter(part)) boundNames(part.name).forEach((name) => own.add(name));
    return null;
  });
  return first(inner, (part) => {
    const target = assignedTarget(part);
    return target && ts.isIdentifier(target) && names.has(target.text) && !own.has(target.text) ? part : null;
  });
}

/** Functions that are not an argument of a call, nor called where they stand, may be called later. */
function outlives(node: ts.Node): boolean {
  if (!ts.isFunctionLike(node)) return false;
  const { parent } = node;
  const isArgument = (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
    parent.arguments?.includes(node as unknown as ts.Expression);
  return !isArgument && !isCallee(node);
}

function isCallee(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && at.parent.expression === at;
}

function assignedTarget(node: ts.Node): ts.Expression | null {
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node;
    const steps = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return steps ? node.operand : null;
  }
  if (!ts.isBinaryExpression(node)) return null;
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment ? node.left : null;
}

function bare(node: ts.Expression): ts.Expression {
  const isOuter = ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node);
  return isOuter ? bare(node.expression) : node;
}

function visitOwn(node: ts.Node, visit: (part: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    if (ts.isFunctionLike(child)) return;
    visit(child);
    visitOwn(child, visit);
  });
}

function first<T>(node: ts.Node, find: (part: ts.Node) => T | null): T | null {
  return find(node) ?? ts.forEachChild(node, (child) => first(child, find) ?? undefined) ?? null;
}
