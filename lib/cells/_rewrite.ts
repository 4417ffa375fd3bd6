import ts from "typescript";
import { toAssignments, toTarget } from "./_assign.ts";
import { importedNames } from "./imports.ts";
import { boundNames } from "./scope.ts";

const { factory } = ts;

/** Runs before TypeScript's own transforms: marks the value that is shown, and keeps what `using` opened alive. */
export function prepareSource(): ts.Transformer<ts.SourceFile> {
  return (file) => {
    const kept = file.statements.filter((statement) => !asksForTypesOnly(statement)).map(keepOpen);
    const last = kept.at(-1);
    if (last && last === file.statements.at(-1) && ts.isExpressionStatement(last)) {
      kept[kept.length - 1] = factory.updateExpressionStatement(last, callHost("value", [last.expression]));
    }
    return replaceStatements(file, kept);
  };
}

/** Runs after TypeScript's own transforms: turns a JavaScript module into statements for V8's REPL mode. */
export function rewriteModule(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  return (file) => {
    const vars = new Set<string>();
    const visit = topLevelVisitor(context, vars);
    const functions = file.statements.filter(ts.isFunctionDeclaration);
    const others = file.statements.filter((statement) => !ts.isFunctionDeclaration(statement));
    const body = factory.createNodeArray([...functions, ...others].flatMap(rewriteStatement));
    const visited = ts.visitNodes(body, visit, ts.isStatement);
    return replaceStatements(file, [...declareLater(vars), ...visited]);
  };
}

function asksForTypesOnly(statement: ts.Statement): boolean {
  if (!ts.isImportDeclaration(statement)) return false;
  const names = importedNames(statement);
  return names.length > 0 && names.every((name) => name.typeOnly);
}

// A cell's `using` would be disposed of at the end of the cell, before the next one can use it.
function keepOpen(statement: ts.Statement): ts.Statement {
  if (!ts.isVariableStatement(statement)) return statement;
  const list = statement.declarationList;
  if ((list.flags & ts.NodeFlags.Using) !== ts.NodeFlags.Using) return statement;
  const declarations = list.declarations.map((node) =>
    factory.updateVariableDeclaration(
      node,
      node.name,
      node.exclamationToken,
      node.type,
      node.initializer && callHost("use", [node.initializer]),
    )
  );
  return factory.updateVariableStatement(statement, undefined, letList(declarations, list));
}

function rewriteStatement(statement: ts.Statement): ts.Statement[] {
  if (ts.isImportDeclaration(statement)) return [importStatement(statement)];
  if (ts.isExportDeclaration(statement)) return statement.moduleSpecifier ? [reExport(statement)] : [];
  if (ts.isExportAssignment(statement)) {
    return [place(factory.createExpressionStatement(statement.expression), statement)];
  }
  if (ts.isFunctionDeclaration(statement) && statement.name) return [letStatement(statement, functionOf(statement))];
  if (ts.isClassDeclaration(statement) && statement.name) return [letStatement(statement, classOf(statement))];
  if (ts.isVariableStatement(statement)) return [variableStatement(statement)];
  return [statement];
}

function variableStatement(statement: ts.VariableStatement): ts.Statement {
  const list = statement.declarationList;
  const kept = list.flags & ts.NodeFlags.BlockScoped ? letList(list.declarations, list) : list;
  return factory.updateVariableStatement(statement, undefined, kept);
}

// The function stays without a name of its own: a name would shadow the `let`, and so a later cell's definition.
function functionOf(node: ts.FunctionDeclaration): ts.Expression {
  const modifiers = node.modifiers?.filter((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword);
  const made = factory.createFunctionExpression(
    modifiers as ts.Modifier[] | undefined,
    node.asteriskToken,
    undefined,
    undefined,
    node.parameters,
    undefined,
    node.body!,
  );
  return place(made, node);
}

function classOf(node: ts.ClassDeclaration): ts.Expression {
  const made = factory.createClassExpression(undefined, node.name, undefined, node.heritageClauses, node.members);
  return place(made, node);
}

function letStatement(node: ts.FunctionDeclaration | ts.ClassDeclaration, value: ts.Expression): ts.Statement {
  const declaration = factory.createVariableDeclaration(node.name!, undefined, undefined, value);
  return place(factory.createVariableStatement(undefined, letList([declaration], node)), node);
}

function importStatement(node: ts.ImportDeclaration): ts.Statement {
  const clause = node.importClause;
  const loaded = load(node.moduleSpecifier, node.attributes, importedNames(node).map(({ imported }) => imported));
  if (!clause) return place(factory.createExpressionStatement(loaded), node);
  const bindings = clause.namedBindings;
  const whole = bindings && ts.isNamespaceImport(bindings) ? bindings.name : undefined;
  const elements = [
    ...(clause.name ? [bindName(factory.createIdentifier("default"), clause.name)] : []),
    ...(bindings && ts.isNamedImports(bindings)
      ? bindings.elements.map(({ name, propertyName }) => bindName(propertyName, name))
      : []),
  ];
  const pattern = factory.createObjectBindingPattern(elements);
  const declarations = [
    ...(whole ? [declare(whole, loaded)] : []),
    ...(elements.length > 0 ? [declare(pattern, whole ?? loaded)] : []),
  ];
  return place(factory.createVariableStatement(undefined, letList(declarations, node)), node);
}

function reExport(node: ts.ExportDeclaration): ts.Statement {
  return place(factory.createExpressionStatement(load(node.moduleSpecifier!, node.attributes, [])), node);
}

function load(specifier: ts.Expression, attributes: ts.ImportAttributes | undefined, names: string[]): ts.Expression {
  const options = factory.createObjectLiteralExpression(
    attributes?.elements.map(({ name, value }) => factory.createPropertyAssignment(name, value)) ?? [],
  );
  const expected = factory.createArrayLiteralExpression(names.map((name) => factory.createStringLiteral(name)));
  const call = callHost("import", [
    specifier,
    factory.createObjectLiteralExpression([factory.createPropertyAssignment("with", options)]),
    expected,
  ]);
  return factory.createAwaitExpression(call);
}

/** Visits what runs with the cell itself; function bodies run later and only have their module calls redirected. */
function topLevelVisitor(context: ts.TransformationContext, vars: Set<string>): ts.Visitor {
  const anywhere: ts.Visitor = (node) => ts.visitEachChild(redirect(node), anywhere, context);
  const topLevel: ts.Visitor = (node) => {
    if (runsLater(node)) return ts.visitEachChild(node, anywhere, context);
    return raceAwaits(ts.visitEachChild(hoistVars(redirect(node), vars), topLevel, context));
  };
  return topLevel;
}

function runsLater(node: ts.Node): boolean {
  return ts.isFunctionLike(node) || ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node);
}

