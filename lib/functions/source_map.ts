import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Slice } from "../cells/mod.ts";

/** Where a slice comes from. */
export interface SliceOrigin {
  /** The slice. */
  slice: Slice;
  /** Notebook, relative to the workbench. */
  notebook: string;
  /** Source of each code cell by its id. */
  cells: Readonly<Record<string, string>>;
  /** Absolute folder of the workbench. */
  root: string;
}

interface SourceMap {
  sources: string[];
  sourcesContent: (string | null)[];
  mappings: string;
}

/** From a place of the bundle on, code comes from there; all from 0. Source null: from no file of the workbench. */
interface Step {
  line: number;
  column: number;
  source: number | null;
  sourceLine: number;
  sourceColumn: number;
}

/**
 * Turns the bundler's source map (ECMA-426) into one of the notebook: its sources are `notebook.ipynb#cell` and the
 * local modules of the workbench. Packages and Boathouse itself are left out.
 *
 * @param text source map of the bundle, JSON
 * @param base absolute folder of Boathouse, which the map's sources are relative to
 * @param origin the slice and its notebook
 * @returns source map, JSON
 */
export async function mapToCells(text: string, base: string, origin: SliceOrigin): Promise<string> {
  const { placeInSlice } = await import("../cells/mod.ts");
  const { slice, notebook, cells, root } = origin;
  const map = JSON.parse(text) as SourceMap;
  const sources = new Map<string, string | null>();
  const indexOf = (name: string, content: string | null) => {
    if (!sources.has(name)) sources.set(name, content);
    return [...sources.keys()].indexOf(name);
  };
  const local = map.sources.map((source) => localName(source, base, root));
  const trace = (step: Step): Step => {
    const from = map.sources[step.source!]!, name = local[step.source!]!;
    if (name !== null) return { ...step, source: indexOf(name, map.sourcesContent[step.source!] ?? null) };
    const place = from === "slice:slice" ? placeInSlice(slice, step.sourceLine + 1) : null;
    if (place === null) return { ...step, source: null };
    const source = indexOf(`${notebook}#${place.cell}`, cells[place.cell] ?? null);
    return { ...step, source, sourceLine: place.line - 1 };
  };
  const steps = readSteps(map.mappings).map(trace).filter(({ source }, at, all) =>
    source !== null || all[at - 1]?.source !== null
  );
  return JSON.stringify({
    version: 3,
    sources: [...sources.keys()],
    sourcesContent: [...sources.values()],
    names: [],
    mappings: writeSteps(steps),
  });
}

/**
 * Makes what tells the stack of an error of the sandbox in terms of the notebook.
 *
 * @param text source map of the version, JSON
 * @returns from a stack with places such as `bundle.js:1:300` to one with `notebook.ipynb#cell:4`; frames of packages
 * and of Boathouse are left out
 * @example
 * ```ts
 * import { stackMapper } from "./source_map.ts";
 * const map = JSON.stringify({ version: 3, sources: ["a.ipynb#f"], sourcesContent: [null], mappings: "AAEA" });
 * const stack = stackMapper(map)("Error: x\n    at f (bundle.js:1:9)\n    at g (other.js:1:1)");
 * if (stack !== "Error: x\n    at f (a.ipynb#f:3)") throw new Error(stack);
 * ```
 */
export function stackMapper(text: string): (stack: string) => string {
  const { sources, mappings } = JSON.parse(text) as SourceMap;
  const steps = readSteps(mappings);
  const show = (line: string): string[] => {
    if (!/^ {4}at /.test(line)) return [line];
    const [, l, c] = /bundle\.js:(\d+):(\d+)/.exec(line) ?? [];
    const step = l === undefined ? undefined : stepAt(steps, Number(l) - 1, Number(c) - 1);
    if (step === undefined || step.source === null) return [];
    return [line.replace(/bundle\.js:\d+:\d+/, () => `${sources[step.source!]}:${step.sourceLine + 1}`)];
  };
  return (stack) => stack.split("\n").flatMap(show).join("\n");
}

/**
 * Reads the texts that a version was made of.
 *
 * @param text source map of the version, JSON
 * @returns text by name: `notebook.ipynb#cell`, or path of a local module; null where the map does not hold it
 */
export function readSources(text: string): Record<string, string | null> {
  const { sources, sourcesContent } = JSON.parse(text) as SourceMap;
  return Object.fromEntries(sources.map((name, at) => [name, sourcesContent[at] ?? null]));
}

function localName(source: string, base: string, root: string): string | null {
  if (/^[a-z]+:/.test(source)) return null;
  const path = fileURLToPath(new URL(source, pathToFileURL(`${base}/`)));
  const name = relative(root, path);
  const isOwn = !relative(join(base, "lib"), path).startsWith("..");
  return name.startsWith("..") || name.includes("node_modules/") || isOwn ? null : name;
}

function stepAt(steps: readonly Step[], line: number, column: number): Step | undefined {
  return steps.findLast((step) => step.line === line && step.column <= column);
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function readSteps(mappings: string): Step[] {
  let source = 0, sourceLine = 0, sourceColumn = 0;
  return mappings.split(";").flatMap((group, line) => {
    let column = 0;
    return (group === "" ? [] : group.split(",")).map((text) => {
      const [columns = 0, sources, lines = 0, sourceColumns = 0] = readVlq(text);
      column += columns;
      source += sources ?? 0;
      sourceLine += lines;
      sourceColumn += sourceColumns;
      return { line, column, source: sources === undefined ? null : source, sourceLine, sourceColumn };
    });
  });
}

function readVlq(text: string): number[] {
  const values: number[] = [];
  let shift = 0, value = 0;
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    values.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return values;
}

function writeSteps(steps: readonly Step[]): string {
  let text = "", line = 0, column = 0, last = { source: 0, sourceLine: 0, sourceColumn: 0 };
  for (const [at, step] of steps.entries()) {
    if (step.line > line) column = 0;
    text += step.line > line ? ";".repeat(step.line - line) : at > 0 ? "," : "";
    const { source, sourceLine, sourceColumn } = step;
    const place = source === null
      ? []
      : [source - last.source, sourceLine - last.sourceLine, sourceColumn - last.sourceColumn];
    if (source !== null) last = { source, sourceLine, sourceColumn };
    text += [step.column - column, ...place].map(writeVlq).join("");
    [line, column] = [step.line, step.column];
  }
  return text;
}

function writeVlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    text += DIGITS[(rest & 31) | (rest > 31 ? 32 : 0)];
    rest >>>= 5;
  } while (rest > 0);
  return text;
}
