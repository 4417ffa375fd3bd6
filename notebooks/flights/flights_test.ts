import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadProduct } from "../../lib/config/mod.ts";
import type { Lake } from "../../lib/lake/mod.ts";
import { findingsOf, readNotebook } from "../../lib/notebook/mod.ts";
import { openWorkbench, registerProduct, type Workbench } from "../../lib/workbench/mod.ts";
import { publishFlights } from "../../server/demo/mod.ts";
import { type AdditiveModel, fitAdditive, predictAdditive } from "./additive_model.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const SIXTH = 6;
const covered = new Set<string>();

let workbench: Workbench;
let lake: Lake;

beforeAll(async () => {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(join(root, "boathouse.yaml"), "");
  workbench = openWorkbench(root);
  await registerProduct(workbench, loadProduct(join(HERE, "product.yaml")), { by: "test", why: "findings" });
  await publishFlights(await workbench.bus(), SIXTH);
  await (await workbench.ingest()).flush(["flights"]);
  lake = await workbench.lake();
});

afterAll(async () => {
  await workbench[Symbol.asyncDispose]();
  await Deno.remove(workbench.settings.root, { recursive: true });
});

function read(notebook: string) {
  return findingsOf(readNotebook(Deno.readTextFileSync(join(HERE, notebook)), notebook));
}

/** The values of one finding, in the order of its expressions' names. */
function finding(notebook: string, cell: string): unknown[] {
  covered.add(`${notebook}#${cell}`);
  const values = read(notebook).find((each) => each.cell === cell)!.values;
  return Object.keys(values).sort().map((name) => values[name]);
}

async function one(text: string): Promise<Record<string, unknown>> {
  return (await lake.query(text)).rows()[0]! as Record<string, unknown>;
}

const fixed = (value: unknown, digits: number) => Number(value).toFixed(digits);

test("1_explore: how late flights are", async () => {
  const row = await one(
    `SELECT count(*) AS n, count(*) FILTER (delay < 1) AS early, count(*) FILTER (delay >= 16) AS late,
    sum(delay) AS total, quantile_disc(delay, 0.5) AS median FROM flights`,
  );
  const n = Number(row.n);
  expect(finding("1_explore.ipynb", "overall")).toEqual([
    fixed(100 * Number(row.early) / n, 1),
    n,
    fixed(100 * Number(row.late) / n, 1),
    fixed(Number(row.total) / n, 1),
    Number(row.median),
  ]);
  const top = await one(`SELECT sum(s) AS s, any_value(whole) AS whole FROM (SELECT delay::DOUBLE ^ 2 AS s,
    row_number() OVER (ORDER BY delay DESC) AS place, sum(delay::DOUBLE ^ 2) OVER () AS whole FROM flights)
    WHERE place <= ${Math.ceil(n / 100)}`);
  expect(finding("1_explore.ipynb", "tail")).toEqual([fixed(100 * Number(top.s) / Number(top.whole), 0)]);
});

test("1_explore: hours, clock and weekdays", async () => {
  const hour = async (from: string, to: string) =>
    Number(
      (await one(
        `SELECT avg(delay) AS d FROM flights WHERE strftime(date, '%H:%M') >= '${from}' AND strftime(date, '%H:%M') < '${to}'`,
      )).d,
    );
  const [first, last] = [await hour("06:00", "07:00"), await hour("21:00", "22:00")];
  expect(finding("1_explore.ipynb", "day-hours")).toEqual([fixed(-first, 1), 6, fixed(last, 1), 21]);
  const clock = await one(
    `SELECT count(*) FILTER (date_part('minute', date)::INT IN (0,5,10,15,20,25,30,35,40,45,50,55)) AS five,
    count(*) AS n FROM flights`,
  );
  const night = await one(
    "SELECT avg(delay) AS d, count(*) AS n FROM flights WHERE strftime(date, '%H:%M') >= '01:00' AND strftime(date, '%H:%M') < '04:00'",
  );
  expect(finding("1_explore.ipynb", "timetable")).toEqual([
    fixed(night.d, 0),
    Number(night.n),
    fixed(100 * Number(clock.five) / Number(clock.n), 0),
  ]);
  const days = (await lake.query<{ day: string; d: number }>(
    "SELECT left(dayname(date), 3) AS day, avg(delay) AS d FROM flights GROUP BY 1 ORDER BY d",
  )).rows();
  const [best, worst] = [days[0]!, days.at(-1)!];
  expect(finding("1_explore.ipynb", "weekday-means")).toEqual([
    best.day,
    worst.day,
    fixed(best.d, 1),
    fixed(worst.d, 1),
  ]);
});

