import { beforeAll, expect, test } from "vitest";
import { useS3 } from "../../_tools/peers/use_s3.ts";
import { openStore, type Store } from "../store/mod.ts";
import { openLake } from "./open_lake.ts";
import { readSnapshot } from "./snapshot.ts";

const server = useS3();
let bucket: string;
beforeAll(async () => bucket = await server()?.bucket());

async function open(prefix: string, watch: (paths: readonly string[]) => void = () => {}): Promise<Store> {
  const { endpoint, region, credentials } = server();
  const dir = await Deno.makeTempDir({ prefix: "boathouse-lake-" });
  const store = await openStore({ kind: "s3", endpoint, region, credentials, bucket, prefix, dir });
  return {
    ...store,
    hold: (paths) => {
      watch(paths);
      return store.hold(paths);
    },
  };
}

test("a lake on S3 is written, merged, compacted, vacuumed and read, and downloads what a query needs", async () => {
  const asked: string[] = [];
  const store = await open("one", (paths) => asked.push(...paths));
  await using lake = await openLake({ store });
  for (let day = 1; day <= 4; day++) {
    const rows = Array.from({ length: 5 }, (_, i) => ({ day: `2001-05-0${day}`, id: day * 10 + i, value: 0 }));
    await lake.write("t", rows, { mode: "append", ...(day === 1 ? { partitionBy: "day" } : {}) });
  }
  expect((await lake.query("SELECT count(*) AS n FROM t WHERE day = '2001-05-02' AND id > 10")).rows()).toEqual([{
    n: 5,
  }]);
  expect(asked).toHaveLength(1);
  await lake.write("t", [{ day: "2001-05-02", id: 21, value: 7 }], { mode: "merge", key: "id" });
  await lake.write("t", [{ day: "2001-05-02", id: 99, value: 9 }], { mode: "append" });
  expect(await lake.compact("t")).toMatchObject({ version: 6, filesBefore: 2, filesAfter: 1 });
  expect((await lake.vacuum("t")).deleted).toEqual([]);
  await using fresh = await openLake({ store: await open("one") });
  const sums = "SELECT count(*) AS n, sum(value) AS v FROM t";
  expect((await fresh.query(sums)).rows()).toEqual([{ n: 21, v: 16 }]);
  expect((await fresh.query(`${sums} AT (VERSION => 3)`)).rows()).toEqual([{ n: 20, v: 0 }]);
  expect((await readSnapshot(store, "t"))!.files).toHaveLength(4);
});

test("a table beside the lake's own is read by its s3:// address", async () => {
  const other = await open("two/elsewhere");
  await using writer = await openLake({ store: other });
  await writer.write("trips", [{ n: 5 }], { mode: "append" });
  const store = await open("two");
  await using lake = await openLake({ store });
  const location = `${store.url.split("?")[0]}/elsewhere/tables/trips`;
  expect((await lake.sql`SELECT n FROM ${lake.open(location)}`).rows()).toEqual([{ n: 5 }]);
  expect((await lake.query(`SELECT n FROM delta('${location}')`)).rows()).toEqual([{ n: 5 }]);
});
