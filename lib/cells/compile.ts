import { eraseTypes, transpile } from "./_emit.ts";
import { decodeMappings, lookUp, type Segment } from "./_source_map.ts";
import { parseSyntax } from "./syntax.ts";

/** A cell as a script for V8's REPL mode. */
export interface CompiledCell {
  /** Calls `__bh`, which the process that evaluates it provides; ends with its sourceURL. */
  code: string;
  /** Steps from positions in `code` to positions in the cell, all from 1, in the order of `code`. */
  segments: readonly Segment[];
  /**
   * Finds where a position came from.
   *
   * @param line Line in `code`, from 1.
   * @param column Column in `code`, from 1.
   * @returns The position in the cell's text that it came from, from 1.
   */
  map(line: number, column: number): { line: number; column: number };
}

/**
 * Compiles a cell to a script that can be evaluated again and again in one realm: every top-level declaration becomes
 * a `let`, functions come first, imports become awaited calls, and a top-level `await` can be interrupted.
 *
 * @param source The cell's text, TypeScript or TSX.
 * @param cellId Name of this evaluation: `[A-Za-z0-9_-]+`. Stack frames show it as their file.
 * @returns The script and its mapping to the cell's text.
 * @throws {SyntaxError} When the text is not TypeScript; the message has line and column.
 * @throws {RangeError} When the name has other characters.
 *
 * @example
 * ```ts
 * import { compileCell } from "./compile.ts";
 *
 * const { code } = compileCell("const a: number = 1;", "first");
 * console.assert(code.includes("let a = 1;"));
 * ```
 */
export function compileCell(source: string, cellId: string): CompiledCell {
  if (!/^[\w-]+$/.test(cellId)) {
    throw new RangeError(`Cannot compile cell as its name must be letters, digits, "_" and "-": got "${cellId}"`);
  }
  const { file, diagnostics: [wrong] } = parseSyntax(source);
  if (wrong) {
    const { message, line, column } = wrong;
    throw new SyntaxError(
      `Cannot compile cell "${cellId}" as it must be TypeScript: ${
        message.replace(/\.$/, "")
      } at line ${line}, column ${column}`,
    );
  }
  const { text, mappings } = eraseTypes(source, file.fileName) ?? transpile(source, file.fileName);
  const segments = decodeMappings(mappings, 1);
  const name = JSON.stringify(cellId);
  return {
    code: `"use strict"; await __bh.begin(${name});\n${text}void __bh.done(${name});\n//# sourceURL=${cellId}`,
    segments,
    map: (line, column) => lookUp(segments, line, column),
  };
}
