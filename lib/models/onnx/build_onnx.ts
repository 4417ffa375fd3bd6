import { ATTRIBUTE_TYPE, encodeModel, TENSOR_TYPE } from "./_onnx_proto.ts";

/** An additive model: the sum of an intercept, of slopes times numbers, and of one effect per key column. */
export interface AdditiveSpec {
  /** Answer where every term is zero. */
  intercept: number;
  /** By number column, what one unit adds. */
  slopes?: Readonly<Record<string, number>>;
  /** By key column, what each key adds; the keys of one column are all texts or all whole numbers. */
  effects?: Readonly<Record<string, ReadonlyMap<string | number, number>>>;
  /** By key column, what a key that is not in `effects` adds; 0 where nothing is said. */
  unknown?: Readonly<Record<string, number>>;
  /** Name of the answer; `output` unless given. */
  output?: string;
}

type Key = string | number;

const INNER = "additive/";
const ROWS = { dimParam: "N" }, ONE = { dimValue: 1 };

interface Graph {
  nodes: Record<string, unknown>[];
  weights: Record<string, unknown>[];
  inputs: Map<string, "double" | "int64" | "string">;
  /** Name of the values [N] of a column: the column, or where it is the only one what flattens [N, 1]. */
  read(column: string): string;
  /** Names of the values to be added. */
  terms: string[];
}

/**
 * Writes an additive model as ONNX in double precision: one input `[N]` per column (numbers as double, keys as string or
 * int64), one output `[N]`. An only input is `[N, 1]`, as which Python's MLflow feeds one column. Terms are added in the
 * order intercept, slopes, effects, as a plain sum in that order (operators: ONNX opset 13 and ai.onnx.ml opset 2).
 *
 * @param spec intercept, slopes and effects; every number finite
 * @returns bytes of an .onnx file; the same spec gives the same bytes, in whatever order the keys of an effect came
 * @throws {TypeError} when the keys of a column are of two kinds, or a column has a slope and texts as keys
 * @throws {RangeError} when a number is not finite, a key no safe integer, a name empty or taken, or no column is used
 * @example
 * ```ts
 * import { buildOnnx } from "./build_onnx.ts";
 * const onnx = buildOnnx({ intercept: 2, slopes: { km: 0.5 }, effects: { day: new Map([["Mon", 1]]) }, output: "minutes" });
 * if (onnx.length < 100) throw new Error("unexpected");
 * ```
 */
export function buildOnnx(spec: AdditiveSpec): Uint8Array<ArrayBuffer> {
  const { intercept, slopes = {}, effects = {}, unknown = {}, output = "output" } = spec;
  checkNames(Object.keys(slopes), Object.keys(effects), Object.keys(unknown), output);
  checkFinite("the intercept", intercept);
  const isOnly = new Set([...Object.keys(slopes), ...Object.keys(effects)]).size === 1;
  const graph: Graph = {
    nodes: [],
    weights: [tensor(inner("intercept"), [], [intercept])],
    inputs: new Map(),
    read: (column) => isOnly ? inner("column", column) : column,
    terms: [inner("intercept")],
  };
  if (isOnly) addFlattening(graph, Object.keys({ ...slopes, ...effects })[0]!);
  for (const [column, map] of Object.entries(effects)) graph.inputs.set(column, keyType(column, map));
  for (const [column, slope] of Object.entries(slopes)) addSlope(graph, column, slope);
  for (const [column, map] of Object.entries(effects)) {
    addEffect(graph, column, map, Object.hasOwn(unknown, column) ? unknown[column]! : 0);
  }
  addSum(graph, output);
  return encodeModel({
    irVersion: 7,
    producerName: "boathouse",
    opsetImport: [{ domain: "", version: 13 }, { domain: "ai.onnx.ml", version: 2 }],
    graph: {
      name: "additive",
      node: graph.nodes,
      initializer: graph.weights,
      input: [...graph.inputs].map(([name, type]) => valueInfo(name, type, isOnly ? [ROWS, ONE] : [ROWS])),
      output: [valueInfo(output, "double", [ROWS])],
    },
  });
}

function addFlattening(graph: Graph, column: string): void {
  const rawData = new Uint8Array(BigInt64Array.of(-1n).buffer);
  graph.weights.push({ name: inner("rows"), dims: [1], dataType: TENSOR_TYPE.int64, rawData });
  graph.nodes.push({ opType: "Reshape", input: [column, inner("rows")], output: [graph.read(column)] });
}

