import ts from "typescript";

/** Puts a text behind every token of the given kinds. */
export function insertBehind(source: string, kinds: readonly ts.SyntaxKind[], text: string): string {
  return rewrite(source, (token) => kinds.includes(token.kind) ? `${token.getText()}${text}` : null);
}

/** Puts a text before every statement and after the last. */
export function insertBetween(source: string, text: string): string {
  const { statements } = parse(source);
  const places = statements.slice(1).map((statement) => statement.getFullStart());
  return [...places, source.length].reduceRight((made, at) => made.slice(0, at) + text + made.slice(at), source);
}

/** Writes texts in the other quotes. */
export function swapQuotes(source: string): string {
  return rewrite(source, (token) => {
    if (!ts.isStringLiteral(token) || /["'\\]/.test(token.text)) return null;
    return token.getText().startsWith("'") ? `"${token.text}"` : `'${token.text}'`;
  });
}

/** Puts a comma behind the last item of lists of values. */
export function addTrailingCommas(source: string): string {
  const file = parse(source);
  const ends: number[] = [];
  const visit = (node: ts.Node): void => {
    const list = ts.isCallExpression(node)
      ? node.arguments
      : ts.isArrayLiteralExpression(node)
      ? node.elements
      : ts.isObjectLiteralExpression(node)
      ? node.properties
      : null;
    const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (list && list.length > 0 && !list.hasTrailingComma && !isImport) ends.push(list.at(-1)!.end);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return ends.sort((a, b) => b - a).reduce((made, at) => `${made.slice(0, at)},${made.slice(at)}`, source);
}

/** Takes the semicolons that end lines, where the next line does not go on. */
export function dropSemicolons(source: string): string {
  return rewrite(source, (token, file) => {
    const next = file.text.slice(token.end);
    const isEnd = token.kind === ts.SyntaxKind.SemicolonToken && !ts.isForStatement(token.parent);
    return isEnd && /^\s*$|^[ \t]*\r?\n\s*[A-Za-z}]/.test(next) ? "" : null;
  });
}

/** Doubles the semicolons behind statements. */
export function doubleSemicolons(source: string): string {
  return rewrite(source, (token) => {
    const isEnd = token.kind === ts.SyntaxKind.SemicolonToken && ts.isVariableStatement(token.parent);
    return isEnd ? ";;" : null;
  });
}

/** Takes the parentheses around the one parameter of an arrow function. */
export function dropParentheses(source: string): string {
  return rewrite(source, (token) => {
    const { kind, parent } = token;
    const isParenthesis = kind === ts.SyntaxKind.OpenParenToken || kind === ts.SyntaxKind.CloseParenToken;
    if (!isParenthesis || !ts.isArrowFunction(parent) || parent.type || parent.parameters.length !== 1) return null;
    return parent.parameters[0]!.getChildCount() === 1 ? "" : null;
  });
}

/** Puts braces around the statements of branches. */
export function addBraces(source: string): string {
  const found: ts.Statement[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) && !ts.isBlock(node.thenStatement)) found.push(node.thenStatement);
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return found.reverse().reduce((made, statement) => {
    const [from, to] = [statement.getStart(), statement.end];
    return `${made.slice(0, from)}{\n    ${made.slice(from, to)}\n  }${made.slice(to)}`;
  }, source);
}

/** TypeScript's own printer, which keeps neither line breaks nor comments; directives stand before the code. */
export function reprint(source: string): string {
  const directives = /^(\/\/\|.*\n)*/.exec(source)![0];
  return directives + ts.createPrinter({ removeComments: true }).printFile(parse(source));
}

function parse(source: string): ts.SourceFile {
  return ts.createSourceFile("a.ts", source, ts.ScriptTarget.ESNext, true);
}

/** Writes tokens anew, null for those that stay; what stands between tokens stays. */
function rewrite(source: string, change: (token: ts.Node, file: ts.SourceFile) => string | null): string {
  const file = parse(source);
  let made = source;
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file);
    for (const child of [...children].reverse()) visit(child);
    if (children.length > 0 || node.getWidth(file) === 0) return;
    const text = change(node, file);
    if (text !== null) made = made.slice(0, node.getStart(file)) + text + made.slice(node.end);
  };
  visit(file);
  return made;
}
