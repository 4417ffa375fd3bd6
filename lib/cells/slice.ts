import ts from "typescript";
import { cellName } from "./directives/mod.ts";
import { findChanges } from "./_changes.ts";
import { collectParts, type Notebook, type Part } from "./_collect.ts";
import { indexDefinitions } from "./_definitions.ts";
import type { LocalFiles } from "./_opens.ts";
import { isVar } from "./_identifiers.ts";
import type { ImportedName, ImportRef } from "./imports.ts";
import type { Cell } from "./parse.ts";
import { analyseScope } from "./scope.ts";
import { lineOf } from "./syntax.ts";

/** Part of a notebook as one module. */
export interface Slice {
  /** TypeScript of one ES module that exports the asked name. Relative imports are those of the notebook. */
  source: string;
  /** Where the lines of `source` come from, in document order. */
  cells: SlicedCell[];
  /** What `source` imports. */
  imports: ImportRef[];
}

/** The lines that a slice takes from one cell. */
export interface SlicedCell {
  /** The cell's id. */
  id: string;
  /** How messages name it: its label, else its id. */
  name: string;
  /** Runs of lines: the first in the module, the first in the cell, all from 1, and how many. */
  lines: [moduleLine: number, cellLine: number, count: number][];
}

/**
 * Cuts out of a notebook what one name needs: functions, types, classes, enums, constants of pure expressions, imports.
 * Of a name that is declared twice the last declaration in the notebook counts.
 *
 * @param cells The code cells of the notebook in document order.
 * @param name A name that one of them declares.
 * @param local Where given, local modules are read too, and refused when they import `open` of `boathouse`.
 * @returns One ES module that exports the name, and where its lines come from.
 * @throws {TypeError} When it needs a value that is computed at run time; the message names cell, line and the way out.
 * @throws {RangeError} When no cell declares the name, or only imports it.
 * @throws {SyntaxError} When a cell that is needed does not parse.
 *
 * @example
 * ```ts
 * import { sliceCells } from "./slice.ts";
 *
 * const cells = [{ id: "a", source: "const rate = 2; const rows = await load();" },
 *   { id: "b", source: "export function pay(hours: number) { return rate * hours; }" }];
 * console.assert(sliceCells(cells, "pay").source ===
 *   "const rate = 2;\nexport function pay(hours: number) { return rate * hours; }\n");
 * ```
 */
export function sliceCells(cells: Cell[], name: string, local?: LocalFiles): Slice {
  const scopes = cells.map(({ source }) => analyseScope(source));
  const lastDefinition = indexDefinitions(scopes);
  const notebook: Notebook = { cells, scopes, lastDefinition, changes: scopes.map(findChanges), local };
  const { parts, imported } = collectParts(notebook, name);
  const imports = mergeImports(imported);
  const texts = imports.map(importText);
  const taken = new Map<string, SlicedCell>();
  let line = texts.length + 1;
  for (const part of parts) {
    const cell = cells[part.cell]!;
    const { id } = cell;
    const { text, cellLine } = partText(notebook, part, name);
    const count = text.split("\n").length;
    taken.set(id, { id, name: cellName(cell), lines: [...taken.get(id)?.lines ?? [], [line, cellLine, count]] });
    texts.push(text);
    line += count;
  }
  return { source: `${texts.join("\n")}\n`, cells: [...taken.values()], imports };
}

/**
 * Finds the cell that a line of a slice comes from.
 *
 * @param slice The slice.
 * @param line Line in its source, from 1.
 * @returns The cell's id and name, and the line in it, from 1; null for a line that the slice added.
 *
 * @example
 * ```ts
 * import { placeInSlice, sliceCells } from "./slice.ts";
 *
 * const slice = sliceCells([{ id: "a", source: "\nfunction f() {}" }], "f");
 * console.assert(placeInSlice(slice, 1)?.line === 2);
 * ```
 */
export function placeInSlice(slice: Slice, line: number): { cell: string; name: string; line: number } | null {
  for (const { id, name, lines } of slice.cells) {
    for (const [moduleLine, cellLine, count] of lines) {
      if (line >= moduleLine && line < moduleLine + count) {
        return { cell: id, name, line: cellLine + line - moduleLine };
      }
    }
  }
  return null;
}

/** One import per module and local name, with the names that are used and no more, in the order of the module names. */
function mergeImports(imported: ImportRef[]): ImportRef[] {
  const sorted = [...imported].sort((a, b) => compare(a.specifier, b.specifier) || compare(a.names, b.names));
  const merged: ImportRef[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    const joins = last?.specifier === next.specifier &&
      [...last.names, ...next.names].every((name) => name.imported !== "*");
    if (!joins) merged.push({ ...next, names: [...next.names] });
    else merged[merged.length - 1] = { ...last, names: [...last.names, ...next.names] };
  }
  return merged.map((ref) => ({ ...ref, typeOnly: ref.names.every(({ typeOnly }) => typeOnly) }));
}

function importText({ specifier, names, typeOnly, attributes }: ImportRef): string {
  const whole = names.find(({ imported }) => imported === "*");
  const bound = whole ? `* as ${whole.local}` : `{ ${names.map((name) => bindingText(name, typeOnly)).join(", ")} }`;
  const suffix = attributes ? ` with ${JSON.stringify(attributes)}` : "";
  return `import ${typeOnly ? "type " : ""}${bound} from ${JSON.stringify(specifier)}${suffix};`;
}

function bindingText({ imported, local, typeOnly }: ImportedName, allTypes: boolean): string {
  const from = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(imported) ? imported : JSON.stringify(imported);
  return `${typeOnly && !allTypes ? "type " : ""}${from === local ? local : `${from} as ${local}`}`;
}

function partText({ scopes }: Notebook, { cell, node }: Part, name: string): { text: string; cellLine: number } {
  const { file, definitions } = scopes[cell]!;
  const exported = definitions.some((definition) => definition.node === node && definition.name === name);
  const prefix = exported ? "export " : "";
  if (ts.isVariableDeclaration(node)) {
    const keyword = isVar(node) ? "var" : node.parent.flags & ts.NodeFlags.Const ? "const" : "let";
    return { text: `${prefix}${keyword} ${node.getText(file)};`, cellLine: lineOf(file, node) };
  }
  const start = node.getStart(file);
  const [from, to] = exportRange(file, node);
  const kept = from === start ? to : start;
  return {
    text: prefix + file.text.slice(start, from) + file.text.slice(to, node.end),
    cellLine: file.getLineAndCharacterOfPosition(kept).line + 1,
  };
}

/** Where the words `export` and `default` of a statement stand, with the space behind them; empty without them. */
function exportRange(file: ts.SourceFile, node: ts.Statement): [from: number, to: number] {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  const words = modifiers.filter(({ kind }) =>
    kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword
  );
  const [first, last] = [words[0], words.at(-1)];
  if (!first || !last) return [node.getStart(file), node.getStart(file)];
  return [first.getStart(file), last.end + (/^\s*/.exec(file.text.slice(last.end))?.[0].length ?? 0)];
}

function compare(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
