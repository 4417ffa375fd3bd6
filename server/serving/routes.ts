import type { Identity } from "../auth/mod.ts";
import { asProblem, Problem, problemResponse, refuseForeign } from "../http/mod.ts";
import { countRefusal, getEndpoint, postBatch, postEndpoint, postFunction } from "./endpoint_routes.ts";
import { admit } from "./admit.ts";
import { getClient, getOpenApi } from "./document_routes.ts";
import { getDecision } from "./decision_route.ts";
import { metricsText, readiness } from "./health.ts";
import { answerOip, isOip, oipError } from "./model_routes.ts";
import type { ServingNode } from "./node.ts";
import { decodePart, only } from "./request.ts";
import { takeEvents, takeLabels } from "./take_events.ts";

/**
 * Makes the HTTP handler of a serving node.
 *
 * @param node the serving node
 * @param onFault told of each fault of the server's own
 * @returns handler that never rejects
 */
export function createHandler(
  node: ServingNode,
  onFault: (error: unknown) => void,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      // A page of others has no token to send, whatever its browser takes for this host.
      if (!node.access().required) refuseForeign(request.url, request.headers.get("origin"));
      return await route(request, node, admit(request, pathOf(request), node));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 500) onFault(problem.cause);
      if (isOip(pathOf(request))) return oipError(problem, pathOf(request), node);
      const [, endpoint] = ENDPOINT.exec(pathOf(request)) ?? [];
      if (endpoint !== undefined) countRefusal(endpoint, problem, node);
      return problemResponse(problem);
    }
  };
}

const ENDPOINT = /^\/v1\/endpoints\/([^/]{1,100})(\/batch|\/client\.ts)?$/;
const DECISION = /^\/v1\/decisions\/([^/]{1,200})$/;
const FUNCTION = /^\/v1\/functions\/([^/]{1,200})$/;

async function route(request: Request, node: ServingNode, identity: Identity | null): Promise<Response> {
  const path = pathOf(request);
  const endpoint = ENDPOINT.exec(path);
  if (endpoint) {
    const [, name, part] = endpoint, batch = part === "/batch";
    if (part === "/client.ts") return await only(request, READ, () => getClient(name!, request, node));
    if (request.method === "POST") return await (batch ? postBatch : postEndpoint)(name!, request, node);
    return only(request, batch ? ["POST"] : ["GET", "HEAD", "POST"], () => getEndpoint(name!, node));
  }
  const tried = FUNCTION.exec(path);
  if (tried) return await only(request, ["POST"], () => postFunction(decodePart(tried[1]!), request, node));
  const decision = DECISION.exec(path);
  if (decision) return await only(request, READ, () => getDecision(decodePart(decision[1]!), identity, node));
  if (isOip(path)) return await answerOip(request, path, node);
  const found = ROUTES[path];
  if (found) return await only(request, found.methods, () => found.answer(request, node));
  throw new Problem(404, `There is nothing at ${path.slice(0, 200)}: see GET /openapi.json`);
}

interface Route {
  methods: string[];
  answer: (request: Request, node: ServingNode) => Response | Promise<Response>;
}

const READ = ["GET", "HEAD"];
const ROUTES: Record<string, Route> = Object.assign(
  Object.create(null),
  {
    "/health/live": { methods: READ, answer: () => Response.json({ live: true }) },
    "/health/ready": { methods: READ, answer: (_, node) => readiness(node) },
    "/metrics": {
      methods: READ,
      answer: (_, node) =>
        new Response(metricsText(node), { headers: { "content-type": "text/plain; version=0.0.4" } }),
    },
    "/openapi.json": { methods: READ, answer: (_, node) => getOpenApi(node) },
    "/v1/endpoints": { methods: READ, answer: (_, node) => getEndpoint(null, node) },
    "/v1/events": { methods: ["POST"], answer: (request, node) => publish(request, node, takeEvents) },
    "/v1/labels": { methods: ["POST"], answer: (request, node) => publish(request, node, countedLabels(node)) },
  } satisfies Record<string, Route>,
);

function countedLabels(node: ServingNode): typeof takeLabels {
  return async (request, effects) => {
    const taken = await takeLabels(request, effects);
    node.load.unknownLabels += taken.unknown;
    return taken;
  };
}

async function publish(request: Request, node: ServingNode, take: typeof takeEvents): Promise<Response> {
  if (node.starting()) throw new Problem(503, "The node is starting", { retryAfterS: 1 });
  return Response.json(await take(request, { bus: node.bus, types: node.types(), source: node.effects.source }));
}

function pathOf({ url }: Request): string {
  const start = url.indexOf("/", 8), query = url.indexOf("?", start);
  return query < 0 ? url.slice(start) : url.slice(start, query);
}
