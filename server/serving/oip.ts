/** Requests and answers of the Open Inference Protocol v2, `specification/protocol/inference_rest.md`. */
import { z } from "zod";
import type { Json } from "../../lib/events/mod.ts";
import type { ModelSignature, SignatureColumn, SignatureType } from "../../lib/models/mod.ts";
import { Problem } from "../http/mod.ts";
import type { ModelColumns } from "./predict_slices.ts";
import type { ServedModel } from "./served_models.ts";

/** Rows of one request. */
const MAX_ROWS = 10_000;

/** A request to infer, checked against a model's signature. */
export interface Infer {
  /** Id that the caller gave; echoed. */
  id: string | null;
  /** Values by input. */
  columns: ModelColumns;
  /** Number of rows. */
  count: number;
  /** Outputs that the caller wants; all unless named. */
  wanted: string[] | null;
}

/** Answers by output, one per row: values, lists of a matrix, or records of probabilities by class. */
export type Answers = Record<string, Json[]>;

interface Datatype {
  name: string;
  must: string;
  fits: (value: Json) => boolean;
}

const FLOAT_MAX = 3.4028234663852886e38;
const isWhole = (value: Json): value is number => Number.isSafeInteger(value);

const DATATYPES: Readonly<Record<SignatureType, Datatype>> = {
  double: { name: "FP64", must: "finite numbers", fits: (value) => Number.isFinite(value) },
  float: {
    name: "FP32",
    must: "finite numbers of 32 bits",
    fits: (value) => Number.isFinite(value) && Math.abs(value as number) <= FLOAT_MAX,
  },
  long: { name: "INT64", must: "whole numbers up to 2^53", fits: isWhole },
  integer: {
    name: "INT32",
    must: "whole numbers of 32 bits",
    fits: (value) => isWhole(value) && value >= -(2 ** 31) && value < 2 ** 31,
  },
  string: { name: "BYTES", must: "texts", fits: (value) => typeof value === "string" },
  boolean: { name: "BOOL", must: "true or false", fits: (value) => typeof value === "boolean" },
};

const tensor = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  data: z.array(z.custom<Json>()).optional(),
});
const body = z.looseObject({
  id: z.string().max(200).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z.array(tensor).min(1).max(10_000),
  outputs: z.array(z.looseObject({ name: z.string() })).optional(),
});

type Tensor = z.infer<typeof tensor>;

/**
 * Reads the body of `POST …/infer`: an input per column, of shape [N] or [N, 1], its data flat or nested. A nullable
 * one may be left out, or hold null.
 *
 * @param request the parsed body
 * @param model the model that is to answer
 * @returns id and columns
 * @throws {Problem} 400 what is no request, or does not fit the signature; 413 too many rows
 */
export function readInfer(request: Json, model: ServedModel): Infer {
  const { success, data, error } = body.safeParse(request);
  if (!success) {
    const { path, message } = error.issues[0]!;
    throw new Problem(400, `/${path.map(String).join("/")} is wrong: ${message}`);
  }
  const { inputs, outputs } = model.signature;
  const known = new Map(inputs.map((column) => [column.name, column]));
  const columns: ModelColumns = {};
  let count: number | null = null;
  for (const input of data.inputs) {
    const column = known.get(input.name);
    if (column === undefined) throw new Problem(400, `Input "${input.name}" is not known: ${takes(model)}`);
    if (Object.hasOwn(columns, input.name)) throw new Problem(400, `Input "${input.name}" is there twice`);
    count ??= input.shape[0] ?? 0;
    columns[input.name] = readTensor(input, column, count);
  }
  const lacking = inputs.find(({ name, nullable }) => !nullable && !Object.hasOwn(columns, name));
  if (lacking) throw new Problem(400, `Input "${lacking.name}" is missing: ${takes(model)}`);
  const wanted = data.outputs?.length ? data.outputs.map(({ name }) => name) : null;
  const odd = wanted?.find((name) => outputs.every((output) => output.name !== name));
  if (odd !== undefined) {
    const given = outputs.map(({ name }) => `"${name}"`).join(", ");
    throw new Problem(400, `Output "${odd}" is not known: ${label(model)} gives ${given}`);
  }
  return { id: data.id ?? null, columns, count: count!, wanted };
}

