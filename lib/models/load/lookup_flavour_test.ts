import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../columns/mod.ts";
import { tableFromRows } from "../../columns/mod.ts";
import { registryClient } from "../client/registry_client.ts";
import { registryHandler } from "../registry/registry_handler.ts";
import type { Lookup } from "../log/pack_lookup.ts";
import { type Bench, setup } from "../_test_models.ts";

async function log(bench: Bench, rows: Row[], lookup: Omit<Lookup, "table">): Promise<void> {
  const lake = await bench.lake();
  await lake.write("rows", rows, { mode: "overwrite" });
  await bench.models.log("m", { lookup: { table: lake.table("rows"), ...lookup } });
}

async function ask<A = unknown>(bench: Bench, input: Row[] | Record<string, unknown[]>): Promise<A[]> {
  return await (await bench.models.load<A>("m@1")).predict(input);
}

test("predict() of a lookup gives a value per key, in the order of the rows; other columns are ignored", async () => {
  await using bench = await setup();
  await log(bench, [{ route: "a", minutes: 0.1 }, { route: "b", minutes: 1e300 }], {
    key: "route",
    values: ["minutes"],
  });
  expect(await ask(bench, [{ route: "b", x: 1 }, { route: "?" }, { route: "a" }, { route: "b" }])).toEqual([
    1e300,
    null,
    0.1,
    1e300,
  ]);
  expect(await ask(bench, { route: ["a", "b"] })).toEqual([0.1, 1e300]);
  expect(await (await bench.models.load("m@1")).predict(tableFromRows([{ route: "b" }]))).toEqual([1e300]);
  expect(await ask(bench, [])).toEqual([]);
  await expect(ask(bench, [{ route: null }])).rejects.toThrow(
    'Cannot predict with "m@1" as column "route" must be a text: got NULL at row 0',
  );
});

test("predict() of a lookup gives a record of several values, NULL as null, and defaults where a key is missing", async () => {
  await using bench = await setup();
  const rows = [{ id: 1, name: "x", late: true, n: 7 }, { id: -2, name: null, late: false, n: 2 ** 53 - 1 }];
  await log(bench, rows, { key: "id", values: ["name", "late", "n"], missing: { late: true, name: "nobody" } });
  expect(await ask(bench, [{ id: -2 }, { id: 3n }, { id: 1 }])).toEqual([
    { name: null, late: false, n: 2 ** 53 - 1 },
    { name: "nobody", late: true, n: null },
    { name: "x", late: true, n: 7 },
  ]);
});

test("predict() of a lookup takes keys of several columns", async () => {
  await using bench = await setup();
  const rows = [{ from: 'a","b', hour: 1, v: 1 }, { from: "a", hour: 11, v: 2 }, { from: "a1", hour: 1, v: 3 }];
  await log(bench, rows, { key: ["from", "hour"], values: ["v"] });
  expect(await ask(bench, [...rows, { from: "a", hour: 1 }])).toEqual([1, 2, 3, null]);
});

test("predict() of a lookup finds every whole number of 64 bits", async () => {
  await using bench = await setup();
  const keys = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 53n + 1n];
  await log(bench, keys.map((key, v) => ({ key, v })), { key: "key", values: ["v"] });
  expect(await ask(bench, keys.map((key) => ({ key })))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await ask(bench, [{ key: 2n ** 53n + 2n }, { key: 0 }])).toEqual([null, 0]);
});

test("predict() of a lookup answers as a Map does, whatever the texts", async () => {
  const text = fc.string({ unit: "binary", maxLength: 8 });
  const odd = fc.constantFrom("", "\0", "a\0b", '"', "\\", "\\u0041", "'", "😀", "é", "e\u0301", "1", "null");
  const keys = fc.uniqueArray(fc.oneof(text, odd), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(keys, fc.array(fc.oneof(text, odd, fc.constant("\ud800"))), async (keys, others) => {
      await using bench = await setup();
      const known = new Map(keys.map((key, i) => [key, i / 7]));
      await log(bench, [...known].map(([key, v]) => ({ key, v })), { key: "key", values: ["v"] });
      const asked = [...others, ...keys];
      expect(await ask(bench, { key: asked })).toEqual(asked.map((key) => known.get(key) ?? null));
    }),
    { numRuns: 8 },
  );
});

test("load() of a lookup makes its file once, and again when it is gone or no longer what it was", async () => {
  await using bench = await setup();
  await log(bench, Array.from({ length: 5000 }, (_, i) => ({ id: i, v: i / 3 })), { key: "id", values: ["v"] });
  const folder = `${bench.dir}/registry/lookups`;
  const open = async () => {
    await using again = await setup(bench.dir);
    expect(await ask(again, { id: [4999, 5000, 0, 4321] })).toEqual([4999 / 3, null, 0, 4321 / 3]);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.db$/)]);
    return `${folder}/${files[0]}`;
  };
  const path = await open();
  const { ino } = Deno.statSync(path);
  expect(Deno.statSync(await open()).ino).toBe(ino);
  Deno.writeTextFileSync(path, "no database");
  await open();
  Deno.writeTextFileSync(path, "");
  await open();
  Deno.removeSync(path);
  await open();
});

test("load() of a lookup removes files that nobody opened for a month, and what was left unfinished", async () => {
  await using bench = await setup();
  const folder = `${bench.dir}/registry/lookups`;
  Deno.mkdirSync(folder, { recursive: true });
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  for (const [name, age] of [["old.db", 31], ["old.db.x.tmp", 31], ["new.db", 29]] as const) {
    Deno.writeTextFileSync(`${folder}/${name}`, "");
    Deno.utimeSync(`${folder}/${name}`, days(age), days(age));
  }
  await log(bench, [{ id: 1, v: 1 }], { key: "id", values: ["v"] });
  await ask(bench, [{ id: 1 }]);
  expect([...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.length < 64)).toEqual(["new.db"]);
});

async function overwrite(
  { store, dir }: Bench,
  file: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  await using handler = registryHandler({ store, dir: `${dir}/registry` });
  const client = registryClient(handler);
  const { source } = await client.getVersion("m", "1");
  await client.putArtifact(`${source}/${file}`, change(await client.getArtifact(`${source}/${file}`)));
}

test("load() of a lookup finds an altered and a truncated artefact by its hash", async () => {
  for (
    const change of [
      (bytes: Uint8Array) => bytes.with(bytes.length - 50, 9),
      (bytes: Uint8Array) => bytes.subarray(0, 40),
    ]
  ) {
    await using bench = await setup();
    await log(bench, [{ id: 1, v: 1 }], { key: "id", values: ["v"] });
    await overwrite(bench, "lookup.arrow", change);
    await expect(bench.models.load("m@1")).rejects.toThrow('Cannot load "m@1" as its content must have the digest');
  }
});
