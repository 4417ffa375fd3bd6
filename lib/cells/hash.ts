import { createHash } from "node:crypto";
import ts from "typescript";
import { readDirectives } from "./directives.ts";
import { parseSyntax } from "./syntax.ts";

/**
 * Hashes what a text means to the compiler: its tokens as they nest, and its directives. White space and comments are
 * neutral, unless they change how the text parses.
 *
 * @param source TypeScript or TSX; a text that does not parse is hashed as it stands.
 * @returns SHA-256 in hexadecimal.
 *
 * @example
 * ```ts
 * import { sourceHash } from "./hash.ts";
 *
 * console.assert(sourceHash("f( 1 ) // why") === sourceHash("f(1)"));
 * console.assert(sourceHash("//| export\nf(1)") !== sourceHash("f(1)"));
 * ```
 */
export function sourceHash(source: string): string {
  const { file, diagnostics } = parseSyntax(source);
  if (diagnostics.length > 0) return sha256(["text", source]);
  return sha256([readDirectives(source), tree(file, file)]);
}

/** The hash of a text that is not TypeScript, for example a JSON file. */
export function textHash(text: string): string {
  return sha256(["text", text]);
}

type Tree = string | Tree[];

function tree(file: ts.SourceFile, node: ts.Node): Tree {
  // White space counts in a template and in JSX text, and there only; both are tokens with all their text.
  if (ts.isToken(node)) return ts.isJsxText(node) ? node.getFullText(file) : node.getText(file);
  return node.getChildren(file).filter((child) => !ts.isJSDoc(child)).map((child) => tree(file, child));
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
