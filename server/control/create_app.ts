import type { RequestListener } from "node:http";
import config from "../../deno.json" with { type: "json" };
import { asProblem, Problem, problemResponse } from "../http/mod.ts";
import { type App, createApp, type ErrorHandler, type Handler, jsonBody, onError } from "./_express.ts";
import type { ControlPlane } from "./control_plane.ts";
import { addEndpointApi } from "./endpoint_api.ts";
import { fetchHandler, sendResponse } from "./fetch_handler.ts";
import { addGuard, nameAuthor } from "./guard_app.ts";
import { addFunctionApi } from "./function_api.ts";
import { addModelApi } from "./model_api.ts";
import { addWebhookApi } from "./webhook_api.ts";
import { homePage } from "./home_page.ts";

/** MLflow's own limit of log-batch is 1 MB; artefacts are whole models. */
const MAX_MLFLOW_BYTES = 16 * 1024 * 1024;
const MAX_ARTIFACT_BYTES = 512 * 1024 * 1024;

/**
 * Makes the Express application of a control plane.
 *
 * @param plane control plane
 * @param onFault told of each fault of the server's own
 * @returns request listener
 */
export function createControlApp(plane: ControlPlane, onFault: (error: unknown) => void): RequestListener {
  const app = createApp();
  const answered = new Map<number, number>();
  app.use(countAnswers(answered));
  addGuard(app, plane);
  app.use("/api/2.0/mlflow-artifacts", fetchHandler(plane.registry, MAX_ARTIFACT_BYTES));
  app.use("/api/2.0/mlflow", fetchHandler(plane.registry, MAX_MLFLOW_BYTES));
  addWebhookApi(app, plane.webhooks);
  app.use(requireJson, jsonBody("1mb"), nameAuthor);
  addHealth(app, plane, answered);
  addEndpointApi(app, plane);
  addFunctionApi(app, plane);
  addModelApi(app, plane);
  app.get("/api/lake/tables", async (_, response) => void response.json({ tables: await plane.tables() }));
  app.get("/", (_, response) => void response.type("html").send(homePage(plane.servingUrl, config.version)));
  app.use((request) => {
    throw new Problem(404, `There is nothing at ${request.method} ${request.path.slice(0, 200)}`);
  });
  onError(app, answerError(onFault));
  return app;
}

function addHealth(app: App, { control }: ControlPlane, answered: ReadonlyMap<number, number>): void {
  app.get("/health/live", (_, response) => void response.json({ live: true }));
  app.get("/health/ready", async (_, response) => {
    const { unready, offset } = await control.state();
    response.status(unready === null ? 200 : 503).json({ ready: unready === null, unready, configOffset: offset - 1 });
  });
  app.get("/metrics", async (_, response) => {
    const { offset } = await control.state();
    response.type("text/plain; version=0.0.4").send(metricsText(answered, offset - 1));
  });
}

function metricsText(answered: ReadonlyMap<number, number>, configOffset: number): string {
  return [
    "# HELP boathouse_control_requests_total Requests answered, by HTTP status.",
    "# TYPE boathouse_control_requests_total counter",
    ...[...answered].map(([status, count]) => `boathouse_control_requests_total{status="${status}"} ${count}`),
    "# HELP boathouse_config_offset Offset of the newest control record.",
    "# TYPE boathouse_config_offset gauge",
    `boathouse_config_offset ${configOffset}`,
    "# HELP boathouse_resident_bytes Resident memory of the process.",
    "# TYPE boathouse_resident_bytes gauge",
    `boathouse_resident_bytes ${Deno.memoryUsage().rss}`,
    "",
  ].join("\n");
}

function countAnswers(answered: Map<number, number>): Handler {
  return (_, response, next) => {
    response.on("finish", () => answered.set(response.statusCode, (answered.get(response.statusCode) ?? 0) + 1));
    next();
  };
}

const requireJson: Handler = (request, _, next) => {
  const type = request.headers["content-type"] ?? "";
  if (request.method === "POST" && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Problem(415, `The content type must be application/json: got ${type === "" ? "none" : `"${type}"`}`);
  }
  next();
};

function answerError(onFault: (error: unknown) => void): ErrorHandler {
  // Express tells error handlers by their four parameters.
  return async (error, _request, response, _next) => {
    const problem = toProblem(error);
    if (problem.status === 500) onFault(error);
    if (response.headersSent) return void response.destroy();
    await sendResponse(problemResponse(problem), response);
  };
}

function toProblem(error: unknown): Problem {
  const { status, type } = error as { status?: number; type?: string };
  if (error instanceof Problem || !(error instanceof Error)) return asProblem(error);
  if (type === "entity.too.large") return new Problem(413, "The body must be at most 1 MB");
  if (status === 400) return new Problem(400, `The body must be JSON: ${error.message.slice(0, 200)}`);
  // What the library refuses is the caller's to mend.
  const isRefusal = error.message.startsWith("Cannot ") &&
    (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError);
  return isRefusal ? new Problem(422, error.message) : asProblem(error);
}
