import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { openStore } from "../../store/mod.ts";
import type { FeatureRow } from "../load/feeds.ts";
import { openModels } from "../models.ts";
import { type AdditiveSpec, buildOnnx } from "../onnx/build_onnx.ts";
import { registryHandler } from "../registry/registry_handler.ts";

const PACKAGES = ["mlflow==3.17.0", "scikit-learn==1.7.2", "skl2onnx==1.20.0", "onnxruntime==1.32.0"];

/**
 * Asks each model by pyfunc with a data frame, and by the onnx flavour with arrays as the graph declares them. Texts are
 * objects: the onnx flavour hands the runtime pandas 3's own text arrays, which it does not take, whoever wrote the model.
 */
const PROGRAM = `
import json, os, sys
os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
import mlflow, mlflow.onnx, numpy, onnxruntime, pandas
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_registry_uri(sys.argv[1])
TYPES = {"tensor(double)": numpy.float64, "tensor(int64)": numpy.int64, "tensor(string)": object}
answers = {}
for name, rows in json.loads(sys.argv[2]).items():
  frame = pandas.DataFrame(rows)
  frame = frame.astype({c: object for c in frame.columns if c == "route"})
  by_pyfunc = mlflow.pyfunc.load_model(f"models:/{name}/1").predict(frame)
  graph = mlflow.onnx.load_model(f"models:/{name}/1")
  session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
  feeds = {i.name: frame[i.name].to_numpy(TYPES[i.type]).reshape([-1] + i.shape[1:]) for i in session.get_inputs()}
  answers[name] = {"pyfunc": by_pyfunc["minutes"].tolist(), "onnx": session.run(["minutes"], feeds)[0].tolist()}
print(json.dumps(answers))
os._exit((sys.stdout.flush(), 0)[1])
`;

const HOURS = new Map([[7, 4.25], [18, -1 / 3]]), ROUTES = new Map([["ORD-LGA", 3.25], ["Zürich-東京", -1.5]]);
const ROWS = Array.from({ length: 40 }, (_, i) => ({
  km: i * 7.77,
  hour: [7, 18, i][i % 3]!,
  route: ["ORD-LGA", "Zürich-東京", "", "X"][i % 4]!,
}));

const SPECS: Record<string, Omit<AdditiveSpec, "output">> = {
  number: { intercept: 1.5, slopes: { km: 0.1 } },
  key: { intercept: -2, effects: { hour: HOURS }, unknown: { hour: 9 } },
  both: { intercept: 0.1, slopes: { hour: 0.7 }, effects: { hour: HOURS } },
  text: { intercept: 1e-3, effects: { route: ROUTES }, unknown: { route: -2.5 } },
  all: { intercept: 6.5, slopes: { km: 0.0123, hour: -0.75 }, effects: { hour: HOURS, route: ROUTES } },
};

test("log() writes what Python's mlflow.pyfunc and mlflow.onnx load, with the same answers", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("sklearn-onnx", PACKAGES));
  const dir = Deno.makeTempDirSync();
  const store = await openStore({ kind: "directory", dir });
  await using models = await openModels({ store, dir });
  const rows: Record<string, FeatureRow[]> = {}, ours: Record<string, number[]> = {};
  for (const [name, spec] of Object.entries(SPECS)) {
    const columns = Object.keys({ ...spec.slopes, ...spec.effects }) as (keyof typeof ROWS[0])[];
    rows[name] = ROWS.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
    await models.log(name, { onnx: buildOnnx({ ...spec, output: "minutes" }), example: rows[name][0]! });
    ours[name] = await (await models.load(`${name}@1`)).predict(rows[name]);
  }
  await using handler = registryHandler({ store, dir });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const printed = await runPython(python, PROGRAM, [url, JSON.stringify(rows)]);
  const theirs = JSON.parse(printed.trim().split("\n").at(-1)!);
  expect(Object.keys(theirs)).toEqual(Object.keys(SPECS));
  for (const name of Object.keys(SPECS)) {
    for (const way of ["pyfunc", "onnx"]) {
      const gaps = ours[name]!.map((answer, row) => Math.abs(answer - theirs[name][way][row]));
      expect(theirs[name][way], `${name} by ${way}`).toHaveLength(ROWS.length);
      expect(Math.max(...gaps), `${name} by ${way}`).toBeLessThanOrEqual(1e-9);
    }
  }
}, 300_000);
