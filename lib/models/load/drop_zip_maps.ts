import { joinBytes, readWire, type WireField, writeWire } from "./_wire.ts";

/** Columns of class probabilities, by the name of the output that gave maps. */
export interface ZipMap {
  /** Tensor [N, k] that the probabilities are read from. */
  tensor: string;
  /** Names of the k classes. */
  classes: string[];
}

/** Numbers of fields in onnx.proto. */
const MODEL = { graph: 7 }, GRAPH = { node: 1, output: 12 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5 }, ATTRIBUTE = { name: 1, ints: 8, strings: 9 };
const VALUE = { name: 1 };

/**
 * Takes ZipMap nodes out of a graph: they turn the probabilities of a classifier into a list of maps, which the
 * runtime's Node API cannot hand out. Their tensors become outputs in place of the maps.
 *
 * @param onnx bytes of an .onnx file
 * @returns the same bytes where no output is a ZipMap's, and what stands for each such output
 */
export function dropZipMaps(onnx: Uint8Array): { onnx: Uint8Array; zipMaps: Map<string, ZipMap> } {
  const zipMaps = new Map<string, ZipMap>();
  const fields = tryRead(onnx);
  const graph = fields.find(({ id }) => id === MODEL.graph);
  if (!graph) return { onnx, zipMaps };
  const parts = tryRead(graph.body);
  const outputs = new Set(parts.filter(({ id }) => id === GRAPH.output).map((part) => textOf(part.body, VALUE.name)));
  const kept = parts.filter((part) => {
    const zip = part.id === GRAPH.node ? zipMapOf(part.body) : null;
    if (!zip || !outputs.has(zip.output)) return true;
    zipMaps.set(zip.output, zip);
    return false;
  });
  if (zipMaps.size === 0) return { onnx, zipMaps };
  const written = kept.map((part) => {
    const zip = part.id === GRAPH.output ? zipMaps.get(textOf(part.body, VALUE.name)) : undefined;
    return zip ? writeWire(GRAPH.output, writeWire(VALUE.name, new TextEncoder().encode(zip.tensor))) : part.raw;
  });
  const model = fields.map((field) => field === graph ? writeWire(MODEL.graph, joinBytes(written)) : field.raw);
  return { onnx: joinBytes(model), zipMaps };
}

function zipMapOf(node: Uint8Array): ZipMap & { output: string } | null {
  const fields = tryRead(node);
  if (textIn(fields, NODE.opType) !== "ZipMap") return null;
  const attributes = fields.filter(({ id }) => id === NODE.attribute).map(({ body }) => tryRead(body));
  const named = (name: string) => attributes.find((attribute) => textIn(attribute, ATTRIBUTE.name) === name) ?? [];
  const texts = named("classlabels_strings").filter(({ id }) => id === ATTRIBUTE.strings);
  const numbers = named("classlabels_int64s").filter(({ id }) => id === ATTRIBUTE.ints);
  return {
    tensor: textIn(fields, NODE.input),
    output: textIn(fields, NODE.output),
    classes: texts.length > 0 ? texts.map(({ body }) => decode(body)) : numbers.flatMap(integersOf),
  };
}

/** Packed or not, as writers of ONNX differ. */
function integersOf({ body }: WireField): string[] {
  const found: string[] = [];
  for (let at = 0; at < body.length;) {
    let value = 0n, shift = 0n, byte = 128;
    for (; byte >= 128 && at < body.length; at++, shift += 7n) {
      byte = body[at]!;
      value |= BigInt(byte % 128) << shift;
    }
    found.push(String(BigInt.asIntN(64, value)));
  }
  return found;
}

function textOf(message: Uint8Array, id: number): string {
  return textIn(tryRead(message), id);
}

function textIn(fields: readonly WireField[], id: number): string {
  const field = fields.find((field) => field.id === id);
  return field ? decode(field.body) : "";
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What is no message is left to the runtime, which says so. */
function tryRead(message: Uint8Array): WireField[] {
  try {
    return readWire(message);
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}
