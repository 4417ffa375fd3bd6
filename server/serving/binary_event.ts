import { Buffer } from "node:buffer";
import type { Json } from "../../lib/events/mod.ts";
import { mediaType, Problem, readBytes, readJson } from "../http/mod.ts";

/**
 * Reads an event in binary mode (CloudEvents 1.0.2, HTTP protocol binding, section 3.1): attributes are headers, the body
 * is the data.
 *
 * @param request a request with the header `ce-specversion`
 * @param maxBytes largest body
 * @returns the event as it would stand in structured mode; data that is not JSON as `data_base64`
 * @throws {Problem} 400, 408, 413
 */
export async function readBinaryEvent(request: Request, maxBytes: number): Promise<Record<string, Json>> {
  const attributes = [...request.headers].flatMap(([name, value]) =>
    name.startsWith("ce-") ? [[name.slice("ce-".length), decodeValue(name, value)]] : []
  );
  const type = request.headers.get("content-type");
  return {
    ...Object.fromEntries(attributes),
    ...(type === null ? {} : { datacontenttype: type }),
    ...await readData(request, maxBytes),
  };
}

async function readData(request: Request, maxBytes: number): Promise<Record<string, Json>> {
  const type = mediaType(request), limits = { maxBytes, types: [type] };
  if (/^application\/json$|\+json$/.test(type)) return { data: (await readJson(request, limits)).value };
  const bytes = await readBytes(request, limits);
  return bytes.length === 0 ? {} : { data_base64: Buffer.from(bytes).toString("base64") };
}

/** Undoes quotes, then percent encoding (section 3.1.3.2). */
function decodeValue(name: string, value: string): string {
  const plain = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : value;
  try {
    return decodeURIComponent(plain.replaceAll(/%(?![\da-f]{2})/gi, "%25"));
  } catch (cause) {
    throw new Problem(400, `Header ${name} must be UTF-8, percent-encoded`, { cause });
  }
}
