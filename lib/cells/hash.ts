import { createHash } from "node:crypto";
import { readDirectives } from "./directives/mod.ts";
import { structureOf } from "./_structure.ts";
import { parseSyntax, type Syntax } from "./syntax.ts";

/**
 * Hashes what a text means to the compiler: its tokens as they nest, and its directives. White space, comments and
 * whatever else a formatter changes are neutral, unless they change how the text parses.
 *
 * @param source TypeScript or TSX; a text that does not parse is hashed as it stands.
 * @returns SHA-256 in hexadecimal.
 *
 * @example
 * ```ts
 * import { sourceHash } from "./hash.ts";
 *
 * console.assert(sourceHash("f( 1 ) // why") === sourceHash("f(1);"));
 * console.assert(sourceHash("//| export\nf(1)") !== sourceHash("f(1)"));
 * ```
 */
export function sourceHash(source: string): string {
  return syntaxHash(parseSyntax(source));
}

/** The same of a text that is parsed already. */
export function syntaxHash({ file, diagnostics }: Syntax): string {
  if (diagnostics.length > 0) return textHash(file.text);
  const directives = Object.entries(readDirectives(file.text)).sort(([a], [b]) => a < b ? -1 : 1);
  return sha256(["code", directives, structureOf(file)]);
}

/** The hash of a text that is not TypeScript. */
export function textHash(text: string): string {
  return sha256(["text", text]);
}

/** The hash of a JSON file by its value; the order of its keys counts, as a program may see it. */
export function jsonHash(text: string): string {
  try {
    return sha256(["json", JSON.parse(text)]);
  } catch {
    return textHash(text);
  }
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
