import type { Tensor } from "onnxruntime-node";

/** What one output says of one row: a number, text or boolean; numbers of a matrix; probabilities by class. */
export type OnnxAnswer =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly string[]
  | Readonly<Record<string, number>>;

/** Answers per row: of one output its values, of several records by output. */
export type OnnxAnswers = OnnxAnswer[] | Record<string, OnnxAnswer>[];

/** One output that was computed. */
export interface ComputedOutput {
  /** Its name. */
  name: string;
  /** Its values. */
  tensor: Tensor;
  /** Names of the columns of a matrix. */
  classes: readonly string[] | undefined;
}

/**
 * Turns tensors into answers, one per row.
 *
 * @param label what predicts, for messages
 * @param count rows that were asked
 * @param outputs what was computed
 * @returns values of one output, else records by output
 * @throws {TypeError} when an output has other than a value, or a row of values, per row
 */
export function answersOf(label: string, count: number, outputs: readonly ComputedOutput[]): OnnxAnswers {
  const columns = outputs.map((output) => columnOf(label, count, output));
  if (columns.length === 1) return columns[0]!;
  return Array.from(
    { length: count },
    (_, row) => Object.fromEntries(outputs.map(({ name }, i) => [name, columns[i]![row]!])),
  );
}

function columnOf(label: string, count: number, { name, tensor, classes }: ComputedOutput): OnnxAnswer[] {
  const { dims, data } = tensor;
  const width = data.length / count;
  const isColumn = width === 1 && !classes;
  const isMatrix = dims.length === 2 && dims[0] === count;
  if (!isColumn && (!isMatrix || (classes && classes.length !== width))) {
    const must = classes ? `${classes.length} values, one per class,` : "one value";
    throw new TypeError(
      `Cannot predict with "${label}" as "${name}" must have ${must} per row: got ${data.length} for ${count}`,
    );
  }
  const values = plainValues(label, name, tensor);
  if (isColumn) return values as OnnxAnswer[];
  return Array.from({ length: count }, (_, row) => {
    const part = values.slice(row * width, (row + 1) * width);
    return classes ? Object.fromEntries(classes.map((one, i) => [one, part[i] as number])) : part as number[];
  });
}

function plainValues(label: string, name: string, { type, data }: Tensor): unknown[] {
  const values = data as ArrayLike<unknown>;
  if (type === "bool") return listOf(values, (value) => value !== 0);
  if (type !== "int64") return listOf(values, (value) => value);
  return listOf(values, (value, at) => {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new RangeError(
      `Cannot predict with "${label}" as "${name}" must be a whole number of at most 2^53: got ${value} at value ${at}`,
    );
  });
}

/** `Array.from` takes ten times as long for typed arrays. */
function listOf(values: ArrayLike<unknown>, of: (value: unknown, at: number) => unknown): unknown[] {
  const list = new Array<unknown>(values.length);
  for (let i = 0; i < list.length; i++) list[i] = of(values[i], i);
  return list;
}