test("1_explore: airports and the share that a column explains", async () => {
  const hub = await one(`SELECT origin, avg(delay) AS d, avg(if(delay >= 16, 100.0, 0.0)) AS late FROM flights
    WHERE origin IN (SELECT origin FROM flights GROUP BY origin HAVING count(*) / (SELECT count(*) FROM flights) >= 0.008)
    GROUP BY origin ORDER BY round(d, 1) DESC LIMIT 1`);
  expect(finding("1_explore.ipynb", "worst-airport")).toEqual([
    Number(fixed(hub.late, 1)),
    Number(fixed(hub.d, 1)),
    hub.origin,
  ]);
  const within = await one(`SELECT avg((delay - m) ^ 2) AS left_over, avg((delay - a) ^ 2) AS whole FROM (
    SELECT delay, avg(delay) OVER (PARTITION BY hour(date)) AS m, avg(delay) OVER () AS a FROM flights)`);
  const share = 100 * (1 - Number(within.left_over) / Number(within.whole));
  expect(finding("1_explore.ipynb", "explained-finding")).toEqual(["hour", fixed(share, 1)]);
});

const TRAINING = "date < TIMESTAMPTZ '2001-05-01'";
const HELD_OUT = "date BETWEEN TIMESTAMPTZ '2001-05-01' AND TIMESTAMPTZ '2001-05-31 23:59:59'";

async function trainedModels(): Promise<Record<"simple" | "rich" | "average", AdditiveModel>> {
  const rows =
    (await lake.query<Record<"h" | "w" | "d" | "y", number> & { r: string }>(`SELECT date_part('hour', date) AS h,
    date_part('dow', date) AS w, distance AS d, origin || '-' || destination AS r, delay AS y FROM flights WHERE ${TRAINING}
    ORDER BY date, route, delay, distance`)).rows();
  const columns = {
    hour: rows.map(({ h }) => h),
    weekday: rows.map(({ w }) => w),
    distance: rows.map(({ d }) => d),
    route: rows.map(({ r }) => r),
  };
  const delay = rows.map(({ y }) => y);
  return {
    simple: fitAdditive(columns, delay, { numbers: ["distance"], keys: ["hour"] }),
    rich: fitAdditive(columns, delay, { numbers: ["distance"], keys: ["hour", "weekday", "route"] }),
    average: fitAdditive(columns, delay, { numbers: [], keys: ["route"] }),
  };
}

/** Puts a model's effects into tables, and says its answer as SQL over the table flights. */
async function answerSql(name: string, model: AdditiveModel): Promise<{ answer: string; joins: string }> {
  const terms = [String(model.intercept)];
  let joins = "";
  for (const [column, slope] of Object.entries(model.slopes)) terms.push(`(${slope}) * ${column}`);
  const source: Record<string, string> = { hour: "hour(date)", weekday: "dayofweek(date)", route: "route" };
  for (const [column, effects] of Object.entries(model.effects)) {
    const table = `${name}_${column}`;
    await lake.write(table, [...effects].map(([k, effect]) => ({ k, effect })), { mode: "overwrite" });
    joins += ` LEFT JOIN ${table} ON ${table}.k = ${source[column]}`;
    terms.push(`coalesce(${table}.effect, 0)`);
  }
  return { answer: terms.join(" + "), joins };
}

