import { type Lake, quoteName, quoteText } from "../lake/mod.ts";
import type { ArmUnits } from "./analyse.ts";
import type { MetricKind, MetricSums } from "./sums.ts";

/** A metric as columns of a table with a row per unit. */
export interface UnitMetric {
  /** Name of the metric. */
  metric: string;
  /** How its value is made. */
  kind: MetricKind;
  /** Column of the value; of a ratio, of its numerator. */
  value: string;
  /** Column of a ratio's denominator, or of the value before the experiment. */
  other?: string;
}

/** A table of the lake with a row per unit. */
export interface UnitTable {
  /** Name of the table. */
  table: string;
  /** Column that holds the name of the unit's arm. */
  arm: string;
  /** Arms, the control first; rows of other arms are left out. */
  arms: readonly Omit<ArmUnits, "units">[];
  /** Metrics. */
  metrics: readonly UnitMetric[];
  /** SQL condition of the rows that count, such as those that came since. */
  where?: string;
}

/**
 * Adds up a table of the lake that has a row per unit, in one pass. A unit without value, or without the second value where
 * there is one, is left out of that metric. Sums of rows that came later are merged by `mergeSums`.
 *
 * @param lake the lake
 * @param units table and columns
 * @returns arms with their units, and the sums of each metric
 * @throws {RangeError} when the lake has no such table
 * @throws {Error} when it has no such column
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { sumUnits } from "./sum_units.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * await lake.write("units", [{ arm: "a", minutes: 1 }, { arm: "a", minutes: 3 }], { mode: "append" });
 * const arms = [{ name: "a", weight: 1 }], metrics = [{ metric: "m", kind: "mean" as const, value: "minutes" }];
 * const { metrics: [sums] } = await sumUnits(lake, { table: "units", arm: "arm", arms, metrics });
 * if (sums!.mean[0] !== 2 || sums!.square[0] !== 2) throw new Error("unexpected");
 * ```
 */
export async function sumUnits(
  lake: Lake,
  { table, arm, arms, metrics, where = "true" }: UnitTable,
): Promise<{ arms: ArmUnits[]; metrics: MetricSums[] }> {
  const from = `FROM ${quoteName(table)} WHERE (${where}\n)`;
  const columns = [...new Set(metrics.flatMap(({ value, other }) => other === undefined ? [value] : [value, other]))];
  const [first] = (await lake.query<Row>(`SELECT ${columns.map(quoteName).join(", ")} ${from} LIMIT 1`)).rows();
  // Sums of distances from any one value keep the digits that squares of large values lose.
  const shifts = columns.map((name) => {
    const value = Number(first?.[name] ?? 0);
    return Number.isFinite(value) ? value : 0;
  });
  const sum = async (isWhole: boolean) => {
    const shifted = columns.map((name, i) => `${quoteName(name)}::DOUBLE - (${shifts[i]}::DOUBLE) AS d${i}`);
    const parts = metrics.flatMap((metric, i) => partsOf(metric, i, columns, isWhole));
    const names = arms.map(({ name }) => quoteText(name)).join(", ");
    const text = `SELECT arm, count(*) AS units, ${parts.join(", ")}
      FROM (SELECT ${quoteName(arm)} AS arm, ${shifted.join(", ")} ${from} AND ${
      quoteName(arm)
    } IN (${names})) GROUP BY arm`;
    return (await lake.query<Row>(text)).rows();
  };
  const quick = await sum(true);
  const isWhole = metrics.every(({ other }, i) =>
    other === undefined || quick.every((row) => row[`n${i}`] === row.units && row[`b${i}`] === row.units)
  );
  const rows = isWhole ? quick : await sum(false);
  const byArm = arms.map(({ name }) => rows.find((row) => row.arm === name));
  return {
    arms: arms.map((one, i) => ({ ...one, units: Number(byArm[i]?.units ?? 0) })),
    metrics: metrics.map((metric, i) => readSums(metric, i, byArm, columns, shifts)),
  };
}

type Row = Record<string, number | string | null>;

/** Where every unit has all values nothing need be left out, which is quicker. */
function partsOf({ value, other }: UnitMetric, i: number, columns: string[], isWhole: boolean): string[] {
  const at = (column: string) => `d${columns.indexOf(column)}`;
  if (other === undefined) return sums("", at(value), i);
  const [y, x] = [at(value), at(other)];
  const when = isWhole ? "" : ` FILTER (${y} IS NOT NULL AND ${x} IS NOT NULL)`;
  return [...sums(when, y, i), `count(${x})${when} AS b${i}`, `sum(${x})${when} AS x${i}`]
    .concat(`sum(${x} * ${x})${when} AS xx${i}`, `sum(${x} * ${y})${when} AS xy${i}`);
}

function sums(when: string, y: string, i: number): string[] {
  return [`count(${y})${when} AS n${i}`, `sum(${y})${when} AS y${i}`, `sum(${y} * ${y})${when} AS yy${i}`];
}

function readSums(
  { metric, kind, value, other }: UnitMetric,
  i: number,
  rows: (Row | undefined)[],
  columns: string[],
  shifts: number[],
): MetricSums {
  const column = (name: string) => rows.map((row) => Number(row?.[name + i] ?? 0));
  const n = column("n");
  const mean = (sum: string, of: string) =>
    column(sum).map((total, arm) => n[arm] === 0 ? 0 : shifts[columns.indexOf(of)]! + total / n[arm]!);
  const centred = (product: string, a: string, b: string) => {
    const [one, two] = [column(a), column(b)];
    return column(product).map((total, arm) => n[arm] === 0 ? 0 : total - one[arm]! * two[arm]! / n[arm]!);
  };
  const square = (product: string, a: string) => centred(product, a, a).map((each) => each < 0 ? 0 : each);
  const first = { metric, kind, n, mean: mean("y", value), square: square("yy", "y") };
  if (other === undefined) return first;
  return { ...first, other: { mean: mean("x", other), square: square("xx", "x"), product: centred("xy", "y", "x") } };
}
