import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { openStore } from "../../store/mod.ts";
import { registryClient } from "../client/registry_client.ts";
import { openModels } from "../models.ts";
import { registryHandler } from "../registry/registry_handler.ts";

const PACKAGES = ["mlflow==3.17.0", "scikit-learn==1.7.2", "skl2onnx==1.20.0", "onnxruntime==1.32.0"];

/** Trains, saves as MLflow does, and writes what scikit-learn and Python's ONNX Runtime answer. */
const SAVE = `
import copy, json, os, sys
import numpy, pandas, mlflow.onnx
from mlflow.models import infer_signature
from onnx import numpy_helper
from onnxruntime import InferenceSession
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
folder = sys.argv[1]
random = numpy.random.default_rng(7)
numbers = pandas.DataFrame({c: random.normal(size=200).astype("float32").astype(float) for c in ["km", "hour", "load"]})
score = numbers @ [2.0, -1.0, 0.5]
minutes = score + 3
label = pandas.Series(numpy.where(score > 1, "late", numpy.where(score < -1, "early", "on time")))
late = (score > 0).astype("int64")
mixed = numbers[["km"]].assign(route=random.choice(["ORD-LGA", "Zürich"], size=200))
pipeline = make_pipeline(
  make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["route"]), remainder="passthrough"),
  LogisticRegression())
regression = LinearRegression().fit(numbers.to_numpy(), minutes)
classes = LogisticRegression().fit(numbers.to_numpy(), label)
flags = LogisticRegression().fit(numbers.to_numpy(), late)
pipeline.fit(mixed, label)
wide = numbers * [1000 / 3, 24, 1 / 7]
trees = GradientBoostingRegressor(n_estimators=20).fit(numbers.to_numpy(), minutes)
exact = make_pipeline(StandardScaler(), LinearRegression()).fit(wide.to_numpy(), minutes * 1000)
exact_classes = make_pipeline(StandardScaler(), LogisticRegression()).fit(wide.to_numpy(), label)
matrix = numpy.zeros((1, 3), dtype="float32")
columns = [("km", FloatTensorType([None, 1])), ("route", StringTensorType([None, 1]))]
doubles = [("X", DoubleTensorType([None, 3]))]
network = MLPRegressor(hidden_layer_sizes=[200], max_iter=20, random_state=7).fit(numbers.to_numpy(), minutes)
layers = convert_sklearn(network, initial_types=doubles)
for tensor in layers.graph.initializer:  # as PyTorch writes tensors: MLflow moves these to a file, from 1 kB
  tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
kinds = {
  "trees": (trees, to_onnx(trees, matrix), numbers, minutes),
  "doubles": (exact, convert_sklearn(exact, initial_types=doubles), wide, minutes),
  "weights_beside": (network, layers, numbers, minutes),
  "double_classes": (exact_classes, convert_sklearn(exact_classes, initial_types=doubles, options={"zipmap": False}), wide, label),
  "regression": (regression, to_onnx(regression, matrix), numbers, minutes),
  "classes": (classes, to_onnx(classes, matrix), numbers, label),
  "flags": (flags, to_onnx(flags, matrix), numbers, late.to_numpy()),
  "pipeline": (pipeline, convert_sklearn(pipeline, initial_types=columns), mixed, label),
}
answers = {}
def asked(onnx, rows):
  session = InferenceSession(onnx.SerializeToString(), providers=["CPUExecutionProvider"])
  types = {"tensor(double)": "float64", "tensor(float)": "float32", "tensor(string)": object}
  inputs = session.get_inputs()
  feeds = {i.name: (rows if len(inputs) == 1 else rows[[i.name]]).to_numpy(types[i.type]) for i in inputs}
  outs = session.run(None, feeds)
  return [outs[0].ravel().tolist(), *outs[1:]]
for name, (model, onnx, rows, target) in kinds.items():
  mlflow.onnx.save_model(copy.deepcopy(onnx), f"{folder}/{name}", signature=infer_signature(rows, target), pip_requirements=["onnxruntime"],
    metadata={"boathouse": {"reference": {"meanTarget": 12.5}}})
  given = rows if name == "pipeline" else rows.to_numpy()
  answers[name] = {"rows": rows.to_dict("records"), "values": model.predict(given).tolist()}
  first, *more = asked(onnx, rows)
  answers[name]["runtime"] = [list(row.values() if isinstance(row, dict) else row.tolist()) for row in more[0]] if more else first
  if hasattr(model, "predict_proba"):
    answers[name] |= {"keys": [str(c) for c in model.classes_], "chances": model.predict_proba(given).tolist()}
json.dump(answers, open(f"{folder}/answers.json", "w"))
os._exit(0)
`;

