import { z } from "zod";

/** Types of columns, named as MLflow does: 64 and 32 bit floats, 64 and 32 bit integers, text, true or false. */
export type SignatureType = "double" | "float" | "long" | "integer" | "string" | "boolean";

/** One column of a model's input or output. */
export interface SignatureColumn {
  /** Name of the column. */
  name: string;
  /** Type of its values. */
  type: SignatureType;
  /** Whether a row may be without it: an input is missing or null, an output null; `required: false` in MLmodel. */
  nullable?: true;
}

/** What a model takes and gives. */
export interface ModelSignature {
  /** Columns of a row; each must have a value, unless it is nullable. */
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
  required: z.boolean().nullish(),
}).transform(({ name, type, required }): SignatureColumn => ({
  name,
  type,
  ...(required === false && { nullable: true as const }),
}));

const tensor = z.object({
  type: z.literal("tensor"),
  name: z.string().min(1).optional(),
  "tensor-spec": z.object({ dtype: z.string(), shape: z.array(z.int()) }),
}).transform(({ name, "tensor-spec": { dtype, shape } }) => ({ name, dtype, shape }));

type Tensor = z.output<typeof tensor>;

/** Name of the first column of a tensor: they are named by their place, as the items of a list are. */
export const FIRST = "0";

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
 * @throws {TypeError} when a part is missing, a column is of another type, or a tensor has other than a row per answer
 */
export function readSignature(
  written: { inputs?: string | null | undefined; outputs?: string | null | undefined } | null | undefined,
  label: string,
): ModelSignature {
  if (!written?.inputs || !written.outputs) {
    throw new TypeError(
      `Cannot load "${label}" as its MLmodel must have a signature of inputs and outputs: got none; log it with ` +
        "signature=infer_signature(rows, answers)",
    );
  }
  return {
    inputs: readInputs(written.inputs, label),
    outputs: readOutputs(written.outputs, label),
  };
}

/** Most columns of a tensor. */
const MOST_COLUMNS = 10_000;

function readInputs(text: string, label: string): SignatureColumn[] {
  const items = readList(text, "inputs", label);
  const tensors = items.map((item) => tensor.safeParse(item).data);
  if (!tensors.some((found) => found !== undefined)) return readColumns(items, "inputs", label);
  return items.flatMap((item, i) => {
    const found = tensors[i];
    const columns = found && columnsOf(found, items.length, label);
    if (columns) return columns;
    throw new TypeError(
      `Cannot load "${label}" as a tensor of the inputs of its signature must be a row of values, [-1, k], or of ` +
        `several named ones one value, [-1] or [-1, 1], each: got ${JSON.stringify(item)}; log it with a data frame`,
    );
  });
}

/** Columns of a tensor: its own name where it is one of several or of one value, else places in its row. */
function columnsOf({ name, dtype, shape: [rows, width = 1, ...more] }: Tensor, of: number, label: string) {
  if (rows !== -1 || more.length > 0 || width < 1 || width > MOST_COLUMNS) return null;
  const type = typeOf(dtype, "inputs", label);
  if (width === 1 && name !== undefined) return [{ name, type }];
  return of === 1 ? Array.from({ length: width }, (_, place) => ({ name: String(place), type })) : null;
}

/** Python's signatures of arrays and series name no output; the loader takes the name from the model. */
function readOutputs(text: string, label: string): SignatureColumn[] {
  const items = readList(text, "outputs", label);
  const named = items.map((item) => {
    const found = tensor.safeParse(item).data;
    if (found) return { name: found.name, type: typeOf(found.dtype, "outputs", label) };
    return item;
  });
  const [only] = named;
  const isUnnamed = named.length === 1 && z.object({ name: z.undefined().optional() }).safeParse(only).success;
  return readColumns(isUnnamed ? [{ ...only as object, name: UNNAMED }] : named, "outputs", label);
}

function typeOf(dtype: string, part: string, label: string): SignatureType {
  const type = Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (type) return type;
  throw new TypeError(
    `Cannot load "${label}" as a tensor of the ${part} of its signature must be of ${
      Object.keys(DTYPES).join(", ")
    }: ` +
      `got ${dtype}; log it with one of these`,
  );
}

function readList(text: string, part: string, label: string): unknown[] {
  const found = z.array(z.unknown()).safeParse(parse(text)).data;
  if (found && found.length > 0) return found;
  throw new TypeError(
    `Cannot load "${label}" as the ${part} of its signature must be a list of columns: got ${text}`,
  );
}

function readColumns(items: readonly unknown[], part: string, label: string): SignatureColumn[] {
  return items.map((item) => {
    const { success, data } = column.safeParse(item);
    if (success) return data;
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
