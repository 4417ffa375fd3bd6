import { CLOCK } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { Problem, readJson } from "../http/mod.ts";
import { answerModel, modelLabel } from "./answer_model.ts";
import type { ServingNode } from "./node.ts";
import { inferAnswer, modelMetadata, readInfer } from "./oip.ts";
import { decodePart, MAX_BYTES, only, optionsOf, respond, servedFor, traceHeaders, withLoad } from "./request.ts";
import type { Served } from "./served.ts";
import type { ServedModel } from "./served_models.ts";
import { VERSION } from "./version.ts";

const MODEL = /^\/v2\/models\/([^/]{1,300})(?:\/versions\/([^/]{1,100}))?(?:\/(ready|infer))?$/;
const READ = ["GET", "HEAD"];
/** Clients of the protocol leave the type out where they send JSON alone. */
const TYPES = ["application/json", "application/octet-stream", ""];

/**
 * Tells whether a path belongs to the Open Inference Protocol v2.
 *
 * @param path path of a request
 * @returns whether it does
 */
export function isOip(path: string): boolean {
  return path === "/v2" || path.startsWith("/v2/");
}

/**
 * Answers a request of the Open Inference Protocol v2, from promoted models and nothing else.
 *
 * @param request the request
 * @param path its path
 * @param node the serving node
 * @returns the answer
 * @throws {Problem} 400, 404, 405, 408, 413, 415, 503
 */
export async function answerOip(request: Request, path: string, node: ServingNode): Promise<Response> {
  const [, name, version, what] = MODEL.exec(path) ?? [];
  if (name === undefined) return await only(request, READ, () => answerServer(path, node));
  const asked = { name: decodePart(name), version: version === undefined ? null : decodePart(version) };
  if (what === "infer") return await only(request, ["POST"], () => infer(request, asked, node));
  return await only(request, READ, () => {
    const served = servedFor(request, node);
    const model = findModel(asked, served);
    return respond(what === "ready" ? { name: model.name, ready: true } : modelMetadata(model), served.offset - 1);
  });
}

/**
 * Answers with an error of the Open Inference Protocol.
 *
 * @param problem what is wrong
 * @param path path of the request
 * @param node the serving node
 * @returns `{error}`, with the decision where there is one
 */
export function oipError(problem: Problem, path: string, node: ServingNode): Response {
  const { status, message, options: { headers, retryAfterS, members } } = problem;
  const [, name = "", , what] = MODEL.exec(path) ?? [];
  if (what === "infer" && members?.decision === undefined) {
    node.effects.metrics.refuse(node.served().models.has(name) ? modelLabel(name) : "", status);
  }
  const retry = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  return Response.json({ error: message, ...members }, { status, headers: { ...retry, ...headers } });
}

function answerServer(path: string, node: ServingNode): Response {
  if (path === "/v2") return Response.json({ name: "boathouse", version: VERSION, extensions: [] });
  if (path === "/v2/health/live") return Response.json({ live: true });
  if (path !== "/v2/health/ready") {
    throw new Problem(404, `There is nothing at ${path.slice(0, 200)}: ask POST /v2/models/NAME/infer`);
  }
  const ready = node.unready().length === 0;
  // The protocol's own text calls it "live" here; clients look at either.
  return Response.json({ ready, live: ready }, { status: ready ? 200 : 503 });
}

interface AskedModel {
  name: string;
  version: string | null;
}

function infer(request: Request, which: AskedModel, node: ServingNode): Promise<Response> {
  return withLoad(node, async () => {
    const arrivedMs = CLOCK.nowMs();
    const served = servedFor(request, node);
    const model = findModel(which, served);
    if (request.headers.has("inference-header-content-length")) {
      throw new Problem(400, "Tensors must be JSON: binary ones are not in this version, ask without them");
    }
    const { value, chars } = await readJson(request, { maxBytes: MAX_BYTES, types: TYPES });
    const asked = readInfer(value, model);
    const input = asked.columns as Json;
    const context = { ...optionsOf(request), arrivedMs, input, chars, configOffset: served.offset - 1 };
    const { decision, answers } = await answerModel(model, asked, context, node.effects);
    const body = inferAnswer(model, asked, decision, answers);
    return respond(body, served.offset - 1, traceHeaders(context.traceparent, decision));
  });
}

function findModel({ name, version }: AskedModel, { models, brokenModels }: Served): ServedModel {
  const found = models.get(name), why = brokenModels.get(name);
  if (found && (version === null || version === found.version)) return found;
  if (why !== undefined) {
    throw new Problem(503, `Model "${name}" is not served as promoted: ${why}`, { retryAfterS: 5 });
  }
  if (!found) {
    const known = [...models.keys()].join(", ") || "none";
    throw new Problem(404, `Model "${name}" is not promoted, promoted are ${known}: boathouse promote model:${name}@1`);
  }
  const way = `boathouse promote model:${name}@${version}`;
  throw new Problem(404, `Model "${name}@${version}" is not served, as version ${found.version} is promoted: ${way}`);
}
