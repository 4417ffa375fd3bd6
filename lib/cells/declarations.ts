import ts from "typescript";
import { parseSyntax } from "./syntax.ts";

/** A variable that a text declares. */
export interface DeclaredValue {
  /** Its name. */
  name: string;
  /** Its value as written; none where it has no value. */
  text?: string;
  /** The value, where it is written as JSON has it or as a negative number. */
  value?: string | number | boolean | null | readonly unknown[];
  /** The comment beside it or above it. */
  comment?: string;
}

/**
 * Lists the variables that a text declares at its top level, with their values and comments as they are written.
 * Nothing is run.
 *
 * @param source The cell's text.
 * @returns The variables in the order of the text; patterns such as `{ a }` are left out.
 *
 * @example
 * ```ts
 * import { declaredValues } from "./declarations.ts";
 *
 * const [until] = declaredValues(`const until = "2001-06-01"; // the first day left out`);
 * console.assert(until?.value === "2001-06-01" && until.comment === "the first day left out");
 * ```
 */
export function declaredValues(source: string): DeclaredValue[] {
  const { file } = parseSyntax(source);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const { declarations } = statement.declarationList;
    return declarations.flatMap(({ name, initializer }) => {
      if (!ts.isIdentifier(name)) return [];
      const comment = declarations.length === 1 ? commentOf(file, statement) : undefined;
      const value = initializer && literal(initializer);
      return [{
        name: name.text,
        ...(initializer ? { text: initializer.getText(file) } : {}),
        ...(value === undefined ? {} : { value }),
        ...(comment ? { comment } : {}),
      }];
    });
  });
}

function literal(node: ts.Expression): DeclaredValue["value"] {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    return ts.isNumericLiteral(node.operand) ? -Number(node.operand.text) : undefined;
  }
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return literal(node.expression);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const items = node.elements.map(literal);
  return items.includes(undefined) ? undefined : items;
}

/** The comment behind a statement on its last line, else those that stand directly above it. */
function commentOf(file: ts.SourceFile, statement: ts.Statement): string | undefined {
  const behind = ts.getTrailingCommentRanges(file.text, statement.end) ?? [];
  const above = ts.getLeadingCommentRanges(file.text, statement.pos) ?? [];
  const from = behind.length > 0 ? behind : above.filter(({ pos, end }) => {
    return !file.text.slice(pos, end).startsWith("//|") &&
      !/\n\s*\n/.test(file.text.slice(end, statement.getStart(file)));
  });
  const words = from.map(({ pos, end }) => {
    const text = file.text.slice(pos, end).replace(/^\/\/|^\/\*+|\*\/$/g, "");
    return text.split("\n").map((line) => line.replace(/^\s*\*?\s*/, "").trim()).join(" ").trim();
  });
  return words.join(" ").trim() || undefined;
}