function redirect(node: ts.Node): ts.Node {
  // What is no error has no stack, so the host remembers where it was thrown.
  if (ts.isThrowStatement(node)) return factory.updateThrowStatement(node, callHost("thrown", [node.expression]));
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return place(host("meta"), node);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return factory.updateCallExpression(node, place(host("import"), node.expression), undefined, node.arguments);
  }
  return node;
}

function raceAwaits(node: ts.Node): ts.Node {
  if (ts.isAwaitExpression(node)) return factory.updateAwaitExpression(node, callHost("race", [node.expression]));
  if (ts.isForOfStatement(node) && node.awaitModifier) {
    const raced = callHost("iterate", [node.expression]);
    return factory.updateForOfStatement(node, node.awaitModifier, node.initializer, raced, node.statement);
  }
  return node;
}

function hoistVars(node: ts.Node, vars: Set<string>): ts.Node {
  if (ts.isVariableStatement(node) && isVarList(node.declarationList)) {
    const assigned = takeVars(node.declarationList, vars);
    return place(assigned ? factory.createExpressionStatement(assigned) : factory.createEmptyStatement(), node);
  }
  if (ts.isForStatement(node) && node.initializer && isVarList(node.initializer)) {
    const first = takeVars(node.initializer, vars);
    return factory.updateForStatement(node, first, node.condition, node.incrementor, node.statement);
  }
  if (ts.isForInStatement(node) && isVarList(node.initializer)) {
    return factory.updateForInStatement(node, takeTarget(node.initializer, vars), node.expression, node.statement);
  }
  if (ts.isForOfStatement(node) && isVarList(node.initializer)) {
    const target = takeTarget(node.initializer, vars);
    return factory.updateForOfStatement(node, node.awaitModifier, target, node.expression, node.statement);
  }
  return node;
}

function isVarList(node: ts.ForInitializer): node is ts.VariableDeclarationList {
  return ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0;
}

function takeVars(list: ts.VariableDeclarationList, vars: Set<string>): ts.Expression | undefined {
  for (const { name } of list.declarations) boundNames(name).forEach((name) => vars.add(name));
  return toAssignments(list);
}

function takeTarget(list: ts.VariableDeclarationList, vars: Set<string>): ts.Expression {
  takeVars(list, vars);
  return toTarget(list.declarations[0]!.name);
}

function declareLater(vars: Set<string>): ts.Statement[] {
  if (vars.size === 0) return [];
  const declarations = [...vars].map((name) => factory.createVariableDeclaration(name));
  return [factory.createVariableStatement(undefined, factory.createVariableDeclarationList(declarations, LET))];
}

function bindName(propertyName: ts.ModuleExportName | undefined, name: ts.Identifier): ts.BindingElement {
  return factory.createBindingElement(undefined, propertyName, name);
}

function declare(name: ts.BindingName, value: ts.Expression): ts.VariableDeclaration {
  return factory.createVariableDeclaration(name, undefined, undefined, value);
}

function letList(declarations: readonly ts.VariableDeclaration[], range: ts.TextRange): ts.VariableDeclarationList {
  return ts.setTextRange(factory.createVariableDeclarationList(declarations, LET), range);
}

function callHost(name: string, args: ts.Expression[]): ts.Expression {
  const call = factory.createCallExpression(host(name), undefined, args);
  return args[0] ? ts.setTextRange(call, args[0]) : call;
}

function host(name: string): ts.Expression {
  return factory.createPropertyAccessExpression(factory.createIdentifier("__bh"), name);
}

function place<T extends ts.Node>(made: T, from: ts.Node): T {
  return ts.setOriginalNode(ts.setTextRange(made, from), from);
}

function replaceStatements(file: ts.SourceFile, statements: ts.Statement[]): ts.SourceFile {
  return factory.updateSourceFile(file, ts.setTextRange(factory.createNodeArray(statements), file.statements));
}

const LET = ts.NodeFlags.Let;
