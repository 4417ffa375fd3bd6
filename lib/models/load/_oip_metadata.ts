import { z } from "zod";
import type { ModelSignature, SignatureColumn, SignatureType } from "../signature.ts";
import { callOip } from "./_oip_calls.ts";
import { DATATYPES, type Refuse } from "./_oip_tensors.ts";
import { addressOf, type OipSettings } from "./oip_settings.ts";

const tensor = z.looseObject({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const metadata = z.looseObject({
  name: z.string(),
  versions: z.array(z.string()).nullish(),
  inputs: z.array(tensor).nullish(),
  outputs: z.array(tensor).nullish(),
});

/** One tensor as a server describes it. */
export type MetadataTensor = z.output<typeof tensor>;

/** What a server says of a model; servers may leave inputs and outputs out. */
export interface OipMetadata {
  /** Versions that it has. */
  versions: string[];
  /** Inputs, none where it does not say. */
  inputs: MetadataTensor[];
  /** Outputs, none where it does not say. */
  outputs: MetadataTensor[];
}

const MAX_BYTES = 1e6;

/**
 * Asks a server what it says of a model.
 *
 * @param cannot what asks, for messages: `Cannot load "delay@1"`
 * @param settings where it lies
 * @returns the metadata
 * @throws {Error} when it does not answer, or answers of another model or none
 */
export async function fetchMetadata(cannot: string, settings: OipSettings): Promise<OipMetadata> {
  const url = addressOf(settings);
  const { model, version, timeoutMs } = settings;
  const { success, data, error } = metadata.safeParse(await callOip({ cannot, url, maxBytes: MAX_BYTES, timeoutMs }));
  if (!success) {
    const { path, message } = error.issues[0]!;
    throw refuserOf(cannot, url)("it must answer with the model's metadata", `${path.join(".") || "it"}: ${message}`);
  }
  const { name, versions, inputs, outputs } = data;
  if (name !== model) throw refuserOf(cannot, url)(`it must describe model "${model}"`, `"${name}"`);
  const known = versions ?? [];
  if (version !== undefined && known.length > 0 && !known.includes(version)) {
    throw refuserOf(cannot, url)(`it must have version "${version}"`, known.slice(0, 10).join(", "));
  }
  return { versions: known, inputs: inputs ?? [], outputs: outputs ?? [] };
}

/**
 * Makes errors that name the server.
 *
 * @param cannot what asks, for messages
 * @param url address that answered
 * @returns makes an error of what must be and what was found
 */
export function refuserOf(cannot: string, url: string): Refuse {
  return (must, found) => new Error(`${cannot} as ${must}: got ${found} from ${url}; log the model again`);
}

/**
 * Compares a signature with what a server says; of what it leaves out nothing is said.
 *
 * @param signature what MLmodel says
 * @param found what the server says
 * @param matrix name of the input that takes all columns, if there is one
 * @param refuse makes the error
 * @throws what `refuse` makes, when an input or output is not there, or is of another datatype or shape
 */
export function checkMetadata(
  { inputs, outputs }: ModelSignature,
  found: OipMetadata,
  matrix: string | undefined,
  refuse: Refuse,
): void {
  if (found.inputs.length > 0) {
    const taken = matrix === undefined ? inputs : [{ ...inputs[0]!, name: matrix }];
    const width = matrix === undefined ? 1 : inputs.length;
    for (const column of taken) checkTensor("input", column, found.inputs, width, refuse);
    const more = found.inputs.find(({ name }) => taken.every((column) => column.name !== name));
    if (more) throw refuse("its inputs must be those of the signature", `"${more.name}" too`);
  }
  if (found.outputs.length > 0) {
    for (const column of outputs) checkTensor("output", column, found.outputs, null, refuse);
  }
}

function checkTensor(
  part: string,
  { name, type }: SignatureColumn,
  tensors: readonly MetadataTensor[],
  width: number | null,
  refuse: Refuse,
): void {
  const tensor = tensors.find((one) => one.name === name);
  const has = `its ${part} "${name}" must be`;
  if (!tensor) throw refuse(`${has} there`, tensors.map(({ name }) => `"${name}"`).slice(0, 20).join(", "));
  if (tensor.datatype !== DATATYPES[type]) throw refuse(`${has} ${DATATYPES[type]} (${type})`, tensor.datatype);
  const [, columns = 1, ...deeper] = tensor.shape;
  if (deeper.length === 0 && (width === null || columns === width || columns === -1)) return;
  throw refuse(
    `${has} of shape [-1${width === 1 ? "] or [-1, 1" : `, ${width ?? "k"}`}]`,
    `[${tensor.shape.join(", ")}]`,
  );
}

/**
 * Makes a signature of what a server says.
 *
 * @param found what it says
 * @returns the signature; null where it leaves inputs or outputs out, or one is not of columns
 */
export function signatureOf({ inputs, outputs }: OipMetadata): ModelSignature | null {
  const columns = (tensors: readonly MetadataTensor[], most: number) =>
    tensors.map(({ name, datatype, shape }): SignatureColumn | null => {
      const type = TYPES.get(datatype);
      const isColumn = shape.length <= 2 && Math.abs(shape[1] ?? 1) <= most;
      return type && isColumn ? { name, type } : null;
    });
  const [taken, given] = [columns(inputs, 1), columns(outputs, Infinity)];
  if (taken.length === 0 || given.length === 0 || [...taken, ...given].includes(null)) return null;
  return { inputs: taken as SignatureColumn[], outputs: given as SignatureColumn[] };
}

const TYPES = new Map(Object.entries(DATATYPES).map(([type, name]) => [name, type as SignatureType]));
