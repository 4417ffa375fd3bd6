import fc from "fast-check";
import { expect, test } from "vitest";
import { type ModelSignature, readSignature, type SignatureType, writeSignature } from "./signature.ts";

const TYPES: SignatureType[] = ["double", "float", "long", "integer", "string", "boolean"];
const columns = fc.array(fc.record({ name: fc.string({ minLength: 1 }), type: fc.constantFrom(...TYPES) }), {
  minLength: 1,
});

test("writeSignature() and readSignature() keep every signature", () => {
  fc.assert(fc.property(columns, columns, (inputs, outputs) => {
    expect(readSignature(writeSignature({ inputs, outputs }), "m@1")).toEqual({ inputs, outputs });
  }));
});

test("readSignature() keeps whether an output may be null, and needs every input", () => {
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

const outputs = '[{"type": "double", "name": "y"}]';
const refusals: [string, Parameters<typeof readSignature>[0], string][] = [
  ["nothing", undefined, "its MLmodel must have a signature of inputs and outputs: got none; log it with one"],
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
  [
    "a tensor",
    { inputs: '[{"type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,4]}}]', outputs },
    '"tensor-spec"',
  ],
];

for (const [name, written, message] of refusals) {
  test(`readSignature() refuses ${name}`, () => {
    expect(() => readSignature(written, "m@1")).toThrow(TypeError);
    expect(() => readSignature(written, "m@1")).toThrow(`Cannot load "m@1" as`);
    expect(() => readSignature(written, "m@1")).toThrow(message);
  });
}
