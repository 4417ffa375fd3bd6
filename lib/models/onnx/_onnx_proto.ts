import protobuf from "protobufjs";

type Fields = Record<string, [rule: "optional" | "repeated", type: string, id: number]>;

/** The part of onnx.proto that additive models need (ONNX 1.12, onnx/onnx.proto). */
const MESSAGES: Record<string, Fields> = {
  ModelProto: {
    irVersion: ["optional", "int64", 1],
    producerName: ["optional", "string", 2],
    graph: ["optional", "GraphProto", 7],
    opsetImport: ["repeated", "OperatorSetIdProto", 8],
  },
  OperatorSetIdProto: { domain: ["optional", "string", 1], version: ["optional", "int64", 2] },
  GraphProto: {
    node: ["repeated", "NodeProto", 1],
    name: ["optional", "string", 2],
    initializer: ["repeated", "TensorProto", 5],
    input: ["repeated", "ValueInfoProto", 11],
    output: ["repeated", "ValueInfoProto", 12],
  },
  NodeProto: {
    input: ["repeated", "string", 1],
    output: ["repeated", "string", 2],
    name: ["optional", "string", 3],
    opType: ["optional", "string", 4],
    attribute: ["repeated", "AttributeProto", 5],
    domain: ["optional", "string", 7],
  },
  AttributeProto: {
    name: ["optional", "string", 1],
    i: ["optional", "int64", 3],
    ints: ["repeated", "int64", 8],
    strings: ["repeated", "bytes", 9],
    type: ["optional", "int32", 20],
  },
  TensorProto: {
    dims: ["repeated", "int64", 1],
    dataType: ["optional", "int32", 2],
    name: ["optional", "string", 8],
    rawData: ["optional", "bytes", 9],
  },
  ValueInfoProto: { name: ["optional", "string", 1], type: ["optional", "TypeProto", 2] },
  TypeProto: { tensorType: ["optional", "TensorTypeProto", 1] },
  TensorTypeProto: { elemType: ["optional", "int32", 1], shape: ["optional", "TensorShapeProto", 2] },
  TensorShapeProto: { dim: ["repeated", "DimensionProto", 1] },
  DimensionProto: { dimValue: ["optional", "int64", 1], dimParam: ["optional", "string", 2] },
};

/** Numbers of TensorProto.DataType. */
export const TENSOR_TYPE = { int64: 7, string: 8, double: 11 } as const;

/** Numbers of AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { int: 2, ints: 7, strings: 8 } as const;

/**
 * Encodes a model; the same object gives the same bytes.
 *
 * @param model a ModelProto as a plain object, fields in camel case
 * @returns the bytes of an .onnx file
 */
export function encodeModel(model: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(modelProto().encode(model).finish());
}

function modelProto(): protobuf.Type {
  const nested = Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [name, { fields: spell(fields) }]),
  );
  return protobuf.Root.fromJSON({ nested }).lookupType("ModelProto");
}

function spell(fields: Fields): Record<string, protobuf.IField> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, [rule, type, id]]) => [
      name,
      // proto2 packs nothing unless told, and readers of ONNX accept both.
      { type, id, ...(rule === "repeated" ? { rule, options: { packed: false } } : {}) },
    ]),
  );
}
