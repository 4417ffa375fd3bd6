import { expect, test } from "vitest";
import type { Json } from "../../lib/events/mod.ts";
import type { SignatureType } from "../../lib/models/mod.ts";
import { Problem } from "../http/mod.ts";
import { byOutput, inferAnswer, modelMetadata, readInfer } from "./oip.ts";
import type { ServedModel } from "./served_models.ts";

const column = (name: string, type: SignatureType) => ({ name, type });
const MODEL: ServedModel = {
  name: "delay",
  version: "3",
  digest: "0".repeat(64),
  signature: {
    inputs: [
      column("km", "double"),
      column("ratio", "float"),
      column("id", "long"),
      column("hour", "integer"),
      column("route", "string"),
    ],
    outputs: [column("minutes", "double"), column("chances", "float")],
  },
  sample: { minutes: 1, chances: { late: 0.25, fine: 0.75 } },
};
const VALUES = {
  km: ["FP64", 1.5],
  ratio: ["FP32", 0.5],
  id: ["INT64", 7],
  hour: ["INT32", -4],
  route: ["BYTES", "A"],
};

/** A request of one row, with one of its inputs changed. */
function request(name?: string, part: Record<string, Json> = {}): { inputs: Record<string, Json>[] } {
  const inputs = Object.entries(VALUES).map(([each, [datatype, value]]) => ({
    name: each,
    shape: [1],
    datatype: datatype!,
    data: [value!],
    ...(each === name ? part : {}),
  }));
  return { inputs };
}

test("readInfer() takes each type of a signature, in any order, flat or nested", () => {
  expect(readInfer(request() as Json, MODEL)).toEqual({
    id: null,
    columns: { km: [1.5], ratio: [0.5], id: [7], hour: [-4], route: ["A"] },
    count: 1,
    wanted: null,
  });
  const { inputs } = request("km", { shape: [1, 1], data: [[2]] });
  const asked = { id: "mine", inputs: inputs.toReversed(), outputs: [{ name: "minutes" }], parameters: { any: true } };
  expect(readInfer(asked as Json, MODEL)).toMatchObject({
    id: "mine",
    columns: { km: [2] },
    count: 1,
    wanted: ["minutes"],
  });
});

test("readInfer() lets inputs that may be missing be left out or null, and no others", () => {
  const inputs = MODEL.signature.inputs.map((one) => one.name === "id" ? one : { ...one, nullable: true as const });
  const model = { ...MODEL, signature: { ...MODEL.signature, inputs } };
  const [km, , id] = request().inputs;
  expect(readInfer({ inputs: [id!] }, model).columns).toEqual({ id: [7] });
  expect(readInfer({ inputs: [id!, { ...km!, data: [null] }] }, model).columns).toEqual({ id: [7], km: [null] });
  expect(() => readInfer({ inputs: [km!] }, model)).toThrow(
    'Input "id" is missing: model "delay@3" takes km (FP64, optional), ratio (FP32, optional), id (INT64), hour',
  );
  expect(() => readInfer({ inputs: [{ ...id!, data: [null] }] }, model)).toThrow("(INT64): got null at row 0");
  expect(() => readInfer({ inputs: [id!, { ...km!, data: ["x"] }] }, model)).toThrow(
    'Input "km" must hold finite numbers or null (FP64): got "x" at row 0',
  );
});

test("inferAnswer() writes a missing value as null", () => {
  const asked = readInfer(request() as Json, MODEL);
  const one = { ...MODEL, signature: { ...MODEL.signature, outputs: [column("m", "double")] } };
  expect(inferAnswer(one, asked, "d", byOutput([null, 1], one.signature))).toMatchObject({
    outputs: [{ name: "m", shape: [2], datatype: "FP64", data: [null, 1] }],
  });
});

