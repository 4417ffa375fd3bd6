import { cellName, readDirectives, toleranceValue } from "../cells/directives/mod.ts";
import type { Json } from "../events/mod.ts";
import { type CodeCell, isCode, type Notebook } from "../notebook/mod.ts";
import { z } from "zod";
import { EXAMPLE_MIME } from "./define.ts";
import type { Example } from "./manifest.ts";

const TOLERANCE = 1e-9;

const shown = z.object({
  input: z.json(),
  output: z.json(),
  models: z.record(z.string(), z.string()),
  calls: z.array(z.json()),
  now: z.number().optional(),
  seed: z.string().optional(),
});

/**
 * Finds the calls of a function that its notebook keeps: cells with `//| example` that use it and show the call.
 *
 * @param notebook the notebook with its outputs
 * @param name name of the function
 * @returns examples in document order
 * @throws {TypeError} when such a cell shows no call
 */
export async function examplesOf(notebook: Notebook, name: string): Promise<Example[]> {
  const { parseCell } = await import("../cells/mod.ts");
  return notebook.cells.filter(isCode).flatMap((cell) => {
    const { example, tolerance } = readDirectives(cell.source);
    if (example === undefined || !parseCell(cell.source).references.includes(name)) return [];
    return [{
      ...readExample(cell, name),
      ...(tolerance === undefined ? {} : { tolerance: readTolerance(cell, tolerance) }),
    }];
  });
}

/**
 * Compares an answer with that of the notebook: numbers within the tolerance, all else equal.
 *
 * @param expected the notebook's answer
 * @param actual the answer now
 * @param tolerance largest difference, relative above 1; 1e-9 unless given
 * @returns JSON pointer to the first difference with both values, or null
 * @example
 * ```ts
 * import { differenceOf } from "./examples.ts";
 * if (differenceOf({ a: 1 }, { a: 1 + 1e-12 }) !== null) throw new Error("unexpected");
 * ```
 */
export function differenceOf(expected: Json, actual: Json, tolerance: number = TOLERANCE, at = ""): string | null {
  const differ = () => `${at || "the whole"}: ${JSON.stringify(expected)} became ${JSON.stringify(actual)}`;
  if (typeof expected === "number" && typeof actual === "number") {
    return Math.abs(expected - actual) <= tolerance * Math.max(1, Math.abs(actual)) ? null : differ();
  }
  if (!isTree(expected) || !isTree(actual)) return expected === actual ? null : differ();
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  if (Array.isArray(expected) !== Array.isArray(actual)) return differ();
  for (const key of keys) {
    if (!Object.hasOwn(expected, key) || !Object.hasOwn(actual, key)) return `${at}/${key}: only on one side`;
    const found = differenceOf(
      (expected as Record<string, Json>)[key]!,
      (actual as Record<string, Json>)[key]!,
      tolerance,
      `${at}/${key}`,
    );
    if (found) return found;
  }
  return null;
}

function isTree(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function readExample(cell: CodeCell, name: string): Omit<Example, "tolerance"> {
  for (const output of cell.outputs) {
    if (output.output_type !== "execute_result" && output.output_type !== "display_data") continue;
    const found = shown.safeParse(output.data[EXAMPLE_MIME]);
    if (found.success) return found.data as Omit<Example, "tolerance">;
  }
  throw new TypeError(
    `Cannot promote function "${name}" as example cell "${
      cellName(cell)
    }" shows no call of it: end the cell with the call, and run the notebook`,
  );
}

function readTolerance(cell: CodeCell, text: string | true): number {
  const value = toleranceValue(text);
  if (value !== null) return value;
  throw new RangeError(
    `Cannot read "//| tolerance" of cell "${cellName(cell)}" as it must be a number from 0 on: got "${text}"`,
  );
}
