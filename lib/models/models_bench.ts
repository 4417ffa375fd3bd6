/** One row and many rows through `predict` against bare onnxruntime, in one run. */
import * as runtime from "onnxruntime-node";
import { openStore } from "../store/mod.ts";
import { buildOnnx } from "./onnx/build_onnx.ts";
import { openModels } from "./models.ts";

const ROUNDS = 5;
const CALLS = 5000;
const ROWS = 10_000;

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

async function microsOf(calls: number, call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) await call();
  return (performance.now() - start) * 1000 / calls;
}

/** Medians of rounds that take turns, so that a noisy machine treats both alike. */
async function compare(name: string, calls: number, ours: () => Promise<unknown>, bare: () => Promise<unknown>) {
  const rounds: [number, number][] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push([await microsOf(calls, ours), await microsOf(calls, bare)]);
  const median = (which: 0 | 1) => rounds.map((round) => round[which]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  const [value, peer] = [median(0), median(1)];
  console.log(JSON.stringify({ name, value, unit: "µs", ratio: value / peer, peer: "bare onnxruntime" }));
}

const rows = Array.from({ length: ROWS }, () => row);
const columns = { distance: rows.map(() => 100), hour: rows.map(() => 7), route: rows.map(() => "R77") };
await compare("predict, 1 row", CALLS, () => model.predict([row]), () => session.run(tensors(1)));
await compare("predict, 10,000 rows as objects", 20, () => model.predict(rows), () => session.run(tensors(ROWS)));
await compare("predict, 10,000 rows as columns", 20, () => model.predict(columns), () => session.run(tensors(ROWS)));
await session.release();
