import { declaredValues, type ReadCell } from "./names.ts";

/**
 * Tells why the text of a cell alone rules out that its results are kept: they may come from what no record tells, or
 * running it does more than to give values.
 *
 * @param cell The cell.
 * @param above The cells above it.
 * @returns The reason; null where there is none.
 */
export function doubtOf(cell: ReadCell, above: readonly ReadCell[]): string | null {
  const changed = cell.changes.find((name) => !cell.names.has(name));
  if (changed !== undefined) return `it changes "${changed}"`;
  const taken = [cell, ...above].flatMap(declaredValues).find((name) => NEEDED.has(name));
  if (taken !== undefined) return `"${taken}" is not what the language calls so`;
  const unknown = cell.uses.find((name) => !(name in globalThis) && !isDeclared(name, above));
  return unknown === undefined ? ambientDoubt(cell) : `it uses "${unknown}", which no cell above declares`;
}

/**
 * Tells what a cell's text may use that no record tells: environment, programs, the state of the console.
 *
 * @param cell The cell, or one whose functions are called.
 * @returns The reason; null where there is none.
 */
export function ambientDoubt({ source, uses, specifiers }: ReadCell): string | null {
  const name = uses.find((name) => AMBIENT.has(name)) ??
    (uses.includes("Deno") ? DENO.exec(source)?.[0] : undefined) ??
    (uses.includes("console") ? CONSOLE.exec(source)?.[0] : undefined);
  if (name !== undefined) return `it uses "${name}", of which no record tells`;
  const module = specifiers.find((one) => one.startsWith("node:") && !PURE_MODULES.test(one));
  if (module !== undefined) return `it imports "${module}", of which no record tells`;
  return COMPUTED_IMPORT.test(source) ? "it imports a module by a computed name" : null;
}

/** Whether a cell may change what all cells have without a declaration, such as `Math.random`. */
export function changesAmbient(cell: ReadCell, above: readonly ReadCell[]): boolean {
  const changed = cell.changes.some((name) => !cell.names.has(name) && !isDeclared(name, above));
  return changed || cell.uses.some((name) => AMBIENT.has(name)) || DENO.test(cell.source);
}

function isDeclared(name: string, above: readonly ReadCell[]): boolean {
  return above.some(({ names }) => names.has(name));
}

const AMBIENT: ReadonlySet<string> = new Set([
  "BroadcastChannel",
  "Worker",
  "addEventListener",
  "alert",
  "caches",
  "confirm",
  "dispatchEvent",
  "eval",
  "Function",
  "global",
  "globalThis",
  "localStorage",
  "location",
  "navigator",
  "process",
  "prompt",
  "self",
  "sessionStorage",
  "setInterval",
  "window",
]);
const DENO = /\bDeno\b(?!\s*\.\s*(jupyter|stdout|stderr|inspect|version|build)\b)/;
const CONSOLE = /\bconsole\s*(\.\s*(group|time|count)\w*|\[)/;
const PURE_MODULES = /^node:(assert|buffer|crypto|path|querystring|string_decoder|url|util|zlib)(\/|$)/;
const COMPUTED_IMPORT = /\bimport\s*\(\s*(?!["'][^"'\\]*["']\s*[,)])/;
/** What the scripts use by which values are read and restored. */
const NEEDED: ReadonlySet<string> = new Set([
  "Array",
  "ArrayBuffer",
  "BigInt",
  "BigInt64Array",
  "BigUint64Array",
  "Date",
  "Deno",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "JSON",
  "Map",
  "NaN",
  "Number",
  "Object",
  "Reflect",
  "Set",
  "String",
  "Symbol",
  "TextEncoder",
  "TypeError",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "crypto",
  "globalThis",
]);
