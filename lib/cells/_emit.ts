import ts from "typescript";
import { prepareSource, rewriteModule } from "./_rewrite.ts";

/** JavaScript and where it came from. */
export interface Emitted {
  /** The statements, for V8's REPL mode. */
  text: string;
  /** Base64 VLQ mappings of a source map. */
  mappings: string;
}

/**
 * Emits a cell by TypeScript's own compiler: for each cell it makes a program and a checker, which take longer than all else.
 *
 * @param source The cell's text, without syntax errors.
 * @param fileName `cell.ts` or `cell.tsx`.
 */
export function transpile(source: string, fileName: string): Emitted {
  const { outputText, sourceMapText } = ts.transpileModule(source, {
    fileName,
    compilerOptions: OPTIONS,
    transformers: { before: [prepareSource], after: [rewriteModule] },
  });
  const { mappings } = JSON.parse(sourceMapText!) as { mappings: string };
  return { text: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ""), mappings };
}

/**
 * Emits a cell of which only types have to be erased: the same text and mappings as {@linkcode transpile}, in a fraction of
 * its time, as it needs TypeScript's printer alone.
 *
 * @param source The cell's text, without syntax errors.
 * @param fileName `cell.ts` or `cell.tsx`.
 * @returns Null where the cell has more of TypeScript, or of what V8's scripts lack, than types.
 */
export function eraseTypes(source: string, fileName: string): Emitted | null {
  if (fileName.endsWith(".tsx")) return null;
  const file = ts.createSourceFile(fileName, source, MODULE, true);
  if (hasMoreThanTypes(file)) return null;
  const result = ts.transform(file, [prepareSource, INTERNAL.transformTypeScript, rewriteModule], OPTIONS);
  const printer = ts.createPrinter(OPTIONS, result) as ts.Printer & FilePrinter;
  const writer = INTERNAL.createTextWriter("\n");
  const map = INTERNAL.createSourceMapGenerator(HOST, fileName, "", "", {});
  printer.writeFile(result.transformed[0]!, writer, map);
  result.dispose();
  return { text: writer.getText(), mappings: map.toJSON().mappings };
}

/** Whether a tree has what TypeScript has to look up, or to write anew. */
function hasMoreThanTypes(node: ts.Node): boolean {
  return MORE_THAN_TYPES.has(node.kind) || isUsing(node) || isExportEquals(node) ||
    ts.forEachChild(node, (child) => hasMoreThanTypes(child) || undefined) === true;
}

function isUsing(node: ts.Node): boolean {
  return ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
}

function isExportEquals(node: ts.Node): boolean {
  return ts.isExportAssignment(node) && node.isExportEquals === true;
}

const MORE_THAN_TYPES = new Set([
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.ClassExpression,
  ts.SyntaxKind.EnumDeclaration,
  ts.SyntaxKind.ImportEqualsDeclaration,
  ts.SyntaxKind.ModuleDeclaration,
]);

const OPTIONS: ts.CompilerOptions = {
  // ES2022 is the newest target for which TypeScript still rewrites decorators and `using`, which V8 scripts lack.
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  jsx: ts.JsxEmit.React,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  removeComments: true,
  sourceMap: true,
};

/** Each cell is a module, as `moduleDetection` has it. */
const MODULE: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ES2022,
  setExternalModuleIndicator: (file) => {
    (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
  },
};

/** What of TypeScript's emitter its public types leave out. */
const INTERNAL = ts as unknown as {
  transformTypeScript: ts.TransformerFactory<ts.SourceFile>;
  createTextWriter(newLine: string): { getText(): string };
  createSourceMapGenerator(host: object, file: string, sourceRoot: string, folder: string, options: object): SourceMap;
};

interface SourceMap {
  toJSON(): { mappings: string };
}

interface FilePrinter {
  writeFile(file: ts.SourceFile, writer: object, map: SourceMap): void;
}

const HOST = { getCurrentDirectory: () => "", getCanonicalFileName: (name: string) => name };
