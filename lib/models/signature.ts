import { z } from "zod";

/** Types of columns, named as MLflow does: 64 and 32 bit floats, 64 and 32 bit integers, text, true or false. */
export type SignatureType = "double" | "float" | "long" | "integer" | "string" | "boolean";

/** One column of a model's input or output. */
export interface SignatureColumn {
  /** Name of the column. */
  name: string;
  /** Type of its values. */
  type: SignatureType;
  /** Whether an output may be null; `required: false` in MLmodel. */
  nullable?: true;
}

/** What a model takes and gives. */
export interface ModelSignature {
  /** Columns that every row must have. */
  inputs: SignatureColumn[];
  /** Columns of an answer; the first one is what `predict` gives. */
  outputs: SignatureColumn[];
}

/** A signature as MLmodel holds it: JSON within YAML (mlflow/models/signature.py). */
export interface WrittenSignature {
  /** JSON list of input columns. */
  inputs: string;
  /** JSON list of output columns. */
  outputs: string;
  /** JSON list of parameters, of which our models have none. */
  params: null;
}

const column = z.object({
  name: z.string().min(1),
  type: z.enum(["double", "float", "long", "integer", "string", "boolean"]),
  required: z.boolean().optional(),
});

/** Name of an output whose signature has none. */
export const UNNAMED = "output";

/** numpy's names of types, as tensors have them. */
const DTYPES: Readonly<Record<string, SignatureType>> = {
  float64: "double",
  float32: "float",
  int64: "long",
  int32: "integer",
  str: "string",
  object: "string",
  bool: "boolean",
};

/**
 * Writes a signature in MLflow's form.
 *
 * @param signature the columns
 * @returns JSON texts
 */
export function writeSignature(signature: ModelSignature): WrittenSignature {
  const write = (columns: SignatureColumn[]) =>
    JSON.stringify(columns.map(({ name, type, nullable }) => ({ type, name, required: !nullable })));
  return { inputs: write(signature.inputs), outputs: write(signature.outputs), params: null };
}

/**
 * Reads a signature in MLflow's form.
 *
 * @param written JSON texts, as far as MLmodel has them
 * @param label what is read, for messages: `flight-delay@1`
 * @returns the columns
 * @throws {TypeError} when a part is missing, or a column is a tensor or of another type
 */
export function readSignature(
  written: { inputs?: string | null | undefined; outputs?: string | null | undefined } | null | undefined,
  label: string,
): ModelSignature {
  if (!written?.inputs || !written.outputs) {
    throw new TypeError(
      `Cannot load "${label}" as its MLmodel must have a signature of inputs and outputs: got none; log it with one`,
    );
  }
  return {
    inputs: readColumns(written.inputs, "inputs", label),
    outputs: readOutputs(written.outputs, label),
  };
}

/** Python's signatures of arrays and series name no output; the loader takes the name from the model. */
function readOutputs(text: string, label: string): SignatureColumn[] {
  const [only, ...more] = z.array(z.looseObject({ name: z.string().optional() })).safeParse(parse(text)).data ?? [];
  if (!only || more.length > 0 || only.name !== undefined) return readColumns(text, "outputs", label);
  const dtype = z.object({ dtype: z.string() }).safeParse(only["tensor-spec"]).data?.dtype;
  const type = only.type === "tensor" ? DTYPES[dtype ?? ""] ?? dtype : only.type;
  return readColumns(JSON.stringify([{ name: UNNAMED, type }]), "outputs", label);
}

function readColumns(text: string, part: string, label: string): SignatureColumn[] {
  const found = z.array(z.unknown()).safeParse(parse(text)).data;
  if (!found || found.length === 0) {
    throw new TypeError(
      `Cannot load "${label}" as the ${part} of its signature must be a list of columns: got ${text}`,
    );
  }
  return found.map((item) => {
    const { success, data } = column.safeParse(item);
    if (success) {
      const { name, type, required } = data;
      return { name, type, ...(part === "outputs" && required === false ? { nullable: true } : {}) };
    }
    throw new TypeError(
      `Cannot load "${label}" as the ${part} of its signature must be named columns of type double, float, long, ` +
        `integer, string or boolean: got ${JSON.stringify(item)}`,
    );
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}
