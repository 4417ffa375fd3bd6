import { expect, test } from "vitest";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";
import { lakeOf } from "./testdata/lake.ts";

const ROWS = Array.from({ length: 20_000 }, (_, n) => ({ n, text: `${Math.sin(n)}` }));

const DAMAGES: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  "cut short": (bytes) => bytes.subarray(0, bytes.length >> 1),
  "empty": () => new Uint8Array(),
  "no Parquet": () => new TextEncoder().encode("PAR1 but nothing more".repeat(10)),
  "damaged data": (bytes) => bytes.slice().fill(7, 100, bytes.length >> 1),
  "damaged footer": (bytes) => bytes.slice().fill(7, bytes.length - 300, bytes.length - 50),
};

test.each(Object.keys(DAMAGES))("a query names the file that is %s, and its table", async (damage) => {
  const { lake, store, dir } = await lakeOf({ good: [{ n: 1 }], bad: ROWS });
  await lake[Symbol.asyncDispose]();
  const { path } = (await readSnapshot(store, "bad"))!.files[0]!;
  const file = `${dir}/tables/bad/${path}`;
  await Deno.writeFile(file, DAMAGES[damage]!(await Deno.readFile(file)));
  await using damaged = await openLake({ store });
  const query = damaged.query("SELECT max(bad.n), max(text) FROM good, bad");
  await expect(query).rejects.toThrow(Error);
  await expect(query).rejects.toThrow(`Cannot read file "${path}" of table "bad" as it must be whole Parquet: `);
  expect((await damaged.query("SELECT n FROM good")).rows()).toEqual([{ n: 1 }]);
});

test("an error of the query itself blames no file", async () => {
  const { lake } = await lakeOf({ t: [{ n: 1, text: "x" }] });
  await using _ = lake;
  await expect(lake.query("SELECT CAST(text AS INTEGER) FROM t")).rejects.toThrow(
    /^Cannot run query as DuckDB refuses it: Conversion/,
  );
  await expect(lake.query("SELECT error('Invalid') FROM t")).rejects.toThrow(
    /^Cannot run query as DuckDB refuses it: /,
  );
});
