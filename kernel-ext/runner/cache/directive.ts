import { cellName, readDirectives } from "../../../lib/cells/directives/mod.ts";
import type { CodeCell } from "../../../lib/notebook/mod.ts";

/**
 * Finds the cells whose results may be kept.
 *
 * @param cells The code cells.
 * @param file Name of the notebook, for errors.
 * @returns The ids of those that say `//| cache`.
 * @throws {RangeError} When a `//| cache` is neither true nor false.
 */
export function cachedCells(cells: readonly CodeCell[], file: string): Set<string> {
  const asked = cells.filter(({ id, source }) => {
    const { cache = "false" } = readDirectives(source);
    if (cache === true || cache === "true" || cache === "false") return cache !== "false";
    throw new RangeError(
      `Cannot run notebook "${file}" as "//| cache" of cell "${
        cellName({ id, source })
      }" must be true or false: got "${cache}"`,
    );
  });
  return new Set(asked.map(({ id }) => id));
}
