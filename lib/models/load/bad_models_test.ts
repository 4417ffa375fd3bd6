import { expect, test } from "vitest";
import { stringify } from "yaml";
import { openStore } from "../../store/mod.ts";
import { registryClient } from "../client/registry_client.ts";
import { openModels } from "../models.ts";
import { ATTRIBUTE_TYPE, encodeModel } from "../onnx/_onnx_proto.ts";
import { registryHandler } from "../registry/registry_handler.ts";
import type { PredictInput } from "./feeds.ts";

/** Numbers of TensorProto.DataType. */
const TYPE = { float: 1, int8: 3, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, double: 11 };

type Value = [name: string, type: keyof typeof TYPE, shape: (number | "N")[]];

/** A graph that answers with its first input, as `y` of another type where one is given. */
function graphOf(inputs: Value[], answer: keyof typeof TYPE = inputs[0]![1], opset = 13): Uint8Array {
  const value = ([name, type, shape]: Value) => ({
    name,
    type: {
      tensorType: {
        elemType: TYPE[type],
        shape: { dim: shape.map((size) => typeof size === "string" ? { dimParam: size } : { dimValue: size }) },
      },
    },
  });
  const [first] = inputs as [Value];
  const to = { name: "to", i: TYPE[answer], type: ATTRIBUTE_TYPE.int };
  return encodeModel({
    irVersion: 7,
    opsetImport: [{ version: opset }],
    graph: {
      name: "g",
      node: [{ opType: "Cast", input: [first[0]], output: ["y"], attribute: [to] }],
      input: inputs.map(value),
      output: [value(["y", answer, first[2]])],
    },
  });
}

const column = (name: string, type: string, required = true) => ({ type, name, required });
const tensor = (dtype: string, shape: number[], name?: string) => ({
  type: "tensor",
  name,
  "tensor-spec": { dtype, shape },
});

const Y = [column("y", "double")];
const KM: Value = ["km", "double", ["N"]];

interface Logged {
  onnx: Uint8Array;
  inputs?: unknown[] | null;
  outputs?: unknown[] | null;
  flavors?: Record<string, unknown>;
  input?: PredictInput;
}

/** Registers what a client of Python could have logged, loads it, and asks it. */
async function ask({ onnx, inputs = null, outputs = Y, flavors, input = [] }: Logged): Promise<unknown> {
  const dir = Deno.makeTempDirSync();
  const store = await openStore({ kind: "directory", dir });
  await using handler = registryHandler({ store, dir });
  const client = registryClient(handler);
  const { info } = await client.createRun(await client.ensureExperiment("m"), { name: "m", startMs: 0 });
  const source = `${info.artifact_uri}/model`;
  const signature = inputs &&
    { inputs: JSON.stringify(inputs), outputs: outputs && JSON.stringify(outputs), params: null };
  const text = stringify({ flavors: flavors ?? { onnx: { data: "model.onnx" } }, signature });
  await client.putArtifact(`${source}/MLmodel`, new TextEncoder().encode(text));
  await client.putArtifact(`${source}/model.onnx`, onnx);
  await client.ensureModel("m");
  await client.createVersion({ name: "m", source, runId: info.run_id, tags: {} });
  await using models = await openModels({ store, dir });
  return await (await models.load<unknown>("m@1")).predict(input);
}

const ONE = { onnx: graphOf([KM]), inputs: [column("km", "double")] };
const MATRIX = graphOf([["X", "float", ["N", 2]]]);

