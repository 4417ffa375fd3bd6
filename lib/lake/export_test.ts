import { expect, test } from "vitest";
import type { InputRead } from "./inputs.ts";
import { openLake } from "./open_lake.ts";
import { lakeOf, ROUTES } from "./testdata/lake.ts";

async function rowsIn(file: string, select = "*"): Promise<unknown[]> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  return (await connection.runAndReadAll(`SELECT ${select} FROM read_parquet('${file}')`)).getRowObjectsJson();
}

test("lake.export writes a query's rows as Parquet, whole numbers exact, and records what it read", async () => {
  const { lake, dir, reads } = await lakeOf();
  await using _ = lake;
  const file = `${dir}/o'ut.parquet`;
  const text =
    "SELECT route, hour, sum(9007199254740993) AS big FROM routes WHERE hour > $1 GROUP BY ALL ORDER BY hour;\n";
  expect(await lake.export(text, file, { params: [5] })).toEqual({ rows: 2, bytes: (await Deno.stat(file)).size });
  expect(await rowsIn(file.replace("'", "''"), "route, hour, big, typeof(big) AS type")).toEqual([
    { route: "JFK-LAX", hour: "7", big: "9007199254740993", type: "BIGINT" },
    { route: "ORD-LGA", hour: "18", big: "9007199254740993", type: "BIGINT" },
  ]);
  expect(reads.map(({ name }: InputRead) => name)).toEqual(["routes"]);
  expect((await Array.fromAsync(Deno.readDir(dir))).filter(({ name }) => name.includes(".tmp-") && name.includes("ut")))
    .toEqual([]);
});

test("lake.export replaces a file only when asked, and leaves it alone when the query fails", async () => {
  const { lake, dir } = await lakeOf();
  await using _ = lake;
  const file = `${dir}/out.parquet`;
  await lake.export("SELECT 1 AS n", file);
  const again = lake.export("SELECT 2 AS n", file);
  await expect(again).rejects.toThrow(RangeError);
  await expect(again).rejects.toThrow(
    `Cannot write "${file}" as it exists already: name another file, or ask to replace it`,
  );
  await expect(lake.export("SELECT error('no') AS n", file, { overwrite: true })).rejects.toThrow("DuckDB refuses it");
  expect(await rowsIn(file)).toEqual([{ n: 1 }]);
  await lake.export("SELECT 2 AS n", file, { overwrite: true });
  expect(await rowsIn(file)).toEqual([{ n: 2 }]);
  await expect(lake.export("SELECT 1", `${dir}/no/such/folder.parquet`)).rejects.toThrow('Cannot write "');
});

test("lake.export runs one SELECT and nothing else, and stops by its signal", async () => {
  const { lake, dir } = await lakeOf({ routes: ROUTES });
  await using _ = lake;
  const refused = [
    "SELECT 1) TO '/tmp/x.parquet' --",
    "COPY routes TO '/tmp/x'",
    "SELECT 1; SELECT 2",
    "DROP TABLE routes",
  ];
  for (const text of refused) await expect(lake.export(text, `${dir}/x.parquet`), text).rejects.toThrow();
  const signal = AbortSignal.timeout(50);
  const endless = "SELECT count(*) FROM range(10000000000) a(i), range(1000) b(j) WHERE i * j % 7 = 3";
  await expect(lake.export(endless, `${dir}/x.parquet`, { signal })).rejects.toThrow("timeout");
  await using other = await openLake({ store: (await lakeOf()).store });
  expect((await other.query("SELECT 1 AS n")).rows()).toEqual([{ n: 1 }]);
  await expect(Deno.stat(`${dir}/x.parquet`)).rejects.toThrow(Deno.errors.NotFound);
});