test("2_train and 3_evaluate: rows, errors, calibration, recomputed in SQL", async () => {
  const seen = await one(`SELECT count(*) FILTER (${TRAINING}) AS n, max(date) FILTER (${TRAINING}) AS last,
    count(*) FILTER (${HELD_OUT}) AS m, min(date) FILTER (${HELD_OUT}) AS first, max(date) FILTER (${HELD_OUT}) AS until FROM flights`);
  const day = (value: unknown) => (value as Date).toISOString().slice(0, 10);
  expect((seen.last as Date) < (seen.first as Date)).toBe(true);
  expect(finding("2_train.ipynb", "summary")).toEqual([day(seen.last), Number(seen.n)]);
  expect(finding("3_evaluate.ipynb", "held-out")).toEqual([day(seen.until), Number(seen.m), day(seen.first)]);

  const models = await trainedModels();
  const effects = [...models.rich.effects.route!].sort((a, b) => b[1] - a[1]);
  const small = effects.filter(([, minutes]) => minutes > -3 && minutes < 3).length / effects.length;
  expect(finding("2_train.ipynb", "route-finding")).toEqual([
    fixed(100 * small, 0),
    fixed(effects[0]![1], 1),
    effects[0]![0],
    effects.length,
  ]);
  const sql = {
    simple: await answerSql("simple", models.simple),
    rich: await answerSql("rich", models.rich),
    average: await answerSql("average", models.average),
  };
  const mean = Number((await one(`SELECT avg(delay) AS m FROM flights WHERE ${TRAINING}`)).m);
  const errors = async ({ answer, joins }: { answer: string; joins: string }, where: string) =>
    await one(`SELECT sqrt(avg((p - delay) ^ 2)) AS rmse, avg(abs(p - delay)) AS mae, avg(p - delay) AS bias
      FROM (SELECT ${answer} AS p, delay FROM flights ${joins} WHERE ${where})`);
  const constant = (value: number) => ({ answer: String(value), joins: "" });
  const rmse = async (of: { answer: string; joins: string }, where: string) => Number((await errors(of, where)).rmse);
  expect(finding("2_train.ipynb", "training-finding")).toEqual([
    fixed(await rmse(constant(mean), TRAINING), 2),
    fixed(await rmse(sql.rich, TRAINING), 2),
    fixed(await rmse(sql.simple, TRAINING), 2),
  ]);
  const [base, simple, rich, average] = await Promise.all(
    [constant(mean), sql.simple, sql.rich, sql.average].map((of) => rmse(of, HELD_OUT)),
  );
  const richErrors = await errors(sql.rich, HELD_OUT);
  const zero = await errors(constant(0), HELD_OUT);
  const candidate = "flight-delay@2";
  expect(finding("3_evaluate.ipynb", "errors-finding")).toEqual([
    candidate,
    fixed(rich, 2),
    `flight-delay@1 by ${fixed(simple, 2)}, route-average@1 by ${fixed(average, 2)}, ` +
    `constant: training mean by ${fixed(base, 2)}, constant: 0 by ${fixed(zero.rmse, 2)}`,
  ]);
  expect(finding("3_evaluate.ipynb", "mae-finding")).toEqual([
    fixed(richErrors.bias, 2),
    "high",
    candidate,
    fixed(zero.mae, 2),
    "constant: 0",
    fixed(richErrors.mae, 2),
  ]);
  expect(finding("3_evaluate.ipynb", "log-metrics")).toEqual([
    fixed(100 * rich! / base!, 1),
    candidate,
    `, flight-delay@1 ${fixed(100 * simple! / base!, 1)} %`,
  ]);
  const parts =
    (await lake.query<{ part: number; p: number; d: number }>(`SELECT part, avg(p) AS p, avg(delay) AS d FROM (
    SELECT ntile(10) OVER (ORDER BY p) AS part, p, delay FROM (
      SELECT ${sql.rich.answer} AS p, delay FROM flights ${sql.rich.joins} WHERE ${HELD_OUT})) GROUP BY part ORDER BY part`))
      .rows();
  const [low, high] = [parts[0]!, parts.at(-1)!];
  expect(finding("3_evaluate.ipynb", "calibration-finding")).toEqual(
    [fixed(low.d, 1), fixed(low.p, 1), candidate, fixed(high.d, 1), fixed(high.p, 1)],
  );
  const worst = await one(`SELECT route, count(*) AS n, sqrt(avg((p - delay) ^ 2)) AS rmse FROM (
    SELECT flights.route AS route, ${sql.rich.answer} AS p, delay FROM flights ${sql.rich.joins} WHERE ${HELD_OUT})
    GROUP BY route HAVING n >= 43 ORDER BY rmse DESC LIMIT 1`);
  expect(finding("3_evaluate.ipynb", "worst-finding")).toEqual([
    Math.round(Number(seen.m) / 2000),
    Number(worst.n),
    Number(fixed(worst.rmse, 1)),
    worst.route,
  ]);
}, 120_000);

test("2_train: the ONNX artefact gives TypeScript's answers", async () => {
  const { buildOnnx } = await import("../../lib/mod.ts");
  const model = {
    intercept: 1.5,
    slopes: { distance: -0.001 },
    effects: { hour: new Map([[18, 4.25]]), route: new Map([["ORD-LGA", 2]]) },
  };
  const example = { hour: 18, distance: 733, route: "ORD-LGA" };
  const registry = await workbench.models();
  const { version } = await registry.log("parity", { onnx: buildOnnx({ ...model, output: "minutes" }), example });
  const rows = [example, { hour: 3, distance: 10.5, route: "XXX-YYY" }];
  const answers = await (await registry.load(`parity@${version}`)).predict(rows);
  const columns = { hour: [18, 3], distance: [733, 10.5], route: ["ORD-LGA", "XXX-YYY"] };
  const written = predictAdditive(model, columns, 2);
  answers.forEach((answer, row) => expect(Math.abs(answer - written[row]!)).toBeLessThan(1e-6));
  covered.add("2_train.ipynb#parity");
  expect(read("2_train.ipynb").find(({ cell }) => cell === "parity")!.values).toEqual({
    "1e-6": 1e-6,
    "probeRows.length": 1000,
  });
});

test("fitAdditive() finds the terms of an exact additive rule", () => {
  const columns = { x: [0, 1, 2, 3, 0, 1, 2, 3], k: ["a", "a", "a", "a", "b", "b", "b", "b"] };
  const target = columns.x.map((x, row) => 10 + 2 * x + (columns.k[row] === "a" ? 3 : -3));
  const model = fitAdditive(columns, target, { numbers: ["x"], keys: ["k"], shrinkage: 0 });
  expect(model).toEqual({ intercept: 10, slopes: { x: 2 }, effects: { k: new Map([["a", 3], ["b", -3]]) } });
  expect([...predictAdditive(model, { x: [5, 5], k: ["a", "unknown"] }, 2)]).toEqual([23, 20]);
});

test("every finding of the committed notebooks is recomputed here", () => {
  const all = ["1_explore.ipynb", "2_train.ipynb", "3_evaluate.ipynb"]
    .flatMap((notebook) => read(notebook).map(({ cell }) => `${notebook}#${cell}`));
  expect([...covered].sort()).toEqual(all.sort());
});
