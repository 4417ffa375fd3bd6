import ts from "typescript";
import type { Scope } from "./scope.ts";
import { lineOf } from "./syntax.ts";

/** A place that gives a name another value, or changes the value that it has. */
export interface Change {
  name: string;
  how: "assigned" | "changed";
  /** Whether it stands in a function, and so runs whenever that is called. */
  later: boolean;
  /** Line in the cell, from 1. */
  line: number;
}

/**
 * Finds the places where a text assigns to a global name, to a property under it, or calls a method on it that changes
 * arrays, maps, sets and dates in place.
 *
 * @param scope The names of the text.
 * @returns The places in the order of the text; declarations are none.
 */
export function findChanges(scope: Scope): Change[] {
  return scope.referencesIn(scope.file).flatMap(({ name, node }) => {
    const how = changeOf(node);
    return how ? [{ name, how, later: isLater(node), line: lineOf(scope.file, node) }] : [];
  });
}

function changeOf(id: ts.Identifier): Change["how"] | null {
  if (isAssigned(id)) return "assigned";
  let path: ts.Node = id;
  while (isStep(path.parent) && path.parent.expression === path) path = path.parent;
  if (path !== id && isAssigned(path)) return "changed";
  if (ts.isDeleteExpression(path.parent)) return "changed";
  const { parent } = path;
  if (ts.isCallExpression(parent) && parent.arguments[0] === path && isObjectChange(parent.expression)) {
    return "changed";
  }
  const isCall = path !== id && ts.isCallExpression(parent) && parent.expression === path;
  return isCall && ts.isPropertyAccessExpression(path) && CHANGING.test(path.name.text) ? "changed" : null;
}

function isStep(
  node: ts.Node,
): node is
  | ts.PropertyAccessExpression
  | ts.ElementAccessExpression
  | ts.NonNullExpression
  | ts.ParenthesizedExpression {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isNonNullExpression(node) ||
    ts.isParenthesizedExpression(node);
}

function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  if (ts.isBinaryExpression(parent) && parent.left === node) return isAssignment(parent);
  if ((ts.isForInStatement(parent) || ts.isForOfStatement(parent)) && parent.initializer === node) return true;
  return isPatternPart(node) && isAssigned(parent);
}

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isPatternPart(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return ts.isShorthandPropertyAssignment(parent) || ts.isSpreadAssignment(parent) || ts.isSpreadElement(parent) ||
    ts.isArrayLiteralExpression(parent) || ts.isObjectLiteralExpression(parent);
}

function isLater(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
}

function isObjectChange(callee: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(callee) && callee.expression.getText() === "Object" &&
    /^(assign|defineProperty|defineProperties|setPrototypeOf)$/.test(callee.name.text);
}

const CHANGING =
  /^(push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|set|add|delete|clear|append|set[A-Z]\w*)$/;
