import { Buffer } from "node:buffer";
import { readWire, type WireField } from "./_wire.ts";

/** Files beside an ONNX that hold its weights, by name. */
export type Beside = ReadonlyMap<string, Uint8Array>;

/** Numbers of fields in onnx.proto. */
const MODEL = { graph: 7 }, GRAPH = { initializer: 5 }, TENSOR = { externalData: 13 }, ENTRY = { key: 1, value: 2 };

const KEY = "location";

/**
 * Finds the files that an ONNX keeps weights in, as `onnx.save_model(…, save_as_external_data=True)` writes them.
 *
 * @param onnx bytes of an .onnx file
 * @returns bytes that each file must have at least, by its name; none where the weights lie within. Names that reach
 * out of the folder are left out: ONNX Runtime refuses them
 */
export function findExternalData(onnx: Uint8Array): Map<string, number> {
  const files = new Map<string, number>();
  // Most files hold their weights: these are not cut into fields.
  if (!Buffer.from(onnx.buffer, onnx.byteOffset, onnx.length).includes(KEY)) return files;
  for (const { location, end } of tensorsOf(onnx)) {
    if (isPlainName(location)) files.set(location, Math.max(end, files.get(location) ?? 0));
  }
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Weights of inner graphs are left to the runtime, which takes them from the ONNX alone. */
function tensorsOf(onnx: Uint8Array): { location: string; end: number }[] {
  try {
    const graphs = fieldsIn(readWire(onnx), MODEL.graph).flatMap(readWire);
    return fieldsIn(graphs, GRAPH.initializer).map(readWire).map((tensor) => {
      const entries = new Map(
        fieldsIn(tensor, TENSOR.externalData).map(readWire).map((entry) =>
          [textIn(entry, ENTRY.key), textIn(entry, ENTRY.value)] as const
        ),
      );
      const end = Number(entries.get("offset") ?? 0) + Number(entries.get("length") ?? 0);
      return { location: entries.get("location") ?? "", end: end > 0 ? end : 0 };
    });
  } catch (cause) {
    // What is no message is left to the runtime, which says so.
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}

function fieldsIn(fields: readonly WireField[], id: number): Uint8Array[] {
  return fields.filter((field) => field.id === id).map(({ body }) => body);
}

function textIn(fields: readonly WireField[], id: number): string {
  return new TextDecoder().decode(fieldsIn(fields, id).at(-1));
}

function isPlainName(name: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[^/\\:\x00-\x1f]{1,255}$/.test(name) && name !== "." && name !== "..";
}