const refused: [string, Logged, string][] = [
  [
    "no signature",
    { onnx: ONE.onnx },
    "must have a signature of inputs and outputs: got none; log it with signature=infer",
  ],
  ["a signature without outputs", { ...ONE, outputs: null }, "must have a signature of inputs and outputs: got none"],
  [
    "a column that the graph has not",
    { ...ONE, inputs: [column("km", "double"), column("hour", "long")] },
    "km (double): got hour (long), km (double)",
  ],
  [
    "a column that the signature has not",
    { ...ONE, onnx: graphOf([KM, ["hour", "int64", ["N"]]]) },
    "hour (long), km (double): got km (double)",
  ],
  [
    "numbers for texts",
    { ...ONE, inputs: [column("km", "string")] },
    "those of its ONNX, km (double): got km (string)",
  ],
  [
    "a date",
    { ...ONE, inputs: [column("km", "datetime")] },
    "named columns of type double, float, long, integer, string or boolean",
  ],
  [
    "an answer that the graph has not",
    { ...ONE, outputs: [column("z", "double")] },
    "the outputs of its signature must be those of its ONNX, y (double): got z (double)",
  ],
  [
    "whole numbers as answers where there are fractions",
    { ...ONE, outputs: [column("y", "long")] },
    "y (double): got y (long)",
  ],
  ["a tensor of three axes", { ...ONE, inputs: [tensor("float32", [-1, 2, 2])] }, "must be a row of values, [-1, k]"],
  [
    "a tensor wider than the matrix",
    { onnx: MATRIX, inputs: [tensor("float32", [-1, 3])] },
    'its input "X" is a matrix [N, 2], so that its signature must name 2 columns in its order: got 3',
  ],
  [
    "a tensor of 16 bit floats",
    { ...ONE, inputs: [tensor("float16", [-1, 1])] },
    "must be of float64, float32, int64, int32, str, object, bool: got float16",
  ],
  [
    "16 bit floats in the graph",
    { ...ONE, onnx: graphOf([["km", "float16", ["N"]]]) },
    "float64, float32, int64, int32, string, bool: got float16[N]; cast it in the graph",
  ],
  [
    "8 bit integers in the graph",
    { ...ONE, onnx: graphOf([["km", "int8", ["N"]]]) },
    "got int8[N]; cast it in the graph",
  ],
  [
    "16 bit floats as answers",
    { ...ONE, onnx: graphOf([KM], "float16") },
    'output "y" must be a column [N] or a matrix [N, k] of float64, float32, int64, int32, string, bool',
  ],
  [
    "a number of rows that is fixed",
    { ...ONE, onnx: graphOf([["km", "double", [1]]]) },
    'input "km" must be one column [N] or [N, 1]',
  ],
  [
    "an opset of the future",
    { ...ONE, onnx: graphOf([KM], "double", 99) },
    "must be of opset 26 or older of ai.onnx: got opset 99; export it again",
  ],
  ["no ONNX", { ...ONE, onnx: new TextEncoder().encode("<html>") }, "onnxruntime must take its ONNX: "],
  ["a pickle", {
    ...ONE,
    flavors: { sklearn: { pickled_model: "model.pkl" }, python_function: { loader_module: "mlflow.sklearn" } },
  }, "got sklearn, which is pickled Python; convert it there with skl2onnx"],
  ["NaN", { ...ONE, input: [{ km: NaN }] }, 'column "km" must be a finite number: got NaN at row 0'],
  [
    "a row without the column",
    { ...ONE, input: [{ km: 1 }, {}] },
    'column "km" must be a finite number: got nothing at row 1',
  ],
  ["a text", { ...ONE, input: [{ km: "1" }] }, 'column "km" must be a finite number: got "1" at row 0'],
  ["a row that is too short", {
    onnx: MATRIX,
    inputs: [tensor("float32", [-1, 2])],
    outputs: [tensor("float32", [-1, 2])],
    input: [[1]],
  }, 'column "1" must be a finite 32 bit number: got nothing at row 0'],
  ["a missing whole number", {
    onnx: graphOf([["n", "int64", ["N"]]]),
    inputs: [column("n", "long", false)],
    outputs: [column("y", "long")],
    input: [{}],
  }, 'optional column "n" must have a value where its graph takes a whole number'],
];

for (const [name, logged, message] of refused) {
  test(`load() and predict() refuse ${name}`, async () => {
    const error = await ask(logged).then(() => new Error("answered"), (cause) => cause as Error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^Cannot (load|open|predict with) "m@1" as /);
    expect(error.message).toContain(message);
  });
}

const taken: [string, Logged, unknown[]][] = [
  ["an array of rows", {
    onnx: MATRIX,
    inputs: [tensor("float32", [-1, 2])],
    outputs: [tensor("float32", [-1, 2])],
    input: [[1, 2], [3, 4]],
  }, [[1, 2], [3, 4]]],
  ["an array of one column", {
    onnx: graphOf([["X", "float", ["N", 1]]]),
    inputs: [tensor("float32", [-1, 1])],
    outputs: [tensor("float32", [-1, 1])],
    input: [[1], [3]],
  }, [1, 3]],
  ["an array without columns", {
    onnx: graphOf([["X", "double", ["N"]]]),
    inputs: [tensor("float64", [-1])],
    outputs: [tensor("float64", [-1])],
    input: [[1], { 0: 3 }],
  }, [1, 3]],
  ["named arrays", {
    onnx: graphOf([["a", "int32", ["N", 1]], ["b", "bool", ["N"]]]),
    inputs: [tensor("int32", [-1, 1], "a"), tensor("bool", [-1], "b")],
    outputs: [tensor("int32", [-1, 1], "y")],
    input: [{ a: 1, b: true }],
  }, [1]],
  ["32 bit integers", {
    onnx: graphOf([["n", "int32", ["N"]]]),
    inputs: [column("n", "integer")],
    outputs: [column("y", "integer")],
    input: [{ n: -5 }],
  }, [-5]],
  ["64 bit integers", {
    onnx: graphOf([["n", "int64", ["N"]]]),
    inputs: [column("n", "long")],
    outputs: [column("y", "long")],
    input: [{ n: 2 ** 52 }],
  }, [2 ** 52]],
  ["floats where the signature says doubles", {
    onnx: graphOf([["km", "float", ["N"]]]),
    inputs: [column("km", "double")],
    input: [{ km: 0.5 }],
  }, [0.5]],
  ["missing numbers", {
    ...ONE,
    inputs: [column("km", "double", false)],
    input: [{ km: 1 }, {}, { km: null }, { km: NaN }],
  }, [1, NaN, NaN, NaN]],
];

for (const [name, logged, answers] of taken) {
  test(`load() and predict() take ${name}`, async () => {
    expect(await ask(logged)).toEqual(answers);
  });
}