function readTensor({ name, shape, datatype, parameters, data }: Tensor, column: SignatureColumn, count: number) {
  const refuse = (because: string) => new Problem(400, `Input "${name}" ${because}`);
  const { name: wanted, must, fits } = DATATYPES[column.type];
  if (datatype !== wanted) throw refuse(`must be of datatype ${wanted}: got ${datatype}`);
  if (parameters?.binary_data_size !== undefined || data === undefined) {
    throw refuse('must have its "data" as JSON: binary tensors are not in this version');
  }
  if (shape.length < 1 || shape.length > 2 || (shape.length === 2 && shape[1] !== 1)) {
    throw refuse(`must be one column, of shape [N] or [N, 1]: got [${shape.join(", ")}]`);
  }
  if (shape[0] !== count) throw refuse(`must have ${count} rows like the first input: got ${shape[0]}`);
  if (count > MAX_ROWS) throw new Problem(413, `A request must have at most ${MAX_ROWS} rows: got ${count}`);
  const isNested = shape.length === 2 && Array.isArray(data[0]);
  const values = isNested ? data.map((row) => Array.isArray(row) && row.length === 1 ? row[0]! : row) : data;
  if (values.length !== count) throw refuse(`must have ${count} values as its shape says: got ${values.length}`);
  const odd = values.findIndex((value) => !fits(value) && !(column.nullable && value === null));
  if (odd < 0) return values;
  const held = column.nullable ? `${must} or null` : must;
  throw refuse(`must hold ${held} (${wanted}): got ${JSON.stringify(values[odd]).slice(0, 60)} at row ${odd}`);
}

/**
 * Turns answers per row, as models give them, into answers by output.
 *
 * @param rows answers per row: of one output its values, of several records by output
 * @param signature what the model gives
 * @returns answers by output
 */
export function byOutput(rows: Json[], { outputs }: ModelSignature): Answers {
  if (outputs.length === 1) return { [outputs[0]!.name]: rows };
  return Object.fromEntries(outputs.map(({ name }) => [name, rows.map((row) => (row as Record<string, Json>)[name]!)]));
}

/**
 * Writes the answer of `POST …/infer`.
 *
 * @param model the model that answered
 * @param infer the request
 * @param decision id of the decision on topic `inference`; the answer's own where the caller gave none
 * @param answers answers by output
 * @returns the body
 */
export function inferAnswer(model: ServedModel, { id, wanted }: Infer, decision: string, answers: Answers): Json {
  const { name, version, signature: { outputs } } = model;
  return {
    model_name: name,
    model_version: version,
    id: id ?? decision,
    parameters: { decision },
    outputs: outputs.filter((output) => wanted?.includes(output.name) ?? true).map((output) =>
      writeTensor(output, answers[output.name]!)
    ),
  };
}

/** A matrix is written row by row; probabilities by class too, with the classes as JSON. */
function writeTensor({ name, type }: SignatureColumn, rows: Json[]) {
  const [first] = rows, datatype = DATATYPES[type].name;
  if (typeof first !== "object" || first === null) return { name, shape: [rows.length], datatype, data: rows };
  const classes = Array.isArray(first) ? null : Object.keys(first);
  const data = rows.flatMap((row) => classes?.map((one) => (row as Record<string, Json>)[one]!) ?? row as Json[]);
  const parameters = classes === null ? {} : { parameters: { classes: JSON.stringify(classes) } };
  return { name, shape: [rows.length, data.length / rows.length], datatype, ...parameters, data };
}

/**
 * Writes the metadata of a model.
 *
 * @param model the model
 * @returns the body of `GET /v2/models/NAME`
 */
export function modelMetadata({ name, version, digest, sample, signature }: ServedModel): Json {
  const sampled = sample === null ? null : byOutput([sample], signature);
  return {
    name,
    versions: [version],
    platform: "boathouse",
    inputs: signature.inputs.map(({ name, type }) => ({ name, datatype: DATATYPES[type].name, shape: [-1] })),
    outputs: signature.outputs.map((output) => {
      const { data: _, shape, ...rest } = writeTensor(output, sampled?.[output.name] ?? []);
      return { ...rest, shape: [-1, ...shape.slice(1)] };
    }),
    parameters: { digest },
  };
}

function takes(model: ServedModel): string {
  const columns = model.signature.inputs.map(({ name, type, nullable }) =>
    `${name} (${DATATYPES[type].name}${nullable ? ", optional" : ""})`
  );
  return `${label(model)} takes ${columns.join(", ")}`;
}

function label({ name, version }: ServedModel): string {
  return `model "${name}@${version}"`;
}
