import type { InferenceSession, Tensor } from "onnxruntime-node";
import { FIRST, type SignatureColumn, type SignatureType } from "../signature.ts";
import { answersOf, type OnnxAnswers } from "./_answers.ts";
import type { Beside } from "./external_data.ts";
import { dropZipMaps } from "./drop_zip_maps.ts";
import type { Feeds } from "./feeds.ts";

/** A model that runs. */
export interface OnnxSession extends AsyncDisposable {
  /** Columns that it takes, in the order of the graph. */
  readonly inputs: SignatureColumn[];
  /** What it gives, in the order of the graph; of a matrix or of probabilities the type of their numbers. */
  readonly outputs: SignatureColumn[];
  /** Whether it takes one matrix. */
  readonly isMatrix: boolean;
  /** Computes outputs: of one an answer per row, of several a record per row; `label` in place of that it was opened by. */
  run(feeds: Feeds, outputs: readonly string[], label?: string): Promise<OnnxAnswers>;
}

const TYPES: Readonly<Record<string, SignatureType>> = {
  float64: "double",
  float32: "float",
  int64: "long",
  int32: "integer",
  string: "string",
  bool: "boolean",
};
const TAKEN = Object.keys(TYPES).join(", ");
const TENSOR_TYPES = Object.fromEntries(Object.entries(TYPES).map(([tensor, type]) => [type, tensor]));
const ARRAYS = { double: Float64Array, float: Float32Array, integer: Int32Array } as const;

const OPTIONS: InferenceSession.SessionOptions = {
  // A row takes microseconds: more threads only take the cores of the answers beside it.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Weights outside the bytes and `beside` would be read from the working folder, and the digest would not cover them.
  extra: { session: { model_external_initializers_file_folder_path: "/dev/null/none" } },
};

/**
 * Opens a model in ONNX Runtime, which is loaded at the first call. Inputs are one column each, of shape [N] or [N, 1],
 * or one matrix [N, k].
 *
 * @param onnx bytes of an .onnx file
 * @param label what is opened, for messages
 * @param columns names of the k columns of a matrix, in its order; not looked at when inputs are columns, but for an
 * only column that is named by its place
 * @param beside files that it keeps weights in, by name; no other is read
 * @returns the model; dispose of it to free its memory
 * @throws {TypeError} when the bytes are no model that the runtime takes, or an input or output is none of these
 */
