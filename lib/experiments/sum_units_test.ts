import { expect, test } from "vitest";
import { openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { addUp, foldUnits, sumUnits, type UnitTable } from "./mod.ts";

const ARMS = [{ name: "control", weight: 0.5 }, { name: "candidate", weight: 0.5 }];
const METRICS = [
  { metric: "plain", kind: "mean", value: "y" },
  { metric: "adjusted", kind: "mean", value: "y", other: "x" },
] as const;
const TABLE: UnitTable = { table: "units", arm: "arm", arms: ARMS, metrics: METRICS };

type Unit = { arm: string; day: number; y: number | null; x: number | null };

function draw(isWhole: boolean): Unit[] {
  let state = 3;
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  return Array.from({ length: 500 }, (_, i) => ({
    arm: ARMS[Math.floor(next() * 2)]!.name,
    day: i < 400 ? 1 : 2,
    y: isWhole || i % 7 !== 3 ? 1e9 + 10 * next() : null,
    x: isWhole || i % 5 !== 2 ? 100 * next() : null,
  }));
}

test("sumUnits() is what units add up to, those without a value left out", async () => {
  for (const isWhole of [true, false]) {
    await using lake = await testLake();
    const units = draw(isWhole);
    await lake.write("units", [...units, { arm: "other", day: 1, y: 5, x: 5 }], { mode: "append" });
    const { arms, metrics } = await sumUnits(lake, TABLE);
    expect(arms.map((arm) => arm.units)).toEqual(
      ARMS.map(({ name }) => units.filter(({ arm }) => arm === name).length),
    );
    METRICS.forEach((metric, i) => {
      const used = units.filter(({ y, x }) => y !== null && (i === 0 || x !== null));
      const expected = addUp(
        metric,
        used.map(({ arm }) => ARMS.findIndex(({ name }) => name === arm)),
        used.map(({ y }) => y!),
        { arms: 2, ...(i === 0 ? {} : { other: used.map(({ x }) => x!) }) },
      );
      expect(Array.from(metrics[i]!.n)).toEqual(Array.from(expected.n));
      for (const arm of [0, 1]) {
        expect(metrics[i]!.mean[arm]! - expected.mean[arm]!).toBeCloseTo(0, 5);
        expect(metrics[i]!.square[arm]! / expected.square[arm]!).toBeCloseTo(1, 8);
        if (i === 1) expect(metrics[i]!.other!.product[arm]! - expected.other!.product[arm]!).toBeCloseTo(0, 2);
      }
    });
  }
});

test("foldUnits() of later rows gives the sums of all", async () => {
  for (const isWhole of [true, false]) {
    await using lake = await testLake();
    await lake.write("units", [...draw(isWhole), { arm: "other", day: 2, y: 5, x: 5 }], { mode: "append" });
    const whole = await sumUnits(lake, TABLE), early = await sumUnits(lake, { ...TABLE, where: "day = 1" });
    const folded = await foldUnits(lake, { ...TABLE, where: "day > 1" }, early);
    expect(folded.arms).toEqual(whole.arms);
    folded.metrics.forEach((sums, i) => {
      const expected = whole.metrics[i]!;
      expect(Array.from(sums.n)).toEqual(Array.from(expected.n));
      for (const arm of [0, 1]) {
        expect(sums.mean[arm]! - expected.mean[arm]!).toBeCloseTo(0, 5);
        expect(sums.square[arm]! / expected.square[arm]!).toBeCloseTo(1, 7);
        if (i === 1) expect(sums.other!.product[arm]! - expected.other!.product[arm]!).toBeCloseTo(0, 2);
      }
    });
    const none = await foldUnits(lake, { ...TABLE, where: "day > 9" }, early);
    expect(none.metrics.map(({ n }) => Array.from(n))).toEqual(early.metrics.map(({ n }) => n));
    await expect(foldUnits(lake, { ...TABLE, metrics: [METRICS[1]] }, early)).rejects.toThrow("Cannot merge sums");
  }
});

test("sumUnits() of no rows has no units", async () => {
  await using lake = await testLake();
  await lake.write("units", draw(true), { mode: "append" });
  const { arms, metrics } = await sumUnits(lake, { ...TABLE, where: "day > 9" });
  expect([arms.map(({ units }) => units), metrics[1]!.n]).toEqual([[0, 0], [0, 0]]);
});

async function testLake() {
  return await openLake({ store: await openStore({ kind: "directory", dir: await Deno.makeTempDir() }) });
}
