/** `predict` of ONNX models and lookups against bare onnxruntime, a bare SQLite statement and a Map, in one run. */
import { DatabaseSync } from "node:sqlite";
import * as runtime from "onnxruntime-node";
import { openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { buildOnnx } from "./onnx/build_onnx.ts";
import { openModels } from "./models.ts";

const ROUNDS = 5;
const CALLS = 5000;
const ROWS = 10_000;
const KEYS = 1_000_000;
const READS = 100_000;

const onnx = buildOnnx({
  intercept: 5,
  slopes: { distance: 0.25 },
  effects: {
    hour: new Map(Array.from({ length: 24 }, (_, hour) => [hour, hour])),
    route: new Map(Array.from({ length: 4000 }, (_, route) => [`R${route}`, route / 1000])),
  },
  output: "minutes",
});
const row = { distance: 100, hour: 7, route: "R77" };
const dir = Deno.makeTempDirSync();
const store = await openStore({ kind: "directory", dir });
await using models = await openModels({ store, dir: `${dir}/registry` });
await using lake = await openLake({ store });

async function secondsOf(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) await call();
  return (performance.now() - start) / 1000 / calls;
}

interface Compared {
  name: string;
  calls: number;
  ours: () => Promise<unknown>;
  peers: Record<string, () => Promise<unknown>>;
  /** Shows seconds of a call. */
  shown: (seconds: number) => number;
  unit: string;
  /** Whether more is better. */
  isRate?: boolean;
}

/** Medians of rounds that take turns, so that a noisy machine treats all alike. */
async function compare({ name, calls, ours, peers, shown, unit, isRate }: Compared): Promise<void> {
  const all = [ours, ...Object.values(peers)];
  for (const call of all) await secondsOf(call, Math.ceil(calls / 5));
  const seconds = all.map((): number[] => []);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [at, call] of all.entries()) seconds[at]!.push(await secondsOf(call, calls));
  }
  const [own, ...others] = seconds.map((one) => one.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!);
  for (const [i, peer] of Object.keys(peers).entries()) {
    const ratio = isRate ? others[i]! / own! : own! / others[i]!;
    const round = (value: number) => Number(value.toPrecision(4));
    console.log(JSON.stringify({ name, value: round(shown(own!)), unit, ratio: round(ratio), peer }));
  }
}

await models.log("delay", { onnx, example: row });
const model = await models.load("delay@1");
const session = await runtime.InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
function tensors(count: number): Record<string, runtime.Tensor> {
  return {
    distance: new runtime.Tensor("float64", new Float64Array(count).fill(100), [count]),
    hour: new runtime.Tensor("int64", new BigInt64Array(count).fill(7n), [count]),
    route: new runtime.Tensor("string", new Array<string>(count).fill("R77"), [count]),
  };
}
const micros = { shown: (seconds: number) => seconds * 1e6, unit: "µs" };
await compare({
  name: "predict, 1 row",
  calls: CALLS,
  ours: () => model.predict([row]),
  peers: { "bare onnxruntime": () => session.run(tensors(1)) },
  ...micros,
});
const rows = Array.from({ length: ROWS }, () => row);
const columns = { distance: rows.map(() => 100), hour: rows.map(() => 7), route: rows.map(() => "R77") };
const table = await lake.query(
  `SELECT 100::DOUBLE AS distance, 7::BIGINT AS hour, 'R77' AS route FROM range(${ROWS})`,
);
const prepared = tensors(ROWS);
const bare = { "bare onnxruntime, prepared tensors": () => session.run(prepared) };
for (
  const [what, ours] of [
    ["as objects", () => model.predict(rows)],
    ["as columns", () => model.predict(columns)],
    ["of Arrow", () => model.predict(table)],
    ["of Arrow, made objects first", () => model.predict(table.rows() as typeof rows)],
  ] as const
) await compare({ name: `predict, ${ROWS} rows ${what}`, calls: 20, ours, peers: bare, ...micros });

const numbers = buildOnnx({ intercept: 5, slopes: { a: 0.25, b: 0.5, c: 2 } });
await models.log("numbers", { onnx: numbers, example: { a: 1, b: 1, c: 1 } });
const numeric = await models.load("numbers@1");
const numericSession = await runtime.InferenceSession.create(numbers, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const values = await lake.query(`SELECT i::DOUBLE AS a, i::DOUBLE AS b, i::DOUBLE AS c FROM range(${ROWS}) r(i)`);
const feed = Object.fromEntries(
  ["a", "b", "c"].map((
    name,
  ) => [name, new runtime.Tensor("float64", Float64Array.from({ length: ROWS }, (_, i) => i))]),
);
const numericRows = values.rows();
for (
  const [what, ours] of [
    ["of Arrow", () => numeric.predict(values)],
    ["as objects", () => numeric.predict(numericRows)],
  ] as const
) {
  await compare({
    name: `predict, ${ROWS} rows of numbers ${what}`,
    calls: 50,
    ours,
    peers: { "bare onnxruntime, prepared tensors": () => numericSession.run(feed) },
    ...micros,
  });
}
await session.release();
await numericSession.release();

await lake.write(
  "routes",
  await lake.query(`SELECT 'R' || lpad(i::VARCHAR, 7, '0') AS route, i / 3 AS minutes FROM range(${KEYS}) r(i)`),
  { mode: "overwrite" },
);
const began = performance.now();
await models.log("lookup", { lookup: { table: lake.table("routes"), key: "route", values: ["minutes"] } });
const logged = performance.now();
const lookup = await models.load("lookup@1");
const loaded = performance.now();
const times = { logMs: Math.round(logged - began), loadMs: Math.round(loaded - logged) };
console.log(JSON.stringify({ name: `lookup, ${KEYS} keys, logged and first loaded`, ...times }));

const route = (i: number) => `R${String(i).padStart(7, "0")}`;
const asked = Array.from({ length: READS }, (_, i) => route((i * 7919) % KEYS));
const database = new DatabaseSync(`${dir}/bare.db`);
database.exec("CREATE TABLE rows (k TEXT PRIMARY KEY, v REAL) STRICT, WITHOUT ROWID; BEGIN");
const insert = database.prepare("INSERT INTO rows VALUES (?, ?)");
for (let i = 0; i < KEYS; i++) insert.run(route(i), i / 3);
database.exec("COMMIT");
const get = database.prepare("SELECT v FROM rows WHERE k = ?");
const map = new Map(asked.map((key, i) => [key, i / 3]));
const peers = {
  "bare node:sqlite, a prepared statement per key": () => Promise.resolve(asked.map((key) => get.get(key))),
  "a Map": () => Promise.resolve(asked.map((key) => map.get(key))),
};
const objects = asked.map((route) => ({ route }));
const batches = Array.from({ length: READS / 100 }, (_, i) => objects.slice(i * 100, (i + 1) * 100));
const rate = { calls: 1, shown: (seconds: number) => READS / seconds, unit: "point reads/s", isRate: true, peers };
await compare({ name: `lookup, ${READS} keys at once`, ours: () => lookup.predict({ route: asked }), ...rate });
await compare({ name: `lookup, ${READS} rows at once`, ours: () => lookup.predict(objects), ...rate });
await compare({
  name: "lookup, 100 rows at a time",
  ours: async () => {
    for (const batch of batches) await lookup.predict(batch);
  },
  ...rate,
});
await compare({
  name: "lookup, 1 row at a time",
  ours: async () => {
    for (const one of objects) await lookup.predict([one]);
  },
  ...rate,
});
database.close();
