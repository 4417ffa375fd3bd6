import { expect, test } from "vitest";
import { type Lake, openLake } from "./open_lake.ts";
import { freshStore } from "./testdata/delta.ts";

async function lakeOf(numbers: readonly number[]): Promise<Lake> {
  const lake = await openLake(await freshStore());
  for (const n of numbers) await lake.write("t", [{ n, s: `s${n}` }], { mode: "append" });
  return lake;
}

test("the same query with other values, of other types, chooses files and rows anew", async () => {
  await using lake = await lakeOf([1, 2, 3, 4]);
  const text = "SELECT n FROM t WHERE n >= $1 ORDER BY n DESC LIMIT 2";
  const found = async (value: unknown) => (await lake.query<{ n: number }>(text, [value])).rows().map(({ n }) => n);
  for (let round = 0; round < 2; round++) {
    expect(await found(3)).toEqual([4, 3]);
    expect(await found(4)).toEqual([4]);
    expect(await found(2.5)).toEqual([4, 3]);
    expect(await found("2")).toEqual([4, 3]);
    expect(await found(5)).toEqual([]);
    expect(await found(null)).toEqual([]);
    expect((await lake.scans(text, [4]))[0]).toMatchObject({ files: 4, filesRead: 1 });
    expect((await lake.scans(text, [3]))[0]).toMatchObject({ files: 4, filesRead: 2 });
  }
});

test("the same query with a Date that was changed meanwhile reads by what it is now", async () => {
  await using lake = await openLake(await freshStore());
  for (const day of ["2001-05-01", "2001-05-02"]) {
    await lake.write("t", [{ at: new Date(day) }], { mode: "append" });
  }
  const since = new Date("2001-05-02");
  const count = async () => (await lake.query('SELECT "at" FROM t WHERE "at" >= $1', [since])).numRows;
  expect(await count()).toBe(1);
  since.setUTCDate(1);
  expect(await count()).toBe(2);
});

test("the same query reads what its lake wrote meanwhile, and other queries between do not disturb it", async () => {
  await using lake = await lakeOf([1, 2, 3]);
  const sum = async (where: string) => (await lake.query(`SELECT sum(n)::INT AS n FROM t${where}`)).rows()[0];
  for (const top of [4, 5, 6]) {
    expect(await sum(" WHERE n < 3")).toEqual({ n: 3 });
    await lake.write("t", [{ n: top, s: "" }], { mode: "append" });
    expect(await sum("")).toEqual({ n: top * (top + 1) / 2 });
    expect(await sum(" WHERE n > 3")).toEqual({ n: top * (top + 1) / 2 - 6 });
    expect(await sum(" AT (VERSION => 0)")).toEqual({ n: 1 });
  }
});

test("the same query after one that failed or was refused gives its answer", async () => {
  await using lake = await lakeOf([1, 2]);
  const text = "SELECT (s || $1)::INT AS n FROM t";
  for (let round = 0; round < 2; round++) {
    await expect(lake.query(text, ["x"])).rejects.toThrow("Cannot run query as DuckDB refuses it: Conversion Error");
    await expect(lake.query(text, [])).rejects.toThrow(
      new RangeError("Cannot bind parameters as the query needs 1: got 0"),
    );
    expect((await lake.query("SELECT n FROM t WHERE s = $1", ["s2"])).rows()).toEqual([{ n: 2 }]);
  }
});

test("the clock and randomness go on when the same query is asked again", async () => {
  await using lake = await lakeOf([1]);
  const text = "SELECT epoch_us(now())::DOUBLE AS now, random() AS r FROM t";
  const [a, b] = [(await lake.query(text)).rows()[0]!, (await lake.query(text)).rows()[0]!] as {
    now: number;
    r: number;
  }[];
  expect(b!.now).toBeGreaterThan(a!.now);
  expect(b!.r).not.toBe(a!.r);
});
