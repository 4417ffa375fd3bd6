import { CLOCK, type CompiledEndpoint } from "../../lib/endpoints/mod.ts";
import { type Json, uuidv7 } from "../../lib/events/mod.ts";
import { asProblem, Problem, type ProblemBody, problemBody, readJson } from "../http/mod.ts";
import { type Answered, answerRequest, tryFunction } from "./answer.ts";
import type { Asked } from "./inference_event.ts";
import { type ServingNode, TRY_PRODUCT } from "./node.ts";
import type { GivenAnswer } from "./shadow_calls.ts";
import { MAX_BYTES, optionsOf, respond, servedFor, traceHeaders, withLoad } from "./request.ts";

const MAX_BATCH = 1000;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** Answers of one batch computed at a time, so that a batch does not starve single requests. */
const BATCH_WIDTH = 32;
const TYPES = ["application/json"];

/**
 * Answers `POST /v1/endpoints/NAME`.
 *
 * @param name name of the endpoint
 * @param request the request
 * @param node the serving node
 * @returns 200 with output and decision
 * @throws {Problem} 400, 404, 413, 415, 422, 503
 */
export function postEndpoint(name: string, request: Request, node: ServingNode): Promise<Response> {
  return withLoad(node, async () => {
    const arrivedMs = CLOCK.nowMs();
    const { endpoint, configOffset } = findEndpoint(name, request, node);
    const options = { ...optionsOf(request), arrivedMs, configOffset };
    const { value: input, chars } = await readJson(request, { maxBytes: MAX_BYTES, types: TYPES });
    const given: GivenAnswer[] = [];
    const answer = () => answerRequest(endpoint, { input, chars, ...options }, node.effects, (one) => given.push(one));
    const answered = await onceOnly(request, name, input, node, answer);
    askShadows(given, node);
    return respond(answered, configOffset, traceHeaders(options.traceparent, answered.decision.id));
  });
}

/**
 * Answers `POST /v1/endpoints/NAME/batch`: a list of inputs, each decided for itself.
 *
 * @param name name of the endpoint
 * @param request the request
 * @param node the serving node
 * @returns 200 with one result per input, in order
 * @throws {Problem} 400, 404, 413, 415, 422, 503
 */
export function postBatch(name: string, request: Request, node: ServingNode): Promise<Response> {
  return withLoad(node, async () => {
    const { endpoint, configOffset } = findEndpoint(name, request, node);
    const options = { ...optionsOf(request), configOffset };
    const { value: inputs, chars } = await readJson(request, { maxBytes: MAX_BATCH_BYTES, types: TYPES });
    if (!Array.isArray(inputs)) throw new Problem(422, "The body must be a list of inputs", { pointer: "" });
    if (inputs.length > MAX_BATCH) {
      throw new Problem(413, `A batch must hold at most ${MAX_BATCH} inputs: got ${inputs.length}`);
    }
    const given: GivenAnswer[] = [];
    const answerEach = async (input: Json): Promise<BatchResult> => {
      const asked: Asked = { input, chars: Math.ceil(chars / inputs.length), arrivedMs: CLOCK.nowMs(), ...options };
      return await answerRequest(endpoint, asked, node.effects, (one) => given.push(one))
        .catch((error) => failure(name, error, node));
    };
    const answer = async () => ({ results: await mapWide(inputs, BATCH_WIDTH, answerEach) });
    const answered = await onceOnly(request, `${name}/batch`, inputs, node, answer);
    askShadows(given, node);
    return respond(answered, configOffset, traceHeaders(options.traceparent, uuidv7()));
  });
}

/**
 * Answers `POST /v1/functions/NAME@HASH`, for trying.
 *
 * @param ref `name` or `name@hash`
 * @param request the request
 * @param node the serving node
 * @returns 200 with output and decision
 * @throws {Problem} 400, 404, 413, 415, 422, 503
 */
