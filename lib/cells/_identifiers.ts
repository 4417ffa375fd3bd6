import ts from "typescript";

/** In which of TypeScript's two name spaces a name is looked up. */
export type Meaning = "type" | "value";

/** Whether an identifier uses a name, and is not a declaration, a property's name or a label. */
export function isUse(id: ts.Identifier): boolean {
  const { parent } = id;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isExportSpecifier(parent)) return usedByExport(parent, id);
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return /^[^a-z]/.test(id.text);
  if (ts.isQualifiedName(parent)) return parent.left === id;
  if (ts.isImportTypeNode(parent) || ts.isImportClause(parent) || ts.isNamespaceExport(parent)) return false;
  const { name, propertyName, label } = parent as { name?: ts.Node; propertyName?: ts.Node; label?: ts.Node };
  return id !== name && id !== propertyName && id !== label;
}

/** The name space in which a used name is looked up. */
export function meaningOf(id: ts.Identifier): Meaning {
  let node: ts.Node = id;
  while (ts.isQualifiedName(node.parent) || ts.isPropertyAccessExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isTypeReferenceNode(parent)) return "type";
  if (!ts.isExpressionWithTypeArguments(parent) || !ts.isHeritageClause(parent.parent)) return "value";
  const clause = parent.parent;
  return clause.token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(clause.parent)
    ? "type"
    : "value";
}

/** Whether a declaration stands at the top level of its text, where every cell sees it. */
export function isTopLevel(declaration: ts.Node): boolean {
  let node = declaration;
  if (ts.isClassExpression(node) || ts.isFunctionExpression(node)) return false;
  while (!ts.isSourceFile(node.parent)) {
    node = node.parent;
    if (!PASSED.has(node.kind) && !(isVar(declaration) && !ts.isFunctionLike(node) && !ts.isModuleBlock(node))) {
      return false;
    }
  }
  return true;
}

/** Whether a declaration is by `var`, which belongs to the nearest function and not to the block around it. */
export function isVar(declaration: ts.Node): boolean {
  let node = declaration;
  while (ts.isBindingElement(node) || ts.isBindingName(node)) node = node.parent;
  if (!ts.isVariableDeclaration(node) || !ts.isVariableDeclarationList(node.parent)) return false;
  return (node.parent.flags & ts.NodeFlags.BlockScoped) === 0;
}

const PASSED: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ObjectBindingPattern,
  ts.SyntaxKind.ArrayBindingPattern,
  ts.SyntaxKind.BindingElement,
  ts.SyntaxKind.VariableDeclaration,
  ts.SyntaxKind.VariableDeclarationList,
  ts.SyntaxKind.VariableStatement,
  ts.SyntaxKind.ImportClause,
  ts.SyntaxKind.NamedImports,
  ts.SyntaxKind.ImportDeclaration,
]);

function usedByExport(specifier: ts.ExportSpecifier, id: ts.Identifier): boolean {
  if (specifier.parent.parent.moduleSpecifier) return false;
  return id === (specifier.propertyName ?? specifier.name);
}
