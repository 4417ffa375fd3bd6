import { expect, test } from "vitest";
import { readMlModel, writeMlModel } from "./ml_model.ts";

const SIGNATURE = {
  inputs: [{ name: "km", type: "double" as const }],
  outputs: [{ name: "y", type: "double" as const }],
};
const write = (data: string) =>
  writeMlModel({ flavour: "onnx", settings: {}, data, signature: SIGNATURE, reference: {}, inputs: [] }, {
    id: "r",
    startMs: 0,
  });
const TEXT = write("model.onnx");

test("readMlModel() takes an artefact beside MLmodel or in a folder below", () => {
  for (const data of ["model.onnx", "data/model v1.onnx", "a..b/x...onnx"]) {
    expect(readMlModel(write(data), "m@1").data).toBe(data);
  }
});

const PATHS = [
  "../other/model.onnx",
  "a/../../model.onnx",
  "..",
  ".",
  "",
  "/etc/passwd",
  "a//b",
  "a\\..\\b",
  "file:///etc/passwd",
];
for (const path of [...PATHS, "s3://bucket/model.onnx", "C:model.onnx"]) {
  test(`readMlModel() refuses the artefact "${path}"`, () => {
    expect(() => readMlModel(write(path), "m@1")).toThrow(
      `Cannot load "m@1" as the data of its onnx flavour must be a path below MLmodel: got "${path}"`,
    );
  });
}

const ours = "  onnx:\n    code: null\n    data: model.onnx\n    providers:\n      - CPUExecutionProvider\n";
const refusals: [string, string, string][] = [
  [
    "sklearn",
    TEXT.replace("  onnx:", "  sklearn:"),
    "got sklearn, which is pickled Python; convert it there with skl2onnx",
  ],
  [
    "xgboost",
    TEXT.replace("  onnx:", "  xgboost:"),
    "got xgboost, which Python alone runs; convert it there with onnxmltools.convert_xgboost",
  ],
  [
    "lightgbm",
    TEXT.replace("  onnx:", "  lightgbm:"),
    "Python alone runs; convert it there with onnxmltools.convert_lightgbm",
  ],
  [
    "spark",
    TEXT.replace("  onnx:", "  spark:"),
    "Python alone runs; convert it there with onnxmltools.convert_sparkml(model",
  ],
  [
    "tensorflow",
    TEXT.replace("  onnx:", "  tensorflow:"),
    "alone runs; convert it there with python -m tf2onnx.convert",
  ],
  [
    "pytorch",
    TEXT.replace("  onnx:", "  pytorch:"),
    "got pytorch, which is pickled Python; convert it there with torch.onnx",
  ],
  [
    "a flavour that it does not know",
    TEXT.replace("  onnx:", "  diviner:"),
    "with the ONNX exporter of its framework, and",
  ],
  [
    "no flavour at all",
    TEXT.replace(ours, "").replace(/ {2}python_function:\n( {4}.*\n)+/, "  {}\n"),
    "got none, log it with",
  ],
  [
    "a python_function alone",
    TEXT.replace(ours, "").replace("mlflow.onnx", "mlflow.pyfunc.model"),
    "got python_function of mlflow.pyfunc.model, which is pickled Python",
  ],
  [
    "ONNX that Python loads otherwise",
    TEXT.replace("loader_module: mlflow.onnx", "loader_module: evil"),
    "the loader_module of its python_function must be mlflow.onnx: got evil",
  ],
];
for (const [name, text, message] of refusals) {
  test(`readMlModel() refuses ${name}`, () => {
    expect(() => readMlModel(text, "m@1")).toThrow(TypeError);
    expect(() => readMlModel(text, "m@1")).toThrow(message);
  });
}

test("readMlModel() refuses aliases that unfold into billions", () => {
  const letters = [..."abcdefghij"];
  const bomb = letters.map((letter, i) =>
    `${letter}: &${letter} [${Array(9).fill(i === 0 ? "x" : `*${letters[i - 1]}`).join(", ")}]`
  );
  expect(() => readMlModel(`${TEXT}${bomb.join("\n")}\n`, "m@1")).toThrow(
    "Cannot read m@1/MLmodel as YAML: Excessive alias count",
  );
});