const data = (value: Json) => ({ data: [value] });
test.each<[string, Json, string]>([
  ["a list", [], "/ is wrong"],
  ["no inputs", {}, "/inputs is wrong"],
  [
    "a missing input",
    { inputs: request().inputs.slice(1) },
    'Input "km" is missing: model "delay@3" takes km (FP64), ',
  ],
  [
    "an unknown input",
    request("km", { name: "miles" }) as Json,
    'Input "miles" is not known: model "delay@3" takes km',
  ],
  ["an inherited name", request("km", { name: "toString" }) as Json, 'Input "toString" is not known'],
  ["an input twice", request("ratio", { name: "km", datatype: "FP64" }) as Json, 'Input "km" is there twice'],
  ["another datatype", request("km", { datatype: "FP32" }) as Json, 'Input "km" must be of datatype FP64: got FP32'],
  ["a matrix", request("km", { shape: [1, 2] }) as Json, "must be one column, of shape [N] or [N, 1]: got [1, 2]"],
  ["a scalar", request("km", { shape: [] }) as Json, "must be one column, of shape [N] or [N, 1]: got []"],
  ["another count", request("id", { shape: [2] }) as Json, 'Input "id" must have 1 rows like the first input: got 2'],
  ["too few values", request("km", { data: [] }) as Json, "must have 1 values as its shape says: got 0"],
  ["rows nested wrongly", request("km", { shape: [1, 1], data: [[1, 2]] }) as Json, "got [1,2] at row 0"],
  ["binary data", request("km", { parameters: { binary_data_size: 8 } }) as Json, "binary tensors are not in this"],
  ["null", request("km", data(null)) as Json, 'Input "km" must hold finite numbers (FP64): got null at row 0'],
  ["a text as number", request("km", data("7")) as Json, 'must hold finite numbers (FP64): got "7" at row 0'],
  ["a float past 32 bits", request("ratio", data(1e39)) as Json, "finite numbers of 32 bits (FP32): got 1e+39"],
  ["a fraction", request("id", data(1.5)) as Json, "whole numbers up to 2^53 (INT64): got 1.5"],
  ["a long that lost digits", request("id", data(2 ** 53)) as Json, "up to 2^53 (INT64): got 9007199254740992"],
  ["an integer past 32 bits", request("hour", data(2 ** 31)) as Json, "of 32 bits (INT32): got 2147483648"],
  ["a number as text", request("route", data(7)) as Json, "must hold texts (BYTES): got 7 at row 0"],
  ["another output", { ...request(), outputs: [{ name: "x" }] } as Json, 'Output "x" is not known: model "delay@3"'],
])("readInfer() refuses %s", (_, body, message) => {
  const refused = () => readInfer(body, MODEL);
  expect(refused).toThrow(Problem);
  expect(refused).toThrow(message);
});

test("inferAnswer() writes values, matrices and probabilities by class, of the outputs that are wanted", () => {
  const rows = [{ minutes: 3, chances: { late: 0.5, fine: 0.5 } }, { minutes: 4, chances: { late: 0, fine: 1 } }];
  const answers = byOutput(rows, MODEL.signature);
  const asked = readInfer(request() as Json, MODEL);
  const minutes = { name: "minutes", shape: [2], datatype: "FP64", data: [3, 4] };
  expect(inferAnswer(MODEL, asked, "d", answers)).toEqual({
    model_name: "delay",
    model_version: "3",
    id: "d",
    parameters: { decision: "d" },
    outputs: [
      minutes,
      {
        name: "chances",
        shape: [2, 2],
        datatype: "FP32",
        parameters: { classes: '["late","fine"]' },
        data: [0.5, 0.5, 0, 1],
      },
    ],
  });
  expect(inferAnswer(MODEL, { ...asked, wanted: ["minutes"] }, "d", answers)).toMatchObject({ outputs: [minutes] });
  const one = { ...MODEL, signature: { ...MODEL.signature, outputs: [column("m", "long")] } };
  expect(inferAnswer(one, asked, "d", byOutput([[1, 2, 3], [4, 5, 6]], one.signature))).toMatchObject({
    outputs: [{ name: "m", shape: [2, 3], datatype: "INT64", data: [1, 2, 3, 4, 5, 6] }],
  });
  expect(modelMetadata(MODEL)).toMatchObject({
    outputs: [
      { name: "minutes", datatype: "FP64", shape: [-1] },
      { name: "chances", datatype: "FP32", shape: [-1, 2], parameters: { classes: '["late","fine"]' } },
    ],
  });
  expect(modelMetadata({ ...MODEL, sample: null })).toMatchObject({ outputs: [{ shape: [-1] }, { shape: [-1] }] });
});
