import fc from "fast-check";
import { expect, test } from "vitest";
import { type ModelSignature, readSignature, type SignatureType, writeSignature } from "./signature.ts";

const TYPES: SignatureType[] = ["double", "float", "long", "integer", "string", "boolean"];
const named = { name: fc.string({ minLength: 1 }), type: fc.constantFrom(...TYPES) };
const nullable = fc.record({ ...named, nullable: fc.constant(true as const) });
const columns = fc.array(fc.oneof(fc.record(named), nullable), { minLength: 1 });

test("writeSignature() and readSignature() keep every signature", () => {
  fc.assert(fc.property(columns, columns, (inputs, outputs) => {
    expect(readSignature(writeSignature({ inputs, outputs }), "m@1")).toEqual({ inputs, outputs });
  }));
});

test("readSignature() keeps whether an input or an output may be null", () => {
  const signature: ModelSignature = {
    inputs: [{ name: "route", type: "string" }],
    outputs: [{ name: "minutes", type: "double", nullable: true }],
  };
  const written = writeSignature(signature);
  expect(written.outputs).toBe('[{"type":"double","name":"minutes","required":false}]');
  expect(readSignature(written, "m@1")).toEqual(signature);
  expect(readSignature({ ...written, inputs: written.outputs }, "m@1").inputs).toEqual([{
    name: "minutes",
    type: "double",
    nullable: true,
  }]);
});

test("writeSignature() writes the JSON that MLflow 3.17 writes for columns", () => {
  const signature: ModelSignature = {
    inputs: [{ name: "km", type: "double" }],
    outputs: [{ name: "min", type: "long" }],
  };
  expect(writeSignature(signature)).toEqual({
    inputs: '[{"type":"double","name":"km","required":true}]',
    outputs: '[{"type":"long","name":"min","required":true}]',
    params: null,
  });
});

const tensor = (dtype: string, shape: number[]) =>
  JSON.stringify([{ type: "tensor", "tensor-spec": { dtype, shape } }]);
const tensors = (...shapes: number[][]) =>
  JSON.stringify(
    shapes.map((shape, i) => ({ name: `x${i}`, type: "tensor", "tensor-spec": { dtype: "int32", shape } })),
  );

const taken: [string, string, ModelSignature["inputs"]][] = [
  ["an array", tensor("float32", [-1, 2]), [{ name: "0", type: "float" }, { name: "1", type: "float" }]],
  ["a list of numbers", tensor("float64", [-1]), [{ name: "0", type: "double" }]],
  ["named arrays", tensors([-1], [-1, 1]), [{ name: "x0", type: "integer" }, { name: "x1", type: "integer" }]],
  ["a named matrix", tensors([-1, 2]), [{ name: "0", type: "integer" }, { name: "1", type: "integer" }]],
  ["a column that may be missing", '[{"type":"long","name":"n","required":false}]', [
    { name: "n", type: "long", nullable: true },
  ]],
];
for (const [name, inputs, expected] of taken) {
  test(`readSignature() takes ${name} of Python's`, () => {
    expect(readSignature({ inputs, outputs }, "m@1").inputs).toEqual(expected);
  });
}

test("readSignature() takes the answers of a series, which Python gives no name", () => {
  const read = (text: string) => readSignature({ inputs: outputs, outputs: text }, "m@1").outputs;
  expect(read('[{"type":"double","required":true}]')).toEqual([{ name: "output", type: "double" }]);
  expect(read('[{"type":"string"}]')).toEqual([{ name: "output", type: "string" }]);
  expect(() => read('[{"type":"double"},{"type":"double"}]')).toThrow(
    "the outputs of its signature must be named columns",
  );
  expect(() => read('[{"type":"double","name":7}]')).toThrow("must be named columns");
});

test("readSignature() takes tensors as outputs, named or not", () => {
  const read = (text: string) => readSignature({ inputs: outputs, outputs: text }, "m@1").outputs;
  expect(read(tensor("float32", [-1, 3]))).toEqual([{ name: "output", type: "float" }]);
  expect(read(tensors([-1], [-1, 3]))).toEqual([{ name: "x0", type: "integer" }, { name: "x1", type: "integer" }]);
});

const outputs = '[{"type": "double", "name": "y"}]';
const refusals: [string, Parameters<typeof readSignature>[0], string][] = [
  [
    "nothing",
    undefined,
    "its MLmodel must have a signature of inputs and outputs: got none; log it with signature=infer",
  ],
  ["null", null, "must have a signature of inputs and outputs"],
  ["no outputs", { inputs: outputs, outputs: null }, "must have a signature of inputs and outputs"],
  ["no JSON", { inputs: "{", outputs }, "the inputs of its signature must be a list of columns: got {"],
  ["no list", { inputs: "{}", outputs }, "the inputs of its signature must be a list of columns: got {}"],
  [
    "an empty list",
    { inputs: outputs, outputs: "[]" },
    "the outputs of its signature must be a list of columns: got []",
  ],
  [
    "a column without a name",
    { inputs: '[{"type":"double"}]', outputs },
    'must be named columns of type double, float, long, integer, string or boolean: got {"type":"double"}',
  ],
  ["a date", { inputs: '[{"type":"datetime","name":"t"}]', outputs }, 'got {"type":"datetime","name":"t"}'],
  ["a tensor without rows", { inputs: tensor("float32", [4]), outputs }, "must be a row of values, [-1, k]"],
  ["a scalar", { inputs: tensor("float32", []), outputs }, "must be a row of values, [-1, k]"],
  ["an image", { inputs: tensor("float32", [-1, 28, 28]), outputs }, '"shape":[-1,28,28]}}; log it with a data frame'],
  ["a tensor of any width", { inputs: tensor("float32", [-1, -1]), outputs }, "must be a row of values, [-1, k]"],
  ["a tensor of a million columns", { inputs: tensor("float32", [-1, 1e6]), outputs }, "must be a row of values"],
  ["16 bit floats", { inputs: tensor("float16", [-1, 4]), outputs }, "must be of float64, float32, int64, int32, str,"],
  [
    "a type that objects have",
    { inputs: tensor("constructor", [-1]), outputs },
    "bool: got constructor; log it with one",
  ],
  [
    "a matrix beside others",
    { inputs: tensors([-1, 1], [-1, 4]), outputs },
    "of several named ones one value, [-1] or",
  ],
  ["16 bit answers", { inputs: outputs, outputs: tensor("float16", [-1]) }, "a tensor of the outputs of its signature"],
];

for (const [name, written, message] of refusals) {
  test(`readSignature() refuses ${name}`, () => {
    expect(() => readSignature(written, "m@1")).toThrow(TypeError);
    expect(() => readSignature(written, "m@1")).toThrow(`Cannot load "m@1" as`);
    expect(() => readSignature(written, "m@1")).toThrow(message);
  });
}