interface Answers {
  rows: Record<string, unknown>[];
  /** Of scikit-learn. */
  values: unknown[];
  /** Of ONNX Runtime in Python: numbers, or probabilities in the order of `keys`. */
  runtime: number[] | number[][];
  keys?: string[];
  chances?: number[][];
}

/** A class and its probabilities: by name where the graph ends in a ZipMap. */
interface Classified {
  output_label?: unknown;
  label?: unknown;
  output_probability?: Record<string, number>;
  probabilities?: number[];
}

test("load() gives scikit-learn's answers for what Python's MLflow saved as ONNX", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("sklearn-onnx", PACKAGES));
  const dir = Deno.makeTempDirSync();
  await runPython(python, SAVE, [dir]);
  const expected: Record<string, Answers> = JSON.parse(Deno.readTextFileSync(`${dir}/answers.json`));
  const store = await openStore({ kind: "directory", dir: `${dir}/store` });
  await using models = await openModels({ store, dir: `${dir}/registry` });
  const files = [...Deno.readDirSync(`${dir}/weights_beside`)].filter(isOfModel);
  expect(files, "weights_beside has a file of weights").toHaveLength(3);
  for (const name of Object.keys(expected)) await register(store, dir, name);

  expect((await models.get("trees@1")).reference).toEqual({ meanTarget: 12.5 });

  for (
    const [name, most] of [["regression", 1e-5], ["trees", 1e-5], ["doubles", 1e-6], ["weights_beside", 1e-6]] as const
  ) {
    const { rows, values, runtime } = expected[name]!;
    const answers = await (await models.load(`${name}@1`)).predict(rows);
    expect(furthest(answers, runtime as number[]), `${name} of the runtime`).toBeLessThan(1e-6);
    expect(furthest(answers, values as number[]), `${name} of scikit-learn`).toBeLessThan(most);
  }
  for (const name of ["classes", "flags", "pipeline", "double_classes"]) {
    const { rows, values, runtime, keys, chances } = expected[name]!;
    const model = await models.load<Classified>(`${name}@1`);
    const answers = await model.predict(rows);
    expect(answers.map(({ output_label, label }) => output_label ?? label), name).toEqual(values);
    const found = answers.flatMap(({ output_probability, probabilities }) =>
      probabilities ?? keys!.map((key) => output_probability![key]!)
    );
    expect(found).toHaveLength(200 * keys!.length);
    expect(furthest(found, runtime.flat()), `${name} of the runtime`).toBeLessThan(1e-6);
    expect(furthest(found, chances!.flat()), `${name} of scikit-learn`).toBeLessThan(1e-6);
  }
}, 300_000);

/** Registers a folder of Python's as version 1. */
async function register(store: Awaited<ReturnType<typeof openStore>>, dir: string, name: string): Promise<void> {
  await using handler = registryHandler({ store, dir: `${dir}/registry` });
  const client = registryClient(handler);
  const experiment = await client.ensureExperiment(name);
  const { info } = await client.createRun(experiment, { name, startMs: 0 });
  const source = `${info.artifact_uri}/model`;
  for (const file of [...Deno.readDirSync(`${dir}/${name}`)].filter(isOfModel).map(({ name }) => name)) {
    await client.putArtifact(`${source}/${file}`, Deno.readFileSync(`${dir}/${name}/${file}`));
  }
  await client.ensureModel(name);
  await client.createVersion({ name, source, runId: info.run_id, tags: {} });
}

function isOfModel({ name }: Deno.DirEntry): boolean {
  return name === "MLmodel" || name === "model.onnx" || name.endsWith(".data");
}

function furthest(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) : Infinity;
}
