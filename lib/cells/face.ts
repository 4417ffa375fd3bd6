import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

/** A module without its code: only what it declares, with the documentation. */
export interface DeclaredModule {
  /** Absolute path of the file whose place it takes. */
  path: string;
  /** Its declarations as TypeScript. */
  text: string;
}

/**
 * Writes what a library shows of itself, so that a type checker reads a few declarations in place of all its code and of
 * every package that this code uses. Modules that only hand on names are cut down to the names that are asked for. Where
 * a module's types do not stand in its text, it stays as it is.
 *
 * @param entries Absolute paths of the library's entry modules.
 * @param readFile The text of a file by its absolute path, null when there is none.
 * @returns The modules that their exports lead to.
 */
export async function declareFaces(
  entries: readonly string[],
  readFile: (path: string) => string | null,
): Promise<DeclaredModule[]> {
  const files = new Map<string, Face | null>();
  const wanted = new Map<string, Set<string>>();
  const queue: Need[] = entries.map((path) => ({ path, names: [ALL] }));
  for (let need = queue.shift(); need; need = queue.shift()) {
    const { path, names } = need;
    if (!files.has(path)) {
      files.set(path, declare(path, readFile(path)));
      // A kernel has more to do than this.
      await new Promise((done) => setImmediate(done));
    }
    const file = files.get(path)?.file;
    const known = wanted.get(path) ?? new Set();
    const fresh = names.filter((name) => !known.has(name));
    if (!file || fresh.length === 0) continue;
    wanted.set(path, new Set([...known, ...fresh]));
    if (isHandingOn(file) || known.size === 0) queue.push(...needsOf(file, fresh));
  }
  return [...wanted].flatMap(([path, names]) => {
    const { file, declared } = files.get(path)!;
    const keepsText = (path: string) => !files.get(path)?.declared;
    return declared ? [{ path, text: leadBack(textOf(file, names), path, keepsText) }] : [];
  });
}

/** What imports a module that stays as it is finds it in its old place. */
function leadBack(text: string, path: string, keepsText: (path: string) => boolean): string {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const found: ts.StringLiteral[] = [];
  const visit = (node: ts.Node): void => {
    const isModule = ts.isStringLiteral(node) && node.text.startsWith(".") &&
      (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent) || ts.isLiteralTypeNode(node.parent));
    if (isModule && keepsText(resolve(dirname(path), node.text))) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.reduceRight((text, node) => {
    const target = JSON.stringify(pathToFileURL(resolve(dirname(path), node.text)).href);
    return text.slice(0, node.getStart(file)) + target + text.slice(node.end);
  }, text);
}

/** A module's declarations, or its own text where that does not tell its types. */
interface Face {
  file: ts.SourceFile;
  declared: boolean;
}

/** Names that are needed of a module. */
interface Need {
  path: string;
  names: readonly string[];
}

/** Stands for every name of a module. */
const ALL = "*";

function declare(path: string, source: string | null): Face | null {
  if (source === null || !/\.tsx?$/.test(path)) return null;
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: path,
    compilerOptions: OPTIONS,
    reportDiagnostics: true,
  });
  const declared = diagnostics.length === 0;
  const text = declared ? outputText : source;
  return { file: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true), declared };
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  strict: true,
  isolatedDeclarations: true,
};

function isHandingOn(file: ts.SourceFile): boolean {
  return file.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier);
}

function textOf(file: ts.SourceFile, names: ReadonlySet<string>): string {
  if (!isHandingOn(file)) return file.text;
  const kept = file.statements.filter((statement) => handedOn(statement, [...names]).length > 0);
  return kept.map((statement) => statement.getFullText(file)).join("\n");
}

/** The local modules that a module needs for some of its names, with the names that it needs of them. */
function needsOf(file: ts.SourceFile, names: readonly string[]): Need[] {
  const found: Need[] = [];
  const add = (specifier: ts.Node | undefined, names: readonly string[]): void => {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".") || names.length === 0) return;
    found.push({ path: resolve(dirname(file.fileName), specifier.text), names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importedOf(node));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, handedOn(node, [ALL]));
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, [node.qualifier?.getText(file).split(".")[0] ?? ALL]);
    }
    ts.forEachChild(node, visit);
  };
  if (!isHandingOn(file)) visit(file);
  else {for (const each of file.statements as ts.NodeArray<ts.ExportDeclaration>) {
      add(each.moduleSpecifier, handedOn(each, names));
    }}
  return found;
}

function importedOf({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  if (!bindings || importClause.name || !ts.isNamedImports(bindings)) return [ALL];
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

/** Of the names that are wanted those that a statement hands on, as their own module calls them. */
function handedOn(statement: ts.Node, wanted: readonly string[]): string[] {
  const { exportClause } = statement as ts.ExportDeclaration;
  if (!exportClause || ts.isNamespaceExport(exportClause)) return [ALL];
  return exportClause.elements
    .filter(({ name }) => wanted.includes(ALL) || wanted.includes(name.text))
    .map(({ name, propertyName }) => (propertyName ?? name).text);
}
