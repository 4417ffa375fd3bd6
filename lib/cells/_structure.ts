import ts from "typescript";

/**
 * Spells a parsed text by what it means to the compiler: its tokens as they nest. What a formatter changes is left out:
 * white space, comments, semicolons, trailing commas, the quotes of strings, parentheses and braces that only repeat
 * how things nest, and the order of names within one import or export.
 *
 * @param file The parsed text.
 * @returns Brackets around every node and list, in them the tokens; texts stand behind their lengths.
 */
export function structureOf(file: ts.SourceFile): string {
  const { text, languageVariant } = file;
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, languageVariant, text);
  let [spelt, at, layout] = ["", 0, SEPARATORS];

  function spell(given: ts.Node): void {
    const node = withoutRepetition(given);
    const word = spellWord(node, file);
    if (word !== null) spelt += word;
    else if (ts.isNamedImports(node) || ts.isNamedExports(node)) spellSorted(node.elements);
    else spellParts(node);
  }

  function spellSorted(elements: readonly ts.Node[]): void {
    const before = spelt;
    const names = elements.map((element) => {
      spelt = "";
      spell(element);
      return spelt;
    });
    spelt = `${before}{${names.sort().join("")}}`;
  }

  /** Nodes and lists in order, and in between the tokens that are no nodes of their own. */
  function spellParts(node: ts.Node): void {
    const outer = layout;
    spelt += `(${MARKS.get(node.kind) ?? ""}`;
    at = node.pos;
    layout = LAYOUT.get(node.kind) ?? SEPARATORS;
    ts.forEachChild(node, spellChild, spellList);
    spellTokens(node.end);
    spelt += isBareNew(node) ? "[])" : ")";
    layout = outer;
  }

  function spellChild(child: ts.Node): void {
    spellTokens(child.pos);
    spell(child);
    at = child.end;
  }

  function spellList(list: ts.NodeArray<ts.Node>): void {
    spellTokens(list.pos);
    spelt += "[";
    for (const item of list) if (!isLayout(item)) spell(item);
    spelt += "]";
    at = list.end;
  }

  function spellTokens(to: number): void {
    if (at >= to) return;
    scanner.resetTokenState(at);
    for (let kind = scanner.scan(); scanner.getTokenStart() < to && kind !== END; kind = scanner.scan()) {
      if (!layout.has(kind)) spelt += ` ${ts.tokenToString(kind) ?? scanner.getTokenText()}`;
      if (scanner.getTokenEnd() >= to) return;
    }
  }

  spell(file);
  return spelt;
}

/** Literals, names and whatever else has no parts; null for all others. */
function spellWord(node: ts.Node, file: ts.SourceFile): string | null {
  if (ts.isStringLiteral(node)) return quote('"', node.text);
  if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) return quote("#", node.text);
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) return quote("'", node.text);
  if (ts.isJsxText(node)) return quote("<", visibleText(node.text));
  if (ts.isTemplateLiteralToken(node)) return quote("`", node.getText(file).replaceAll(/\r\n?/g, "\n"));
  if (ts.isRegularExpressionLiteral(node)) return quote("/", node.getText(file));
  return ts.isToken(node) ? ` ${ts.tokenToString(node.kind) ?? node.getText(file)}` : null;
}

function quote(mark: string, text: string): string {
  return `${mark}${text.length}:${text}`;
}

/** JSX shows the lines of a text trimmed, without empty ones, joined by spaces. */
function visibleText(text: string): string {
  const lines = text.split(/\r\n?|\n/);
  if (lines.length === 1) return text;
  return lines.map((line, index) => {
    const start = index === 0 ? line : line.trimStart();
    return index === lines.length - 1 ? start : start.trimEnd();
  }).filter((line) => line !== "").join(" ");
}

/** What stands for the same: without parentheses and braces that only repeat how things nest. */
function withoutRepetition(node: ts.Node): ts.Node {
  if (ts.isParenthesizedExpression(node) && !isNeeded(node)) return withoutRepetition(node.expression);
  if (ts.isParenthesizedTypeNode(node)) return withoutRepetition(node.type);
  if ((ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) && node.types.length === 1) {
    return withoutRepetition(node.types[0]!);
  }
  if (!ts.isBlock(node) || !isBranch(node)) return node;
  const [only, ...others] = node.statements.filter((statement) => !isLayout(statement));
  return only && others.length === 0 && !declaresInBlock(only) ? withoutRepetition(only) : node;
}

/** `(a?.b).c` fails where `a?.b.c` does not, and `(f) = () => {}` gives the function no name. */
function isNeeded({ parent, expression }: ts.ParenthesizedExpression): boolean {
  if (ts.isBinaryExpression(parent)) return parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return ts.isOptionalChain(expression) && (parent as { expression?: ts.Node }).expression !== undefined;
}

function isBranch({ parent }: ts.Block): boolean {
  return ts.isIfStatement(parent) || ts.isIterationStatement(parent, false);
}

function declaresInBlock(statement: ts.Statement): boolean {
  return ts.isDeclarationStatement(statement) || ts.isVariableStatement(statement) || ts.isLabeledStatement(statement);
}

/** What stands in a list and means nothing: a semicolon alone, white space between the lines of JSX. */
function isLayout(node: ts.Node): boolean {
  if (ts.isJsxText(node)) return visibleText(node.text) === "";
  return ts.isEmptyStatement(node) || ts.isSemicolonClassElement(node);
}

function isBareNew(node: ts.Node): boolean {
  return ts.isNewExpression(node) && node.arguments === undefined;
}

const END = ts.SyntaxKind.EndOfFileToken;
const SEPARATORS: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.SemicolonToken, ts.SyntaxKind.CommaToken]);
const PARENTHESES = [ts.SyntaxKind.OpenParenToken, ts.SyntaxKind.CloseParenToken];
/** By kind of node the tokens that its lists and brackets say already. */
const LAYOUT: ReadonlyMap<ts.SyntaxKind, ReadonlySet<ts.SyntaxKind>> = new Map([
  [ts.SyntaxKind.ForStatement, new Set()],
  [ts.SyntaxKind.ArrowFunction, new Set([...SEPARATORS, ...PARENTHESES])],
  [ts.SyntaxKind.NewExpression, new Set([...SEPARATORS, ...PARENTHESES])],
  [ts.SyntaxKind.UnionType, new Set([ts.SyntaxKind.BarToken])],
  [ts.SyntaxKind.IntersectionType, new Set([ts.SyntaxKind.AmpersandToken])],
]);
/** Nodes whose tokens and nesting may be those of another kind of node. */
const MARKS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.ObjectLiteralExpression, "object"],
  [ts.SyntaxKind.UnionType, "|"],
  [ts.SyntaxKind.IntersectionType, "&"],
]);
