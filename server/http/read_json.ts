import { Buffer } from "node:buffer";
import { CLOCK } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { Problem } from "./problem.ts";

/** What a body may be. */
export interface BodyLimits {
  /** Largest body in bytes. */
  maxBytes: number;
  /** Media types that are accepted. */
  types: readonly string[];
  /** Milliseconds within which the whole body must arrive. @default 10_000 */
  timeoutMs?: number;
}

/** Deepest nesting of arrays and objects: far above any schema, far below what overflows a stack. */
export const MAX_DEPTH = 64;

/**
 * Reads a request's body as JSON, never more of it than allowed, never longer than allowed.
 *
 * @param request the request
 * @param limits bytes, media types and time
 * @returns the value and the length of its text in characters
 * @throws {Problem} 400 no JSON or too deep, 408 too slow, 413 too large, 415 another media type
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<{ value: Json; chars: number }> {
  const text = decode(await readBytes(request, limits));
  if (tooDeep(text)) throw new Problem(400, `The body must not be nested deeper than ${MAX_DEPTH}`);
  try {
    return { value: JSON.parse(text), chars: text.length };
  } catch (cause) {
    throw new Problem(400, `The body must be JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

/**
 * Reads a request's body, never more of it than allowed, never longer than allowed.
 *
 * @param request the request
 * @param limits bytes, media types and time
 * @returns the bytes
 * @throws {Problem} 400 cut off, 408 too slow, 413 too large, 415 another media type
 */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  checkType(request, limits.types);
  const { maxBytes, timeoutMs = 10_000 } = limits;
  const length = request.headers.get("content-length");
  const tooLarge = () => new Problem(413, `The body must be at most ${maxBytes} bytes`);
  if (length !== null && Number(length) > maxBytes) throw tooLarge();
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new Problem(408, `The body must arrive within ${timeoutMs} ms`));
    cancel = CLOCK.after(timeoutMs, refuse);
  });
  // With a declared length the server itself reads no more than that.
  const body = length === null ? readBounded(request.body, maxBytes, tooLarge) : request.bytes();
  try {
    return await Promise.race([body, late]);
  } catch (error) {
    body.catch(() => "the request was given up");
    throw error instanceof Problem ? error : new Problem(400, "The body must arrive whole", { cause: error });
  } finally {
    cancel();
  }
}

/**
 * Gives a request's media type without parameters, in lower case.
 *
 * @param request the request
 * @returns for example `application/json`; empty when absent
 */
export function mediaType(request: Request): string {
  const header = request.headers.get("content-type");
  if (header === null || header === "application/json") return header ?? "";
  return header.split(";", 1)[0]!.trim().toLowerCase();
}

function checkType(request: Request, types: readonly string[]): void {
  const type = mediaType(request);
  if (types.includes(type)) return;
  throw new Problem(415, `The content type must be ${types.join(" or ")}: got ${type === "" ? "none" : `"${type}"`}`);
}

async function readBounded(body: ReadableStream<Uint8Array> | null, maxBytes: number, tooLarge: () => Problem) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

// Other bytes would become U+FFFD without a word, and two requests the same.
function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new Problem(400, "The body must be JSON in UTF-8: it holds other bytes", { cause });
  }
}

// Brackets are counted first, strings included, because hardly any body has so many that nesting must be measured.
function tooDeep(text: string): boolean {
  let opening = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code === 0x5b || code === 0x7b) && ++opening > MAX_DEPTH) return depthOf(text) > MAX_DEPTH;
  }
  return false;
}

function depthOf(text: string): number {
  let depth = 0, deepest = 0, quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}
