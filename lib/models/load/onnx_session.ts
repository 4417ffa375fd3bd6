import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Feeds } from "./feeds.ts";
import type { SignatureColumn, SignatureType } from "../signature.ts";

/** A model that runs. */
export interface OnnxSession extends AsyncDisposable {
  /** Columns that it takes, in the order of the graph. */
  readonly inputs: SignatureColumn[];
  /** Columns that it gives. */
  readonly outputs: SignatureColumn[];
  /** Computes one output column, a value per row. */
  run(feeds: Feeds, output: string): Promise<number[]>;
}

const TYPES: Readonly<Record<string, SignatureType>> = {
  float64: "double",
  float32: "float",
  int64: "long",
  int32: "integer",
  string: "string",
};
const TENSOR_TYPES = Object.fromEntries(Object.entries(TYPES).map(([tensor, type]) => [type, tensor]));

const OPTIONS: InferenceSession.SessionOptions = {
  // A row takes microseconds: more threads only take the cores of the answers beside it.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Weights outside the bytes would be read from the working folder, and the digest would not cover them.
  extra: { session: { model_external_initializers_file_folder_path: "/dev/null/none" } },
};

/**
 * Opens a model in ONNX Runtime, which is loaded at the first call. Inputs are one column each, of shape [N] or [N, 1].
 *
 * @param onnx bytes of an .onnx file, its weights within
 * @param label what is opened, for messages
 * @returns the model; dispose of it to free its memory
 * @throws {TypeError} when the bytes are no model that the runtime takes, or an input or output is no such column
 */
export async function openOnnx(onnx: Uint8Array, label: string): Promise<OnnxSession> {
  const runtime = await import("onnxruntime-node");
  const session = await runtime.InferenceSession.create(onnx, OPTIONS).catch((cause) => {
    throw new TypeError(`Cannot open "${label}" as onnxruntime must take its ONNX: ${reasonOf(cause)}`, { cause });
  });
  const inputs = session.inputMetadata.map((value) => columnOf(value, "input", label));
  const outputs = session.outputMetadata.map((value) => columnOf(value, "output", label));
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
    run: async (feeds, output) => {
      if (feeds.count === 0) return [];
      const tensors: Record<string, Tensor> = {};
      for (const input of inputs) tensors[input.name] = tensorOf(input, feeds);
      const { data } = (await session.run(tensors, [output]))[output]!;
      if (data.length === feeds.count) return Array.from(data as ArrayLike<number | bigint>, Number);
      throw new TypeError(
        `Cannot predict with "${label}" as "${output}" must have one value per row: got ${data.length} for ${feeds.count}`,
      );
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function columnOf(value: InferenceSession.ValueMetadata, kind: string, label: string): SignatureColumn {
  const type = value.isTensor ? TYPES[value.type] : undefined;
  const shape = value.isTensor ? value.shape : [];
  const isColumn = typeof shape[0] === "string" && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (type && isColumn && (kind === "input" || type !== "string")) return { name: value.name, type };
  const found = value.isTensor ? `${value.type}[${shape.join(", ")}]` : "a sequence or a map";
  throw new TypeError(
    `Cannot open "${label}" as ${kind} "${value.name}" must be one column [N] or [N, 1] of ` +
      `${kind === "input" ? "numbers or texts" : "numbers"}: got ${found}`,
  );
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
}