function addSlope(graph: Graph, column: string, slope: number): void {
  checkFinite(`the slope of column "${column}"`, slope);
  const type = graph.inputs.get(column) ?? "double";
  if (type === "string") {
    throw new TypeError(
      `Cannot build ONNX as column "${column}" must be a number for its slope: its effects have texts as keys`,
    );
  }
  graph.inputs.set(column, type);
  graph.weights.push(tensor(inner("slope", column), [], [slope]));
  if (type === "int64") {
    const to = { name: "to", i: TENSOR_TYPE.double, type: ATTRIBUTE_TYPE.int };
    graph.nodes.push({
      opType: "Cast",
      input: [graph.read(column)],
      output: [inner("number", column)],
      attribute: [to],
    });
  }
  const number = type === "int64" ? inner("number", column) : graph.read(column);
  graph.nodes.push({ opType: "Mul", input: [number, inner("slope", column)], output: [inner("linear", column)] });
  graph.terms.push(inner("linear", column));
}

function addEffect(graph: Graph, column: string, effects: ReadonlyMap<Key, number>, unknown: number): void {
  checkFinite(`the effect of unknown keys of column "${column}"`, unknown);
  const entries = [...effects].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, effect] of entries) {
    checkFinite(`the effect of ${show(key)} in column "${column}"`, effect);
  }
  const keys = entries.map(([key]) => key);
  graph.weights.push(
    tensor(inner("effects", column), [keys.length + 1], [...entries.map(([, effect]) => effect), unknown]),
  );
  graph.nodes.push({
    opType: "LabelEncoder",
    domain: "ai.onnx.ml",
    input: [graph.read(column)],
    output: [inner("index", column)],
    attribute: [
      typeof keys[0] === "string"
        ? { name: "keys_strings", strings: (keys as string[]).map(utf8), type: ATTRIBUTE_TYPE.strings }
        : { name: "keys_int64s", ints: keys, type: ATTRIBUTE_TYPE.ints },
      { name: "values_int64s", ints: keys.map((_, index) => index), type: ATTRIBUTE_TYPE.ints },
      { name: "default_int64", i: keys.length, type: ATTRIBUTE_TYPE.int },
    ],
  });
  graph.nodes.push({
    opType: "Gather",
    input: [inner("effects", column), inner("index", column)],
    output: [inner("effect", column)],
  });
  graph.terms.push(inner("effect", column));
}

function addSum(graph: Graph, output: string): void {
  const last = graph.terms.length - 1;
  graph.terms.reduce((sum, term, index) => {
    const to = index === last ? output : inner("sum", String(index));
    graph.nodes.push({ opType: "Add", input: [sum, term], output: [to] });
    return to;
  });
}

function keyType(column: string, effects: ReadonlyMap<Key, number>): "int64" | "string" {
  const kinds = new Set([...effects.keys()].map((key) => typeof key));
  if (kinds.size === 0) {
    throw new RangeError(`Cannot build ONNX as the effects of column "${column}" must have a key: got none`);
  }
  if (kinds.size > 1) {
    throw new TypeError(
      `Cannot build ONNX as the keys of column "${column}" must be all texts or all numbers: got both`,
    );
  }
  const isText = kinds.has("string");
  const odd = [...effects.keys()].find((key) => isText ? !(key as string).isWellFormed() : !Number.isSafeInteger(key));
  if (odd === undefined) return isText ? "string" : "int64";
  const must = isText ? "well-formed texts" : "texts or safe integers";
  throw new RangeError(
    `Cannot build ONNX as the keys of column "${column}" must be ${must}: got ${show(odd)}`,
  );
}

function checkNames(slopes: string[], effects: string[], unknown: string[], output: string): void {
  const columns = [...slopes, ...effects];
  if (columns.length === 0) {
    throw new RangeError("Cannot build ONNX as the model must use a column: got no slopes and no effects");
  }
  if ([...columns, output].includes("")) throw new RangeError('Cannot build ONNX as names must not be empty: got ""');
  if (columns.includes(output)) {
    throw new RangeError(`Cannot build ONNX as the output must not be named like a column: got "${output}"`);
  }
  const clash = [...columns, output].find((name) => name.startsWith(INNER));
  if (clash !== undefined) {
    throw new RangeError(
      `Cannot build ONNX as names must not start with "${INNER}", which names values inside: got "${clash}"`,
    );
  }
  const stray = unknown.find((column) => !effects.includes(column));
  if (stray !== undefined) {
    throw new RangeError(`Cannot build ONNX as "unknown" must name a column with effects: got "${stray}"`);
  }
}

function checkFinite(what: string, value: number): void {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new RangeError(`Cannot build ONNX as ${what} must be a finite number: got ${value}`);
  }
}

function tensor(name: string, dims: number[], values: number[]): Record<string, unknown> {
  const raw = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, index) => raw.setFloat64(index * 8, value, true));
  return { name, dims, dataType: TENSOR_TYPE.double, rawData: new Uint8Array(raw.buffer) };
}

function valueInfo(name: string, type: "double" | "int64" | "string", dim: unknown[]): Record<string, unknown> {
  return { name, type: { tensorType: { elemType: TENSOR_TYPE[type], shape: { dim } } } };
}

function show(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key) : String(key);
}

function inner(...parts: string[]): string {
  return INNER + parts.join("/");
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
