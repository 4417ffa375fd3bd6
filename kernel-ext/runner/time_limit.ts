import { cellName, readDirectives } from "../../lib/cells/directives/mod.ts";
import { readDuration } from "../../lib/config/mod.ts";
import type { CodeCell } from "../../lib/notebook/mod.ts";

/**
 * Reads how long each cell may run.
 *
 * @param cells The code cells.
 * @param fallbackMs Milliseconds for cells without `//| timeout`; none unless given.
 * @param file Name of the notebook, for errors.
 * @returns Milliseconds by the cell's id; a cell that may run for ever is not in it.
 * @throws {RangeError} When a `//| timeout` is no duration.
 */
export function timeLimits(cells: readonly CodeCell[], fallbackMs: number | undefined, file: string) {
  const limits = cells.map(({ id, source }): [string, number | undefined] => {
    const { timeout } = readDirectives(source);
    if (timeout === undefined) return [id, fallbackMs];
    const ms = timeout === true ? null : readDuration(timeout);
    if (ms !== null) return [id, ms];
    const found = timeout === true ? "nothing" : `"${timeout}"`;
    throw new RangeError(
      `Cannot run notebook "${file}" as "//| timeout" of cell "${
        cellName({ id, source })
      }" must be a duration such as 30s: got ${found}`,
    );
  });
  return new Map(limits.filter((limit): limit is [string, number] => limit[1] !== undefined));
}
