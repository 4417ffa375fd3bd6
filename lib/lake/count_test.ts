import { join } from "node:path";
import { expect, test } from "vitest";
import { readSnapshot } from "./snapshot.ts";
import { openLake } from "./open_lake.ts";
import { commitOrFail, freshStore } from "./testdata/delta.ts";

test("a query that only counts rows gives what reading them would, under the same names", async () => {
  await using lake = await openLake(await freshStore());
  for (const n of [1, 2, 3, 4, 5]) await lake.write("t", [{ n, p: n % 2 }], { mode: "append", partitionBy: ["p"] });
  const cases: [string, unknown[]][] = [
    ["SELECT count(*) AS n FROM t", [{ n: 5 }]],
    ['FROM T SELECT COUNT( * ) AS "N n", count() -- all;', [{ "N n": 5, "count_star()": 5 }]],
    ["SELECT count(*) AS n FROM t AS x AT (VERSION => 1)", [{ n: 2 }]],
    ["SELECT count(*) AS n FROM t WHERE n > 3", [{ n: 2 }]],
    ["SELECT count(*) FILTER (WHERE n > 3) AS n FROM t", [{ n: 2 }]],
    ["SELECT count(*) AS n FROM t GROUP BY p ORDER BY n", [{ n: 2 }, { n: 3 }]],
    ["SELECT count(*) AS n FROM t GROUP BY ALL HAVING count(*) > 5", []],
    ["SELECT count(*) AS n FROM t LIMIT 0", []],
    ["SELECT count(*) AS n FROM t TABLESAMPLE 0 PERCENT", [{ n: 0 }]],
    ["SELECT count(*) AS n FROM t USING SAMPLE 0 ROWS", [{ n: 0 }]],
    ["SELECT count(*) AS n FROM t, t u", [{ n: 25 }]],
    ["SELECT count(*) AS n FROM (SELECT 1 FROM t LIMIT 3)", [{ n: 3 }]],
    ["SELECT count(*) AS n, 1 AS one FROM t", [{ n: 5, one: 1 }]],
    ["SELECT count(*) OVER () AS n FROM t QUALIFY row_number() OVER () = 1", [{ n: 5 }]],
    ["WITH t AS (SELECT 1) SELECT count(*) AS n FROM t", [{ n: 1 }]],
    ["SELECT count(*) AS n FROM t UNION ALL SELECT count(*) FROM t AT (VERSION => 0)", [{ n: 5 }, { n: 1 }]],
  ];
  for (const [text, rows] of cases) expect((await lake.query(text)).rows(), text).toEqual(rows);
  await expect(lake.query("SELECT count(*) FROM t", [1])).rejects.toThrow(
    new RangeError("Cannot bind parameters as the query needs 0: got 1"),
  );
});

test("rows are counted in the files where the log does not tell their number", async () => {
  const { store } = await freshStore();
  await using writer = await openLake({ store });
  await writer.write("t", [{ n: 1 }, { n: 2 }], { mode: "append" });
  const { schema, files: [file] } = (await readSnapshot(store, "t"))!;
  const path = (table: string) => join(store.localDir, "tables", table, file!.path);
  await Deno.mkdir(join(store.localDir, "tables", "u"));
  await Deno.copyFile(path("t"), path("u"));
  const add = [{ ...file!, stats: null, rows: null }];
  await commitOrFail(store, "u", { read: null, operation: "WRITE", schema, add });
  await using lake = await openLake({ store });
  expect((await readSnapshot(store, "u"))!.files[0]!.rows).toBe(null);
  expect((await lake.query("SELECT count(*) AS n FROM u")).rows()).toEqual([{ n: 2 }]);
});

test("rows of a file that is gone are not counted", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  await lake.write("t", [{ n: 1 }], { mode: "append" });
  const { files: [file], root } = (await readSnapshot(store, "t"))!;
  await Deno.remove(join(store.localDir, root, file!.path));
  await expect(lake.query("SELECT count(*) AS n FROM t")).rejects.toThrow(Deno.errors.NotFound);
});
