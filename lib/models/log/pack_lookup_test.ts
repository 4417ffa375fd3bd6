import { expect, test } from "vitest";
import type { Row } from "../../columns/mod.ts";
import { setup } from "../_test_models.ts";
import type { Lookup } from "./pack_lookup.ts";

const ROUTES = [
  { route: "ORD-LGA", minutes: 12.5, flights: 4, carrier: "AA", late: true },
  { route: "ATL-MCO", minutes: -1.25, flights: 9, carrier: null, late: false },
];
const LOOKUP = { key: "route", values: ["minutes"] };

async function bench(rows: Row[] = ROUTES) {
  const bench = await setup();
  const lake = await bench.lake();
  await lake.write("routes", rows, { mode: "overwrite" });
  return { ...bench, lake };
}

test("log() of a lookup keeps keys, values, the default and the version that was read", async () => {
  await using one = await bench();
  const lookup = {
    table: one.lake.table("routes"),
    key: "route",
    values: ["minutes", "carrier"],
    missing: { minutes: 0 },
  };
  const version = await one.models.log("route-average", { lookup });
  expect(version.signature).toEqual({
    inputs: [{ name: "route", type: "string" }],
    outputs: [{ name: "minutes", type: "double" }, { name: "carrier", type: "string", nullable: true }],
  });
  expect(version.inputs).toEqual([await one.lake.table("routes").input()]);
  expect(version.inputs[0]).toMatchObject({
    name: "routes",
    version: 0,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect((await one.models.get("route-average@1")).signature).toEqual(version.signature);
});

test("log() of a lookup makes a version of new rows alone, in whatever order they lie", async () => {
  await using one = await bench();
  const log = (table: Lookup["table"]) => one.models.log("m", { lookup: { ...LOOKUP, table } });
  const first = await log(one.lake.table("routes"));
  await one.lake.write("routes", ROUTES.toReversed(), { mode: "overwrite" });
  expect(await log(one.lake.table("routes"))).toEqual(first);
  await one.lake.write("routes", [{ ...ROUTES[0]!, route: "JFK-SFO" }], { mode: "append" });
  const second = await log(one.lake.table("routes"));
  expect([first.version, second.version]).toEqual(["1", "2"]);
  expect(second.inputs).toMatchObject([{ name: "routes", version: 2 }]);
  expect(await log(one.lake.table("routes", { version: 0 }))).toEqual(first);
  const ask = async (ref: string) => await (await one.models.load<number | null>(ref)).predict([{ route: "JFK-SFO" }]);
  expect([await ask("m@1"), await ask("m@2")]).toEqual([[null], [12.5]]);
});

test("log() of a lookup takes a first row as example, or the one that it is given", async () => {
  await using one = await bench();
  const lookup = { ...LOOKUP, table: one.lake.table("routes") };
  await expect(one.models.log("m", { lookup, example: { route: 7 } })).rejects.toThrow(
    'Cannot predict with "m" as column "route" must be a text: got 7 at row 0',
  );
  expect(await one.models.log("m", { lookup })).toEqual(await one.models.log("m", { lookup, example: { route: "?" } }));
});

const BIG = 2n ** 53n + 1n;
const refusals: [string, Row[], Partial<Lookup> & Record<string, unknown>, string][] = [
  [
    "a key that is there twice",
    [ROUTES[0]!, ROUTES[1]!, ROUTES[0]!],
    {},
    'table "routes" must have one row per key: got "ORD-LGA" twice; write it with one row per key',
  ],
  [
    "keys of two columns that are there twice",
    [ROUTES[0]!, ROUTES[0]!],
    { key: ["route", "flights"] },
    'got "ORD-LGA", 4 twice',
  ],
  [
    "a NULL key",
    [...ROUTES, { ...ROUTES[0]!, route: null }],
    {},
    'key "route" must be a text: got NULL in a row of the table',
  ],
  [
    "a key of another type",
    ROUTES,
    { key: "minutes", values: ["route"] },
    'key "minutes" must be texts or whole numbers: got double; cast it where the table is written',
  ],
  ["a key of booleans", ROUTES, { key: "late" }, 'key "late" must be texts or whole numbers: got bool'],
  [
    "a value of another type",
    [{ route: "a", at: new Date(0) }],
    { values: ["at"] },
    'value "at" must be numbers, texts or booleans: got timestamp',
  ],
  ["NaN", [{ route: "a", minutes: NaN }], {}, 'value "minutes" must be a finite number: got NaN'],
  [
    "a number that JavaScript does not count",
    [{ route: "a", minutes: BIG }],
    {},
    `value "minutes" must be a whole number of at most 2^53: got ${BIG}`,
  ],
  ["no key", ROUTES, { key: [] }, "its key must be names of columns, each once: got []"],
  ["no values", ROUTES, { values: [] }, "its values must be names of columns, each once: got []"],
  ["values that are no list", ROUTES, { values: "minutes" as never }, 'each once: got "minutes"'],
  [
    "a column that the table has not",
    ROUTES,
    { values: ["minute"] },
    'key and values must be columns of table "routes", ',
  ],
  ["a column that is key and value", ROUTES, { values: ["route"] }, 'column "route" must be key or value: it is both'],
  [
    "a default of a column that is not answered",
    ROUTES,
    { missing: { flights: 1 } },
    'missing must name columns of its values: got "flights"',
  ],
  ["a default of another type", ROUTES, { missing: { minutes: "0" } }, 'missing.minutes must be a double: got "0"'],
  ["a default that is no number", ROUTES, { missing: { minutes: NaN } }, "missing.minutes must be a double: got null"],
  [
    "a table by its name",
    ROUTES,
    { table: "routes" as never },
    'its table must be one of the lake, as lake.table("routes") gives it: got string',
  ],
];

for (const [name, rows, change, message] of refusals) {
  test(`log() of a lookup refuses ${name}, and nothing is registered`, async () => {
    await using one = await bench(rows);
    const lookup = { ...LOOKUP, table: one.lake.table("routes"), ...change };
    const error = await one.models.log("m", { lookup }).catch((cause) => cause);
    expect(error.message).toContain('Cannot log "m" as ');
    expect(error.message).toContain(message);
    expect(await one.models.list()).toEqual([]);
  });
}

test("log() of a lookup refuses a table or a column that is not there, and a table without rows", async () => {
  await using one = await bench();
  const log = (table: string, values = ["minutes"]) =>
    one.models.log("m", { lookup: { table: one.lake.table(table), key: "route", values } });
  await expect(log("nowhere")).rejects.toThrow(
    'Cannot query table "nowhere" as the lake has none of that name: it has "routes"',
  );
  await expect(log("routes", ["hours"])).rejects.toThrow(/"hours"/);
  await one.lake.write("empty", await one.lake.sql`SELECT * FROM routes WHERE false`, { mode: "append" });
  await expect(log("empty")).rejects.toThrow('Cannot log "m" as table "empty" must have rows: it has none');
});

test("log() refuses content of two flavours, or of none", async () => {
  await using one = await bench();
  const lookup = { ...LOOKUP, table: one.lake.table("routes") };
  const both = { lookup, onnx: new Uint8Array(), example: {} };
  await expect(one.models.log("m", both)).rejects.toThrow(
    'Cannot log "m" as it takes one of onnx, lookup, oip, typescript: got onnx and lookup',
  );
  await expect(one.models.log("m", {} as never)).rejects.toThrow("got none");
});
