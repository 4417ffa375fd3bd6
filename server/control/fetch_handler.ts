import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { pipeline } from "node:stream/promises";
import type { ExpressRequest, ExpressResponse, Handler } from "./_express.ts";

/**
 * Lets Express answer by a handler of fetch's shape; bodies stream both ways.
 *
 * @param handle handler from Request to Response
 * @returns the Express handler
 */
export function fetchHandler(handle: (request: Request) => Promise<Response>): Handler {
  return async (request, response) => {
    const answer = await handle(toRequest(request));
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
    if (answer.body === null) return void response.end();
    await pipeline(Readable.fromWeb(answer.body as NodeStream<Uint8Array>), response);
  };
}

function toRequest(request: ExpressRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const method = request.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? Readable.toWeb(request) as unknown as ReadableStream<Uint8Array> : null;
  return new Request(`http://${request.headers.host}${request.originalUrl}`, { method, headers, body });
}

/**
 * Answers with a response of fetch's shape.
 *
 * @param answer response with a text body
 * @param response Express's response
 */
export async function sendResponse(answer: Response, response: ExpressResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.end(await answer.text());
}
