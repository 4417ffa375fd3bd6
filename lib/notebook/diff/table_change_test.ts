import fc from "fast-check";
import { expect, test } from "vitest";
import { openAlign } from "./_align.ts";
import { type DataTable, readDataTable } from "./data_table.ts";
import { diffTable } from "./table_change.ts";
import { tableSummary } from "./phrases.ts";

type Row = Record<string, string | number | boolean | null>;

function table(rows: Row[], { primaryKey }: { primaryKey?: string[] } = {}): DataTable {
  const names = Object.keys(rows[0] ?? { a: 1 });
  const schema = {
    fields: names.map((name) => ({ name, type: typeof rows[0]?.[name] })),
    ...primaryKey ? { primaryKey } : {},
  };
  return readDataTable({ schema, data: rows })!;
}

const diff = (was: Row[], now: Row[], options = {}) =>
  diffTable(table(was), table(now), { align: openAlign(), ...options });

test.each<[string, Row[], string[] | null]>([
  ["a leading text", [{ route: "a", n: 1 }, { route: "b", n: 1 }], ["route"]],
  ["two leading columns", [{ day: "x", hour: 1, n: 1.5 }, { day: "x", hour: 2, n: 1.5 }], ["day", "hour"]],
  ["a leading whole number", [{ month: 1, n: 10 }, { month: 2, n: 11 }], ["month"]],
  ["a text behind numbers", [{ rmse: 1.5, name: "a" }, { rmse: 2.5, name: "b" }], ["name"]],
  ["no column", [{ x: 1.5, y: 2.5 }, { x: 2.5, y: 3.5 }], null],
  ["rows that come twice", [{ a: "x", b: 1 }, { a: "x", b: 1 }], null],
  ["a NULL", [{ a: null, b: "x" }, { a: "y", b: "z" }], ["b"]],
])("diffTable() finds as key %s", (_what, rows, key) => {
  const now = [...rows, Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, "new"]))];
  expect(diff(rows, now)?.key ?? null).toEqual(key);
});

test("diffTable() takes whole numbers that are measures for no key", () => {
  const change = diff([{ flights: 10, mean: 1.5 }, { flights: 20, mean: 2.5 }], [{ flights: 11, mean: 1.5 }, {
    flights: 21,
    mean: 2.5,
  }])!;
  expect([change.key, change.changed.map(({ row, values }) => [row, values[0]!.delta])]).toEqual([null, [[[1], 1], [
    [2],
    1,
  ]]]);
});

test("diffTable() uses the key that is asked for, then the resource's own, and says why it does not", () => {
  const rows = [{ a: "x", b: "1", n: 1 }, { a: "y", b: "2", n: 1 }];
  const now = [{ a: "x", b: "1", n: 2 }, { a: "y", b: "2", n: 1 }];
  expect(diff(rows, now, { key: "b" })).toMatchObject({ key: ["b"], note: "" });
  expect(diff(rows, now, { key: "a, b" })).toMatchObject({ key: ["a", "b"], note: "" });
  expect(diff(rows, now, { key: "gone" })).toMatchObject({
    key: ["a"],
    note: `key "gone" is not used: column "gone" is not on both sides`,
  });
  expect(diff([...rows, { a: "z", b: "1", n: 3 }], now, { key: "b" })).toMatchObject({
    key: ["a"],
    note: `key "b" is not used: rows of the old table share one`,
  });
  const options = { align: openAlign() };
  expect(diffTable(table(rows), table(now, { primaryKey: ["b"] }), options)).toMatchObject({ key: ["b"] });
});

test("diffTable() counts values within the cell's tolerance, relative above 1, and lists the others", () => {
  const was = [{ k: "a", x: 100, y: 0.5 }, { k: "b", x: 100, y: 0.5 }];
  const now = [{ k: "a", x: 100.9, y: 0.505 }, { k: "b", x: 102, y: 0.52 }];
  const change = diff(was, now, { tolerance: 0.01 })!;
  expect([change.tolerated, change.changed.map(({ row, values }) => [row, values.map(({ name }) => name)])])
    .toEqual([2, [[["b"], ["x", "y"]]]]);
  expect(tableSummary(change)).toEqual(["1 row changed", "2 values within tolerance"]);
});

test("diffTable() gives differences without the digits of binary arithmetic", () => {
  const [value] = diff([{ k: "a", x: 26.42 }], [{ k: "a", x: 26.3 }])!.changed[0]!.values;
  expect(value).toEqual({ name: "x", old: 26.42, new: 26.3, delta: -0.12, percent: -0.454201 });
});

const rows = fc.uniqueArray(fc.record({ k: fc.constantFrom(..."abcdefgh"), n: fc.integer({ min: 0, max: 3 }) }), {
  selector: ({ k }) => k,
  maxLength: 8,
});

test("diffTable() reports every row that is new, gone or other, and nothing else", () => {
  fc.assert(fc.property(rows, rows, (was, now) => {
    const change = diffTable(table(was), table(now), { align: openAlign(), key: "k" });
    const [a, b] = [new Map(was.map(({ k, n }) => [k, n])), new Map(now.map(({ k, n }) => [k, n]))];
    if (was.length === 0 || now.length === 0) return;
    expect(change?.added.map(({ k }) => k) ?? []).toEqual([...b.keys()].filter((k) => !a.has(k)));
    expect(change?.removed.map(({ k }) => k) ?? []).toEqual([...a.keys()].filter((k) => !b.has(k)));
    const others = [...b.keys()].filter((k) => a.has(k) && a.get(k) !== b.get(k));
    expect(change?.changed.map(({ row }) => row[0]) ?? []).toEqual(others);
  }));
});

test("diffTable() without key loses no row", () => {
  const plain = fc.array(fc.record({ x: fc.constantFrom(0.5, 1.5) }), { maxLength: 8 });
  fc.assert(fc.property(plain, plain, (was, now) => {
    if (was.length === 0 || now.length === 0) return;
    const change = diff(was, now);
    expect(change === null).toBe(JSON.stringify(was) === JSON.stringify(now));
    if (!change) return;
    expect(change.removed.length - change.added.length).toBe(was.length - now.length);
    expect(change.added.length + change.removed.length + change.changed.length).toBeGreaterThan(0);
  }));
});