export async function openOnnx(
  onnx: Uint8Array,
  label: string,
  columns: readonly string[] = [],
  beside: Beside = new Map(),
): Promise<OnnxSession> {
  const runtime = await import("onnxruntime-node");
  const { onnx: bytes, zipMaps } = dropZipMaps(onnx);
  const externalData = [...beside].map(([path, data]) => ({ path, data }));
  const session = await runtime.InferenceSession.create(bytes, { ...OPTIONS, externalData }).catch((cause) => {
    throw new TypeError(`Cannot open "${label}" as ${reasonOf(cause)}`, { cause });
  });
  const matrix = matrixOf(session.inputMetadata, columns, label);
  const inputs = matrix?.columns ?? session.inputMetadata.map((value) => columnOf(value, label));
  const metadata = new Map(session.outputMetadata.map((value) => [value.name, value]));
  const byTensor = new Map([...zipMaps].map(([output, { tensor }]) => [tensor, output]));
  const outputs = session.outputMetadata.map((value) => {
    const output = byTensor.get(value.name) ?? value.name;
    return { name: output, type: outputType(metadata.get(value.name)!, output, label) };
  });
  const ranks = new Map(session.inputMetadata.map((value) => [value.name, value.isTensor ? value.shape.length : 0]));
  const tensorOf = ({ name, type }: SignatureColumn, { columns, count }: Feeds): Tensor =>
    new runtime.Tensor(
      TENSOR_TYPES[type] as "float64",
      columns.get(name)! as Float64Array,
      ranks.get(name) === 2 ? [count, 1] : [count],
    );
  return {
    inputs,
    outputs,
    isMatrix: matrix !== null,
    run: async (feeds, names, asked = label) => {
      if (feeds.count === 0) return [];
      const tensors: Record<string, Tensor> = {};
      if (matrix) {
        const { name, type } = matrix;
        tensors[name] = new runtime.Tensor(
          TENSOR_TYPES[type] as "float64",
          packRows(feeds, inputs) as Float64Array,
          ranks.get(name) === 1 ? [feeds.count] : [feeds.count, inputs.length],
        );
      } else for (const input of inputs) tensors[input.name] = tensorOf(input, feeds);
      const computed = names.map((name) => zipMaps.get(name)?.tensor ?? name);
      const found = await session.run(tensors, computed);
      return answersOf(
        asked,
        feeds.count,
        names.map((name, i) => ({ name, tensor: found[computed[i]!]!, classes: zipMaps.get(name)?.classes })),
      );
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

interface Matrix {
  name: string;
  type: SignatureType;
  columns: SignatureColumn[];
}

function matrixOf(
  metadata: readonly InferenceSession.ValueMetadata[],
  names: readonly string[],
  label: string,
): Matrix | null {
  const [value] = metadata;
  if (metadata.length !== 1 || !value?.isTensor || value.shape.length > 2) return null;
  const type = TYPES[value.type], width = value.shape[1] ?? 1;
  const isPlaced = names.length === 1 && names[0] === FIRST;
  if (width === 1 && !isPlaced) return null;
  if (typeof value.shape[0] !== "string" || type === undefined) return null;
  if (names.length > 0 && (typeof width === "string" || width === names.length)) {
    return { name: value.name, type, columns: names.map((name) => ({ name, type })) };
  }
  throw new TypeError(
    `Cannot open "${label}" as its input "${value.name}" is a matrix [N, ${width}], so that its signature must name ` +
      `${typeof width === "number" ? width : "its"} columns in its order: got ${names.length}`,
  );
}

/** Rows one after the other, as a matrix has them. */
function packRows({ columns, count }: Feeds, inputs: readonly SignatureColumn[]): ArrayLike<unknown> {
  const { type } = inputs[0]!, width = inputs.length, size = count * width;
  const into =
    (type === "long"
      ? new BigInt64Array(size)
      : type === "boolean"
      ? new Uint8Array(size)
      : type === "string"
      ? new Array<string>(size)
      : new ARRAYS[type](size)) as unknown[];
  inputs.forEach(({ name }, column) => {
    const values = columns.get(name)!;
    for (let row = 0; row < count; row++) into[row * width + column] = values[row];
  });
  return into;
}

function columnOf(value: InferenceSession.ValueMetadata, label: string): SignatureColumn {
  const type = value.isTensor ? TYPES[value.type] : undefined;
  const shape = value.isTensor ? value.shape : [];
  const isColumn = typeof shape[0] === "string" && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (type && isColumn) return { name: value.name, type };
  throw new TypeError(
    `Cannot open "${label}" as input "${value.name}" must be one column [N] or [N, 1], or the only input and a matrix ` +
      `[N, k], of ${TAKEN}: got ${shownShape(value)}${type ? "" : "; cast it in the graph"}`,
  );
}

function outputType(value: InferenceSession.ValueMetadata, name: string, label: string): SignatureType {
  const type = value.isTensor ? TYPES[value.type] : undefined;
  if (type && value.isTensor && value.shape.length <= 2) return type;
  throw new TypeError(
    `Cannot open "${label}" as output "${name}" must be a column [N] or a matrix [N, k] of ${TAKEN}, or maps of a ` +
      `ZipMap: got ${shownShape(value)}; ${
        value.isTensor ? "reshape or cast it in the graph" : 'export it without (skl2onnx: options={"zipmap": False})'
      }`,
  );
}

function shownShape(value: InferenceSession.ValueMetadata): string {
  return value.isTensor ? `${value.type}[${value.shape.join(", ")}]` : "a sequence or a map";
}

/** ONNX Runtime's message, or of an operator set or file version that is too new what to do. */
function reasonOf(cause: unknown): string {
  const text = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
  const opset = /Opset (\d+) is under development.*official support for domain (\S+) is till opset (\d+)/.exec(text);
  if (opset) {
    const [, found, domain, most] = opset;
    return `its operators must be of opset ${most} or older of ${domain}: got opset ${found}; ` +
      `export it again with an older one (skl2onnx: target_opset=${most})`;
  }
  const ir = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(text);
  if (ir) return `its IR version must be ${ir[2]} or older: got ${ir[1]}; export it again with an older onnx package`;
  if (/External data path|should be stored in|External file: .* not found/.test(text)) {
    return "its weights must lie within its ONNX, or those of its outermost graph in files beside it: " +
      `${text}; save it as one file (mlflow.onnx.log_model: save_as_external_data=False)`;
  }
  return `onnxruntime must take its ONNX: ${text}`;
}
