import ts from "typescript";
import type { Scope } from "./scope.ts";
import { lineOf } from "./syntax.ts";

/** How a declaration is looked at. */
interface EagerOptions {
  /** Whether a value is computed by calling it, so that the bodies of its functions run at once too. */
  called: boolean;
  /** Whether a cell declares the name, so that it is no global of the runtime. */
  isDeclared(name: string): boolean;
  /** Refuses the declaration: line in the cell, and what was found there. */
  refuse(line: number, what: string): never;
}

/**
 * Finds the uses of global names that run while a declaration is evaluated, and refuses what is only known at run time.
 *
 * @returns The identifiers that run at once; uses in function bodies that are called later are not among them.
 */
export function findEager(scope: Scope, node: ts.Node, { called, isDeclared, refuse }: EagerOptions): Set<ts.Node> {
  const globals = new Map<ts.Node, string>(scope.referencesIn(node).map((use) => [use.node, use.name]));
  const eager = new Set<ts.Node>();
  const check = (found: ts.Node, what: string | null): void => {
    if (what !== null) refuse(lineOf(scope.file, found), what);
  };
  const visit = (found: ts.Node): void => {
    if (ts.isTypeNode(found) && !ts.isExpressionWithTypeArguments(found)) return;
    check(found, everRefused(found));
    const name = globals.get(found);
    if (name !== undefined) {
      eager.add(found);
      if (!isDeclared(name)) check(found, impureGlobal(found as ts.Identifier));
    }
    check(found, called ? null : refusedAtOnce(found));
    ts.forEachChild(found, (child) => isLater(child) && !called ? later(child) : visit(child));
  };
  const later = (found: ts.Node): void => {
    check(found, everRefused(found));
    ts.forEachChild(found, later);
  };
  check(node, notDeclared(node));
  if (isLater(node) && !called) later(node);
  else visit(node);
  return eager;
}

/** Statements that declare by running, as a loop over a `var` or `using`. */
function notDeclared(node: ts.Node): string | null {
  if (ts.isVariableDeclaration(node)) {
    const { flags } = node.parent;
    return (flags & ts.NodeFlags.Using) === ts.NodeFlags.Using ? "opens it with `using`" : null;
  }
  return ts.isDeclarationStatement(node) ? null : "declares it in a statement that runs";
}

function everRefused(node: ts.Node): string | null {
  return ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword ? "reads import.meta" : null;
}

function refusedAtOnce(node: ts.Node): string | null {
  if (ts.isAwaitExpression(node)) return `awaits ${shorten(node.expression.getText())}`;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return "imports a module";
  return null;
}

/** Functions run when they are called; one that is an argument of a call is taken as called at once. */
function isLater(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) return true;
  if (ts.isConstructorDeclaration(node)) return true;
  if (ts.isPropertyDeclaration(node)) return !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
  if (!ts.isFunctionExpression(node) && !ts.isArrowFunction(node)) return false;
  const { parent } = node;
  const isArgument = (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.arguments?.includes(node);
  return !isArgument && !isCallee(node);
}

function isCallee(node: ts.Node): boolean {
  let at = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && at.parent.expression === at;
}

function impureGlobal(id: ts.Identifier): string | null {
  const { parent } = id;
  const member = ts.isPropertyAccessExpression(parent) && parent.expression === id ? parent : null;
  const text = member ? `${id.text}.${member.name.text}` : id.text;
  if (IMPURE_MEMBERS.has(text)) return `reads ${text}`;
  if (IMPURE.has(id.text)) return `reads ${text}`;
  if (id.text !== "Date" || member) return null;
  return isNow(parent, id) ? "reads the clock" : null;
}

function isNow(parent: ts.Node, id: ts.Identifier): boolean {
  if (ts.isNewExpression(parent)) return parent.expression === id && !parent.arguments?.length;
  return ts.isCallExpression(parent) && parent.expression === id;
}

const IMPURE_MEMBERS: ReadonlySet<string> = new Set(["Math.random", "Date.now", "Temporal.Now"]);
const IMPURE: ReadonlySet<string> = new Set([
  "Deno",
  "alert",
  "caches",
  "confirm",
  "crypto",
  "fetch",
  "globalThis",
  "localStorage",
  "location",
  "navigator",
  "performance",
  "process",
  "prompt",
  "queueMicrotask",
  "self",
  "sessionStorage",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "window",
]);

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
