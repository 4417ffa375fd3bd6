import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openLake } from "./open_lake.ts";
import { freshStore } from "./testdata/delta.ts";

// Tables that Spark wrote, made by testdata/make_spark.ts.
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "testdata", "spark");

const nested = (n: number) => ({ s: { ab: n, c: [{ d: n }] }, m: { k: { e: n } } });

/** Rows of the ten that every table starts with. */
const row = (n: number, more: object = {}) => ({ n, t: `r${n}`, ...nested(n), p: String(n % 2), ...more });
const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => row(n));
const appended = (times: number) => Array.from({ length: times }, () => [0, 1].map((n) => ({ ...row(n), n: n + 100 })));

const TABLES: Record<string, unknown[]> = {
  dv: ten.filter(({ n }) => ![1, 4, 5].includes(n)).map((one) => one.n === 2 ? { ...one, t: "new" } : one),
  map_id: ten.map(({ t, ...one }) => ({ ...one, tt: t })),
  map_name: [...ten, { n: 100, t: "x", ...nested(100), p: "z" }].map(({ t, p, s, ...one }) => ({
    ...one,
    "new name": t,
    s: { ab: s.ab, cc: s.c },
    part: p,
    added: null,
  })),
  v2: [...ten.filter(({ n }) => n !== 3), ...appended(7).flat()],
  multi: [...ten, ...appended(5).flat()],
  types: [{
    n: 1,
    v: "abc",
    c: "x",
    ntz: "2026-11-23 01:02:03.456789",
    ts: "1969-12-31 23:59:59.999999+00",
    d: "12345678901234567890.0123456789",
    b: "\\x00\\xFF",
    f: "nan",
    y: -128,
    sh: 7,
    vo: null,
    dt: "0001-01-01",
    bo: true,
    g: 2,
  }],
  int96: ["1970-01-01 00:00:00+00", "1970-01-01 00:00:01.000001+00", "1970-01-01 00:00:02.000002+00"].map((ts, n) => ({
    n,
    ts,
  })),
  bin: [
    { n: 1, b: "abc", ts: "2026-11-23 01:02:03.456789+00", dc: "-0.50", dt: "2026-11-23", bo: true, fl: 1.5 },
    { n: 2, b: null, ts: null, dc: null, dt: null, bo: null, fl: null },
    { n: 3, b: "\\x01", ts: "1969-12-31 23:59:59+00", dc: "1.00", dt: "1969-12-31", bo: false, fl: "inf" },
  ],
  rowtrack: [{ n: 0 }, { n: 1 }, { n: 2 }],
};

const numberOf = (one: unknown) => (one as { n: number }).n;

for (const [name, rows] of Object.entries(TABLES)) {
  test(`what Spark wrote is read: ${name}`, async () => {
    const { store } = await freshStore();
    await using lake = await openLake({ store });
    const text = "d ts ntz dt b dc".split(" ").map((column) => `CAST(${column} AS VARCHAR) AS ${column}`);
    const columns = new Set(
      (await lake.query(`SELECT * FROM delta('${ROOT}/${name}')`)).columns.map((one) => one.name),
    );
    const replaced = text.filter((column) => columns.has(column.split(" ").at(-1)!));
    if (name === "types") replaced.push("CAST(f AS VARCHAR) AS f");
    if (name === "bin") replaced.push("CASE WHEN isinf(fl) THEN '\"inf\"'::JSON ELSE to_json(fl) END AS fl");
    const select = `SELECT * ${
      replaced.length ? `REPLACE (${replaced.join(", ")})` : ""
    } FROM delta('${ROOT}/${name}')`;
    const read = await lake.query(
      `SELECT CAST(to_json(one) AS VARCHAR) AS json FROM (${select}) AS one ORDER BY one.n`,
    );
    const found = read.rows().map(({ json }) => JSON.parse(json as string));
    expect(found).toEqual(rows.toSorted((a, b) => numberOf(a) - numberOf(b)));
  });
}

test("conditions leave out files of tables with mapped columns, and count deleted rows right", async () => {
  const { store } = await freshStore();
  await using lake = await openLake({ store });
  const mapped = `SELECT * FROM delta('${ROOT}/map_name')`;
  expect((await lake.scans(`${mapped} WHERE part = 'z'`))[0]).toMatchObject({ filesRead: 1 });
  expect((await lake.scans(`${mapped} WHERE "new name" = 'x'`))[0]).toMatchObject({ filesRead: 1 });
  expect((await lake.query(`${mapped} WHERE "new name" = 'x' AND s.cc[1].d = 100`)).rows()).toHaveLength(1);
  const vectors = `SELECT n FROM delta('${ROOT}/dv')`;
  for (const [n, count] of [[1, 0], [2, 1], [3, 1], [4, 0], [9, 1]]) {
    expect((await lake.query(`${vectors} WHERE n = ${n}`)).rows()).toHaveLength(count!);
  }
  expect((await lake.query(`SELECT count(*) AS n FROM delta('${ROOT}/dv')`)).rows()).toEqual([{ n: 7 }]);
});
