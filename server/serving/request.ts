import { Problem } from "../http/mod.ts";
import type { Asked } from "./inference_event.ts";
import type { ServingNode } from "./node.ts";
import type { Served } from "./served.ts";
import { readTraceparent, traceResponse } from "./trace_context.ts";

/** One record of the bus holds input and output: a quarter of it is a request's share. */
export const MAX_BYTES = 256 * 1024;
/** Requests answered at a time; more are told to come back. */
const MAX_IN_FLIGHT = 2000;

/**
 * Gives what a request is to be answered by, and holds on to it: what is taken over meanwhile is for later requests.
 *
 * @param request the request
 * @param node the serving node
 * @returns what is served
 * @throws {Problem} 503 when the node is starting, or behind the config offset that the request asks for
 */
export function servedFor(request: Request, node: ServingNode): Served {
  if (node.starting()) throw new Problem(503, "The node is starting", { retryAfterS: 1 });
  const served = node.served();
  const least = numberHeader(request, "boathouse-min-config-offset", 0);
  if (least === null || served.offset > least) return served;
  const detail = `The node is at config offset ${served.offset - 1}, asked for was at least ${least}`;
  throw new Problem(503, detail, { retryAfterS: 1 });
}

/**
 * Reads what a request allows and belongs to.
 *
 * @param request the request
 * @returns milliseconds, trace context
 * @throws {Problem} 400 when a header is no number
 */
export function optionsOf(request: Request): Pick<Asked, "budgetMs" | "traceparent"> {
  return {
    budgetMs: numberHeader(request, "boathouse-budget-ms", Number.MIN_VALUE),
    traceparent: readTraceparent(request.headers.get("traceparent")),
  };
}

function numberHeader(request: Request, name: string, least: number): number | null {
  const text = request.headers.get(name);
  if (text === null) return null;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value;
  throw new Problem(400, `Header ${name} must be a number${least > 0 ? " above 0" : " of at least 0"}: got "${text}"`);
}

/**
 * Answers a request while it is counted as under way.
 *
 * @param node the serving node
 * @param work answers it
 * @returns the answer
 * @throws {Problem} 503 when too many are under way
 */
export async function withLoad(node: ServingNode, work: () => Promise<Response>): Promise<Response> {
  if (node.load.inFlight >= MAX_IN_FLIGHT) {
    throw new Problem(503, `The node answers ${MAX_IN_FLIGHT} requests already`, { retryAfterS: 1 });
  }
  node.load.inFlight++;
  try {
    return await work();
  } finally {
    node.load.inFlight--;
  }
}

/**
 * Answers with JSON.
 *
 * @param body the answer
 * @param configOffset offset of the newest control record in force
 * @param headers further headers
 * @returns 200
 */
export function respond(body: unknown, configOffset: number, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    headers: { "content-type": "application/json", "boathouse-config-offset": String(configOffset), ...headers },
  });
}

/**
 * Tells a caller who traces where in the trace its answer was made.
 *
 * @param traceparent the caller's trace context; null when there is none
 * @param id id of the decision, or another UUID
 * @returns headers
 */
export function traceHeaders(traceparent: string | null, id: string): Record<string, string> {
  return traceparent === null ? {} : { traceresponse: traceResponse(traceparent, id) };
}

/**
 * Refuses other methods.
 *
 * @param request the request
 * @param methods methods that are answered
 * @param answer answers it
 * @returns the answer
 * @throws {Problem} 405
 */
export function only<T>(request: Request, methods: string[], answer: () => T): T {
  if (methods.includes(request.method)) return answer();
  throw new Problem(405, `The method must be ${methods.join(" or ")}: got ${request.method}`, {
    headers: { allow: methods.join(", ") },
  });
}

/**
 * Decodes a part of a path.
 *
 * @param part percent-encoded text
 * @returns the text
 * @throws {Problem} 400
 */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new Problem(400, "The path must be well-formed", { cause });
  }
}
