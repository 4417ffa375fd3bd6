import { afterAll, expect, test } from "vitest";
import { openStore } from "../store/mod.ts";
import { commit } from "./commit.ts";
import { readHistory } from "./history.ts";

const dir = Deno.makeTempDirSync();
afterAll(() => Deno.remove(dir, { recursive: true }));

test("readHistory() tells the newest versions first, with what each did and why", async () => {
  const store = await openStore({ kind: "directory", dir });
  const created = await commit(store, "t", { read: null, operation: "CREATE TABLE", schema: [] });
  if (!("snapshot" in created)) throw new Error("conflict");
  await commit(store, "t", { read: created.snapshot, operation: "WRITE", info: { inputs: ["flights"] } });
  const foreign = { add: { path: "a.parquet", partitionValues: {}, size: 1, modificationTime: 5, dataChange: true } };
  await store.put("tables/t/_delta_log/00000000000000000002.json", new TextEncoder().encode(JSON.stringify(foreign)));
  const history = await readHistory(store, "t", { limit: 2 });
  expect(history).toMatchObject([
    { version: 2, operation: "", added: 1, removed: 0, info: {} },
    { version: 1, operation: "WRITE", added: 0, removed: 0, inputs: ["flights"], info: {} },
  ]);
  expect(history.every(({ timeMs }) => Math.abs(Date.now() - timeMs) < 60_000)).toBe(true);
  expect(await readHistory(store, "none")).toEqual([]);
});
