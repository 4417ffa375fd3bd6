import { type Lake, quoteName, quoteText, type Result } from "../lake/mod.ts";
import type { ArmUnits } from "./analyse.ts";
import { addUp, mergeSums, type MetricSums } from "./sums.ts";
import type { UnitMetric, UnitTable } from "./sum_units.ts";

/**
 * Adds the units of some rows to earlier sums: it reads only these rows, and is quicker than `sumUnits` for some thousand,
 * as a plan of many sums takes DuckDB longer than the sums themselves. None of them may be in the earlier sums already.
 *
 * @param lake the lake
 * @param units table and columns; its `where` tells the rows that came since
 * @param earlier what `sumUnits` or this function gave for the same arms and metrics
 * @returns the sums of all
 * @throws {RangeError} when the lake has no such table, or the earlier sums are of other metrics
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { foldUnits } from "./fold_units.ts";
 * import { sumUnits } from "./sum_units.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * await lake.write("units", [{ day: 1, arm: "a", y: 1 }, { day: 2, arm: "a", y: 3 }], { mode: "append" });
 * const arms = [{ name: "a", weight: 1 }], metrics = [{ metric: "m", kind: "mean" as const, value: "y" }];
 * const units = { table: "units", arm: "arm", arms, metrics };
 * const earlier = await sumUnits(lake, { ...units, where: "day < 2" });
 * const { metrics: [sums] } = await foldUnits(lake, { ...units, where: "day = 2" }, earlier);
 * if (sums!.mean[0] !== 2) throw new Error("unexpected");
 * ```
 */
export async function foldUnits(
  lake: Lake,
  { table, arm, arms, metrics, where = "true" }: UnitTable,
  earlier: { arms: readonly ArmUnits[]; metrics: readonly MetricSums[] },
): Promise<{ arms: ArmUnits[]; metrics: MetricSums[] }> {
  const columns = [...new Set(metrics.flatMap(({ value, other }) => other === undefined ? [value] : [value, other]))];
  const names = arms.map(({ name }) => quoteText(name)).join(", ");
  const values = columns.map((name, i) => `${quoteName(name)}::DOUBLE AS c${i}`);
  const rows = await lake.query(
    `SELECT (list_position([${names}], ${quoteName(arm)}) - 1)::INTEGER AS arm, ${values.join(", ")}
    FROM ${quoteName(table)} WHERE (${where}\n) AND ${quoteName(arm)} IN (${names})`,
  );
  const ofArm = numbers(rows, "arm"), cells = columns.map((_, i) => numbers(rows, `c${i}`));
  const more = metrics.map((metric) => addMetric(metric, ofArm, (name) => cells[columns.indexOf(name)]!, arms.length));
  const units = new Float64Array(arms.length);
  for (let row = 0; row < rows.numRows; row++) units[ofArm[row]!]!++;
  return {
    arms: earlier.arms.map((one, i) => ({ ...one, units: one.units + units[i]! })),
    metrics: more.map((sums, i) => mergeSums(earlier.metrics[i]!, sums)),
  };
}

/** NULL is null. */
type Cells = ArrayLike<number | null>;

function numbers(rows: Result, name: string): ArrayLike<number> {
  return rows.getChild(name)!.toArray() as ArrayLike<number>;
}

function addMetric(
  metric: UnitMetric,
  arm: ArrayLike<number>,
  cellsOf: (name: string) => Cells,
  arms: number,
): MetricSums {
  const { metric: name, kind } = metric;
  const columns = [metric.value, ...(metric.other === undefined ? [] : [metric.other])].map(cellsOf);
  const isWhole = columns.every((cells) => cells instanceof Float64Array);
  const kept = isWhole ? null : Uint32Array.from(Array.from(arm, (_, row) => row).filter(hasAll(columns)));
  const take = (cells: Cells) => (kept ? Float64Array.from(kept, (row) => cells[row]!) : cells) as ArrayLike<number>;
  const [value, other] = columns.map(take);
  return addUp({ metric: name, kind }, take(arm), value!, { arms, ...(other ? { other } : {}) });
}

function hasAll(columns: readonly Cells[]): (row: number) => boolean {
  return (row) => columns.every((cells) => cells[row] !== null);
}