export function postFunction(ref: string, request: Request, node: ServingNode): Promise<Response> {
  return withLoad(node, async () => {
    const arrivedMs = CLOCK.nowMs();
    const { offset } = node.served();
    const options = { ...optionsOf(request), arrivedMs, configOffset: offset - 1 };
    const { value: input, chars } = await readJson(request, { maxBytes: MAX_BYTES, types: TYPES });
    const found = await findFunction(ref, node);
    const asked = { input, chars, ...options, arrivedMs: CLOCK.nowMs() };
    const tried = await tryFunction(found.call, found.schemas, TRY_PRODUCT, asked, node.effects);
    return respond(tried, offset - 1, traceHeaders(options.traceparent, tried.decision.id));
  });
}

/**
 * Answers `GET /v1/endpoints` and `GET /v1/endpoints/NAME`.
 *
 * @param name name of the endpoint; null for the list
 * @param node the serving node
 * @returns what is served
 * @throws {Problem} 404
 */
export function getEndpoint(name: string | null, node: ServingNode): Response {
  const { endpoints, broken, offset } = node.served();
  if (name === null) {
    const list = [...endpoints].map(([endpoint, { revision }]) => ({ endpoint, revision }));
    return respond({ endpoints: list, broken: Object.fromEntries(broken) }, offset - 1);
  }
  const found = endpoints.get(name);
  if (found === undefined) throw unknownEndpoint(name, node);
  return respond({ revision: found.revision, ...found.spec }, offset - 1);
}

type BatchResult = Answered | { error: ProblemBody };

/**
 * Says why an endpoint does not answer.
 *
 * @param name name as asked
 * @param node the serving node
 * @returns 503 where it is active and cannot be served, else 404
 */
export function unknownEndpoint(name: string, node: ServingNode): Problem {
  const why = node.served().broken.get(name);
  if (why !== undefined) return new Problem(503, `Endpoint "${name}" cannot be served: ${why}`, { retryAfterS: 5 });
  return new Problem(404, `Endpoint "${name}" is not active here: see GET /v1/endpoints`);
}

function findEndpoint(
  name: string,
  request: Request,
  node: ServingNode,
): { endpoint: CompiledEndpoint; configOffset: number } {
  const { endpoints, offset } = servedFor(request, node);
  const endpoint = endpoints.get(name);
  if (endpoint === undefined) throw unknownEndpoint(name, node);
  return { endpoint, configOffset: offset - 1 };
}

async function findFunction(ref: string, node: ServingNode) {
  if (!/^[A-Za-z_$][\w$]*(@[0-9a-f]{64})?$/.test(ref)) {
    throw new Problem(404, `"${ref.slice(0, 100)}" is not a function's name or name@hash`);
  }
  const found = await node.findFunction(ref);
  if (found !== null) return found;
  throw new Problem(404, `Function "${ref}" is not promoted: run boathouse promote NOTEBOOK#${ref.split("@")[0]}`);
}

// In a turn of its own, when the answer has left.
function askShadows(given: readonly GivenAnswer[], { shadows }: ServingNode): void {
  if (given.length > 0) setTimeout(() => given.forEach(shadows.ask));
}

async function onceOnly<T>(
  request: Request,
  scope: string,
  input: Json,
  { once }: ServingNode,
  answer: () => Promise<T>,
): Promise<T> {
  const key = request.headers.get("idempotency-key");
  return await (key === null ? answer() : once.run(scope, key, JSON.stringify(input), answer));
}

function failure(name: string, error: unknown, node: ServingNode): { error: ProblemBody } {
  const problem = asProblem(error);
  countRefusal(name, problem, node);
  return { error: problemBody(problem) };
}

/**
 * Counts a refused request, unless its plan ran and was counted for that.
 *
 * @param endpoint name as asked
 * @param problem why it was refused
 * @param node the serving node
 */
export function countRefusal(endpoint: string, { status, options }: Problem, node: ServingNode): void {
  if (options.members?.decision !== undefined) return;
  node.effects.metrics.refuse(node.served().endpoints.has(endpoint) ? endpoint : "", status);
}

async function mapWide<T, R>(items: T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
