import ts from "typescript";
import { isTopLevel, meaningOf } from "./_identifiers.ts";

/**
 * Tells which used names of a text are not local to a function, block or class of it: what no scope around them
 * declares, and what the top level does. TypeScript's binder says what each scope declares; no program is needed.
 *
 * @param file The parsed text.
 * @returns Whether a use is global to the cells.
 */
export function resolver(file: ts.SourceFile): (id: ts.Identifier) => boolean {
  (ts as unknown as Binder).bindSourceFile(file, OPTIONS);
  return (id) => {
    const found = declarationsOf(id);
    return found.length === 0 || found.some(isTopLevel);
  };
}

// TypeScript leaves its binder, and what that notes on nodes, out of its public types.
interface Binder {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
}
type Bound = ts.Node & { locals?: Map<ts.__String, ts.Symbol>; symbol?: ts.Symbol };

// In a module functions belong to their block.
const OPTIONS: ts.CompilerOptions = { target: ts.ScriptTarget.ESNext, alwaysStrict: true };

/** What declares a name, by the nearest scope that does. */
function declarationsOf(id: ts.Identifier): readonly ts.Declaration[] {
  const meaning = lookedUpAs(id);
  let from: ts.Node = id;
  for (let scope: ts.Node | undefined = id.parent; scope; from = scope, scope = scope.parent) {
    const found = declaredIn(scope, id.escapedText, { meaning, from });
    if (found.length > 0) return found;
  }
  return [];
}

interface Use {
  /** Kinds of names that count. */
  meaning: ts.SymbolFlags;
  /** The child of the scope that the name stands in. */
  from: ts.Node;
}

function declaredIn(scope: ts.Node, name: ts.__String, { meaning, from }: Use): readonly ts.Declaration[] {
  const { locals, symbol } = scope as Bound;
  const local = locals?.get(name);
  if (local && fits(local, meaning)) {
    const seen = (local.declarations ?? []).filter((declaration) => isSeen(declaration, scope, from));
    if (seen.length > 0) return seen;
  }
  if (!symbol) return [];
  if (ts.isEnumDeclaration(scope) || ts.isModuleDeclaration(scope)) {
    const member = symbol.exports?.get(name);
    return member && fits(member, meaning) ? (member.declarations ?? []).filter((found) => !isExport(found)) : [];
  }
  if (ts.isClassLike(scope) || ts.isInterfaceDeclaration(scope)) {
    const own = ts.isClassExpression(scope) && scope.name?.escapedText === name ? [scope] : [];
    const parameters = meaning & ts.SymbolFlags.TypeParameter ? scope.typeParameters ?? [] : [];
    return [...own, ...parameters.filter((parameter) => parameter.name.escapedText === name)];
  }
  return ts.isFunctionExpression(scope) && scope.name?.escapedText === name && meaning & ts.SymbolFlags.Function
    ? [scope]
    : [];
}

function fits({ flags }: ts.Symbol, meaning: ts.SymbolFlags): boolean {
  return (flags & (meaning | ts.SymbolFlags.Alias)) !== 0;
}

/** An `export { a }` gives a name away and declares none. */
function isExport(declaration: ts.Node): boolean {
  return ts.isExportSpecifier(declaration) || ts.isNamespaceExport(declaration);
}

/** The kinds of names that the scopes around a use are looked through for. */
function lookedUpAs(id: ts.Identifier): ts.SymbolFlags {
  const { parent } = id;
  if (ts.isExportSpecifier(parent)) return ANY;
  if (ts.isQualifiedName(parent)) return isQuery(parent) ? ts.SymbolFlags.Value : ts.SymbolFlags.Namespace;
  if (ts.isImportEqualsDeclaration(parent)) return ANY;
  if (meaningOf(id) === "value") return ts.SymbolFlags.Value;
  return ts.isPropertyAccessExpression(parent) ? ts.SymbolFlags.Namespace : ts.SymbolFlags.Type;
}

const ANY = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace;

/** Whether a name with dots belongs to a `typeof`. */
function isQuery(name: ts.QualifiedName): boolean {
  return ts.isQualifiedName(name.parent) ? isQuery(name.parent) : ts.isTypeQueryNode(name.parent);
}

/** What a function's body declares is not seen from its parameters, what is inferred only where the condition holds. */
function isSeen(declaration: ts.Node, scope: ts.Node, from: ts.Node): boolean {
  if (ts.isConditionalTypeNode(scope)) return from === scope.trueType;
  const body = ts.isFunctionLike(scope) ? (scope as ts.FunctionLikeDeclaration).body : undefined;
  return !body || from === body || declaration.pos < body.pos;
}
