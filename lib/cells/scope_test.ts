import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import ts from "typescript";
import { isTopLevel, isUse } from "./_identifiers.ts";
import { analyseScope } from "./scope.ts";
import { parseSyntax } from "./syntax.ts";

const uses = (source: string) => {
  const scope = analyseScope(source);
  return scope.referencesIn(scope.file).map(({ name }) => name).join(" ");
};

test("analyseScope() leaves out what a scope around the use declares", () => {
  const table: [source: string, uses: string][] = [
    ["(a) => a + b", "b"],
    ["{ let a = 1; a } a", "a"],
    ["for (const a of b) a; a", "b a"],
    ["try { a } catch (a) { a }", "a"],
    ["switch (a) { case 1: let b = 2; default: b } b", "a b"],
    ["(function f() { f }); f", "f"],
    ["const x = class K { y = K }; K", "K"],
    ["function f(a = x) { let x = 1 }", "x"],
    ["function f<T>(x: T) { return T }", "T"],
    ["class A<T> { m(x: T): T[] { return T } }", "T"],
    ["type M<T> = { [K in keyof T]: T[K] } & K", "K"],
    ["type E<T> = T extends (infer U)[] ? U : U", "U"],
    ["enum E { A, B = A } A", "A"],
    ["namespace N { export const a = 1; a } a", "a"],
    ["{ function f() {} f() } f()", "f"],
    ["{ var v = 1 } v", "v"],
    ["({ a, b: c })", "a c"],
    ["const { a: b = c } = d", "c d"],
    ["label: for (;;) break label", ""],
    ["arguments; undefined", ""],
    ["let a: B.C; a.d", "B a"],
  ];
  for (const [source, expected] of table) expect(uses(source), source).toBe(expected);
});

test("analyseScope() resolves the names of our own code as TypeScript's checker does", async () => {
  let count = 0;
  for (const folder of ["cells", "notebook", "columns", "models"]) {
    for await (const path of scripts(fileURLToPath(new URL(`../${folder}`, import.meta.url)))) {
      const source = await Deno.readTextFile(path);
      const scope = analyseScope(source);
      const found = scope.referencesIn(scope.file).map(({ node }) => node.pos);
      expect(found, path).toEqual(byChecker(parseSyntax(source).file).map(({ pos }) => pos));
      count += found.length;
    }
  }
  expect(count).toBeGreaterThan(5_000);
}, 120_000);

async function* scripts(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* scripts(join(folder, name));
    else if (name.endsWith(".ts")) yield join(folder, name);
  }
}

function byChecker(file: ts.SourceFile): ts.Identifier[] {
  const checker = createChecker(file);
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !/^(undefined|arguments|)$/.test(node.text) && isUse(node)) {
      const declarations = symbolOf(checker, node)?.declarations ?? [];
      if (declarations.length === 0 || declarations.some(isTopLevel)) found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function symbolOf(checker: ts.TypeChecker, id: ts.Identifier): ts.Symbol | undefined {
  const { parent } = id;
  if (ts.isShorthandPropertyAssignment(parent)) return checker.getShorthandAssignmentValueSymbol(parent);
  if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
  return checker.getSymbolAtLocation(id);
}

function createChecker(file: ts.SourceFile): ts.TypeChecker {
  const host: ts.CompilerHost = {
    getSourceFile: (name) => name === file.fileName ? file : undefined,
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === file.fileName,
    readFile: () => undefined,
    writeFile: () => undefined,
  };
  return ts.createProgram({ rootNames: [file.fileName], options: OPTIONS, host }).getTypeChecker();
}

const OPTIONS: ts.CompilerOptions = {
  noLib: true,
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  jsx: ts.JsxEmit.Preserve,
};
