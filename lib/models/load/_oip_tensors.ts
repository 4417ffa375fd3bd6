import { z } from "zod";
import type { SignatureColumn, SignatureType } from "../signature.ts";
import type { FeedColumn, Feeds } from "./feeds.ts";
import { FITS, MUST } from "./_fits.ts";

/** The protocol's names of types. */
export const DATATYPES: Readonly<Record<SignatureType, string>> = {
  double: "FP64",
  float: "FP32",
  long: "INT64",
  integer: "INT32",
  string: "BYTES",
  boolean: "BOOL",
};

/** One tensor of a request. */
export interface InputTensor {
  /** Name of the input. */
  name: string;
  /** Rows, and columns where it has two axes. */
  shape: number[];
  /** The protocol's name of the type. */
  datatype: string;
  /** Values, row by row. */
  data: unknown[];
}

/**
 * Writes columns as tensors: one each, or all as one matrix.
 *
 * @param feeds values by column
 * @param columns the columns in their order
 * @param from first row
 * @param to row after the last one
 * @param form name of the matrix, or by column how many axes its tensor has
 * @returns the tensors
 */
export function writeInputs(
  { columns: values }: Feeds,
  columns: readonly SignatureColumn[],
  from: number,
  to: number,
  form: { matrix: string } | { axes: ReadonlyMap<string, number> },
): InputTensor[] {
  const count = to - from;
  const listed = columns.map(({ name, type }) => listOf(values.get(name)!, type, from, to));
  if ("matrix" in form) {
    const data = Array.from({ length: count }, (_, row) => listed.map((list) => list[row])).flat();
    return [{ name: form.matrix, shape: [count, columns.length], datatype: DATATYPES[columns[0]!.type], data }];
  }
  return columns.map(({ name, type }, i) => ({
    name,
    shape: form.axes.get(name) === 1 ? [count] : [count, 1],
    datatype: DATATYPES[type],
    data: listed[i]!,
  }));
}

/** JSON.parse and JSON.stringify of all digits, which JavaScript's types do not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function listOf(values: FeedColumn, type: SignatureType, from: number, to: number): unknown[] {
  const part = Array.from(values.slice(from, to) as ArrayLike<unknown>);
  if (type === "boolean") return part.map((value) => value === 1);
  return type === "long" ? part.map((value) => rawJSON(String(value))) : part;
}

const answer = z.looseObject({
  model_name: z.string().nullish(),
  model_version: z.string().nullish(),
  outputs: z.array(z.looseObject({
    name: z.string(),
    datatype: z.string(),
    shape: z.array(z.int().min(0)).min(1).max(8),
    data: z.array(z.unknown()),
    parameters: z.looseObject({ classes: z.string().optional() }).nullish(),
  })).max(10_000),
});

/** An answer of the protocol. */
export type OipAnswer = z.output<typeof answer>;
type OutputTensor = OipAnswer["outputs"][number];

/** A tensor whose datatype and shape are as they must be, by a function that refuses what is not. */
export type Refuse = (must: string, found: unknown) => Error;

/**
 * Reads what a server answers; which model it is of is left to the caller.
 *
 * @param value parsed JSON
 * @param refuse makes the error
 * @returns the answer
 * @throws what `refuse` makes, when it has another form
 */
export function readAnswer(value: unknown, refuse: Refuse): OipAnswer {
  const { success, data, error } = answer.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw refuse(
    "its answer must have outputs of name, datatype, shape and data",
    `${path.join(".") || "it"}: ${message}`,
  );
}

/**
 * Reads one output of an answer.
 *
 * @param tensors all outputs of the answer
 * @param output what is wanted
 * @param count rows that were asked
 * @param refuse makes the error
 * @returns a value per row; a list where the tensor is a matrix, a record where the matrix names its classes
 * @throws what `refuse` makes, when it is missing, or of another datatype, shape or number of rows
 */
export function readOutput(
  tensors: readonly OutputTensor[],
  { name, type, nullable }: SignatureColumn,
  count: number,
  refuse: Refuse,
): unknown[] {
  const found = tensors.filter((tensor) => tensor.name === name);
  const [tensor] = found;
  if (!tensor || found.length > 1) throw refuse(`its answer must have output "${name}" once`, found.length);
  const { datatype, shape, data, parameters } = tensor;
  const is = `its output "${name}" must`;
  if (datatype !== DATATYPES[type]) throw refuse(`${is} be ${DATATYPES[type]} (${type})`, datatype);
  const [rows, width = 1] = shape;
  if (shape.length > 2 || rows !== count) {
    throw refuse(`${is} have a value or a row of values for each of ${count} rows`, `shape [${shape.join(", ")}]`);
  }
  const values = shape.length === 2 && Array.isArray(data[0]) ? data.flat() : data;
  if (values.length !== count * width) throw refuse(`${is} have ${count * width} values`, values.length);
  const odd = values.findIndex((value) => !FITS[type](value) && !(nullable && value === null));
  if (odd >= 0) throw refuse(`${is} hold ${MUST[type]}`, `${show(values[odd])} at value ${odd}`);
  const classes = readClasses(parameters?.classes);
  if (classes && classes.length !== width) throw refuse(`${is} have ${classes.length} values, one per class`, width);
  if (width === 1 && !classes) return values;
  return Array.from({ length: count }, (_, row) => {
    const part = values.slice(row * width, (row + 1) * width);
    return classes ? Object.fromEntries(classes.map((one, i) => [one, part[i]])) : part;
  });
}

/** Boathouse's own serving plane names the classes of probabilities so. */
function readClasses(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).data ?? null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
