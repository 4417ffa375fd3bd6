import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import * as Plot from "./mod.ts";

const QUERY =
  `SELECT TIMESTAMP '2001-01-01 06:30:00' + i * INTERVAL 1 DAY AS t, DATE '2001-01-01' + i::INT AS day, count(*) AS n,
  (i / 3)::DECIMAL(9, 2) AS d, sum(i)::HUGEINT AS h, NULL::DECIMAL(4, 1) AS nothing FROM range(5) r(i) GROUP BY i ORDER BY i`;
const PLAIN = Array.from({ length: 5 }, (_, i) => ({
  t: new Date(Date.UTC(2001, 0, 1 + i, 6, 30)),
  day: new Date(Date.UTC(2001, 0, 1 + i)),
  n: 1,
  d: Math.round(100 * i / 3) / 100,
  h: i,
}));

/** Figures with each of the types on each kind of channel. */
function draw(data: Plot.Data): Plot.Figure[] {
  return [
    Plot.plot({
      grid: true,
      marks: [Plot.lineY(data, { x: "t", y: "n" }), Plot.dot(data, { x: "t", y: "d", r: "n" })],
    }),
    Plot.plot({ color: { legend: true }, marks: [Plot.rectY(data, { x: "day", interval: "day", y: "d", fill: "h" })] }),
    Plot.plot({ marks: [Plot.areaY(data, Plot.windowY(2, { x: "t", y: "d" })), Plot.ruleY(data, { y: "h" })] }),
  ];
}

function scalesOf(figures: Plot.Figure[]): unknown[] {
  return figures.map((figure) => [figure.scale("x")?.type, figure.scale("y")?.type]);
}

test("plot() draws times and decimals of DuckDB's own rows as it draws dates and numbers", async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(QUERY)).getRowObjects();
  expect(rows[0]!.t).not.toBeInstanceOf(Date);
  const drawn = draw(rows as unknown as Plot.Data);
  expect(scalesOf(drawn)).toEqual([["utc", "linear"], ["utc", "linear"], ["utc", "linear"]]);
  expect(drawn.map(String)).toEqual(draw(PLAIN).map(String));
  expect(rows[0]!.t).not.toBeInstanceOf(Date);
  connection.closeSync();
  instance.closeSync();
});

test("plot() draws a lake's result, its rows and its exact rows alike", async () => {
  await using lake = await openLake({ store: await openStore({ kind: "directory", dir: await Deno.makeTempDir() }) });
  const result = await lake.sql([QUERY] as unknown as TemplateStringsArray);
  const wanted = draw(PLAIN).map(String);
  for (const data of [result, result.rows()]) expect(draw(data as Plot.Data).map(String)).toEqual(wanted);
  expect(JSON.parse(JSON.stringify(result))[1]).toMatchObject({ n: 1, d: 0.33, h: 1 });
});

test("plot() reads other timestamps, and leaves NULL out", async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const query =
    `SELECT t::TIMESTAMP_S AS s, t::TIMESTAMP_MS AS ms, t::TIMESTAMP_NS AS ns, t::TIMESTAMPTZ AS tz, d FROM (VALUES
    (NULL, NULL::DECIMAL(4, 1)), (TIMESTAMP '2001-01-01', 1.5), (TIMESTAMP '2001-01-03', 2.5)) v(t, d)`;
  const rows = (await connection.runAndReadAll(`SET TimeZone = 'UTC'; ${query}`)).getRowObjects();
  for (const x of ["s", "ms", "ns", "tz"]) {
    const figure = Plot.plot({ marks: [Plot.dot(rows as unknown as Plot.Data, { x, y: "d" })] });
    expect(figure.scale("x")).toMatchObject({ type: "utc", domain: [new Date("2001-01-01"), new Date("2001-01-03")] });
    expect(figure.outerHTML.match(/<circle/g)).toHaveLength(2);
  }
  connection.closeSync();
  instance.closeSync();
});
