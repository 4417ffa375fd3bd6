import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { largeParts } from "../../lib/models/mod.ts";
import { Problem } from "../http/mod.ts";
import type { ExpressRequest, ExpressResponse, Handler } from "./_express.ts";

const PART_BYTES = 1024 * 1024;

/**
 * Lets Express answer by a handler of fetch's shape; bodies stream both ways, up to a size.
 *
 * @param handle handler from Request to Response
 * @param maxBytes largest body of a request
 * @returns the Express handler
 */
export function fetchHandler(handle: (request: Request) => Promise<Response>, maxBytes: number): Handler {
  return async (request, response) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    await sendResponse(await handle(toRequest(request, maxBytes)), response);
  };
}

/**
 * Answers with a response of fetch's shape.
 *
 * @param answer the response
 * @param response Express's response
 */
export async function sendResponse(answer: Response, response: ExpressResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.appendHeader(name, value);
  if (answer.body === null) return void response.end();
  await pipeline(Readable.from(largeParts(answer.body, PART_BYTES)), response);
}

function toRequest(request: ExpressRequest, maxBytes: number): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const method = request.method ?? "GET";
  const body = method === "GET" || method === "HEAD" ? null : ReadableStream.from(bounded(request, maxBytes));
  return new Request(`http://${request.headers.host}${request.originalUrl}`, { method, headers, body });
}

async function* bounded(request: ExpressRequest, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield new Uint8Array(chunk);
  }
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, `The body must be at most ${maxBytes} bytes`);
}
