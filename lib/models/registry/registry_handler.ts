import type { Store } from "../../store/mod.ts";
import { answerArtifact, ARTIFACT_ROUTES, ARTIFACTS_PATH, decode } from "./_artifacts.ts";
import { openDatabase } from "./_database.ts";
import { ALIAS_ROUTES } from "./_aliases.ts";
import { EXPERIMENT_ROUTES } from "./_experiments.ts";
import { LOGGED_MODEL_ROUTES } from "./_logged_models.ts";
import { MODEL_VERSION_ROUTES } from "./_model_versions.ts";
import { REGISTERED_MODEL_ROUTES } from "./_registered_models.ts";
import type { RegistryContext, Route } from "./_route.ts";
import { RUN_DATA_ROUTES } from "./_run_data.ts";
import { RUN_ROUTES } from "./_runs.ts";
import { SEARCH_EXPERIMENT_ROUTES } from "./_search_experiments.ts";
import { SEARCH_LOGGED_MODEL_ROUTES } from "./_search_logged_models.ts";
import { SEARCH_MODEL_ROUTES } from "./_search_models.ts";
import { SEARCH_RUN_ROUTES } from "./_search_runs.ts";
import { SEARCH_VERSION_ROUTES } from "./_search_versions.ts";
import { invalid, RegistryError, STATUS_OF } from "../client/registry_error.ts";

const API_PATH = "/api/2.0/mlflow/";

const ROUTES: ReadonlyMap<string, Route> = new Map(
  [
    ...EXPERIMENT_ROUTES,
    ...SEARCH_EXPERIMENT_ROUTES,
    ...RUN_ROUTES,
    ...SEARCH_RUN_ROUTES,
    ...RUN_DATA_ROUTES,
    ...ARTIFACT_ROUTES,
    ...REGISTERED_MODEL_ROUTES,
    ...SEARCH_MODEL_ROUTES,
    ...ALIAS_ROUTES,
    ...MODEL_VERSION_ROUTES,
    ...SEARCH_VERSION_ROUTES,
    ...SEARCH_LOGGED_MODEL_ROUTES,
  ].map((route) => [`${route.method} ${API_PATH}${route.path}`, route]),
);

/** Calls whose path holds parameters, as `:name`. */
const TEMPLATES = LOGGED_MODEL_ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.method} ${API_PATH}${route.path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

/** Calls of transfers past the server, which MLflow too answers so where artifacts are files of its own. */
const UNSUPPORTED = /^(GET(?= \S+\/presigned\/)|POST(?= \S+\/mpu\/)) \/api\/2\.0\/mlflow-artifacts\//;

/** Answers MLflow's REST API. */
export interface RegistryHandler extends AsyncDisposable {
  /** Answers one call. */
  (request: Request): Promise<Response>;
}

/**
 * Opens the embedded model registry: the part of MLflow's REST API 2.0 that a workbench needs, over SQLite and the
 * lake's store. Paths, JSON, statuses and error codes are MLflow's (mlflow/protos, version 3); a call that is not there
 * answers ENDPOINT_NOT_FOUND and names it. Several processes may open the same registry.
 *
 * @param location store of the artifacts, and the folder of registry.db
 * @returns the handler; dispose of it to close the tables
 * @throws {Error} when registry.db cannot be opened
 * @example
 * ```ts
 * import { openStore } from "../../store/mod.ts";
 * import { registryHandler } from "./registry_handler.ts";
 * const dir = Deno.makeTempDirSync();
 * await using handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir });
 * const answer = await handler(new Request("http://registry/api/2.0/mlflow/registered-models/search"));
 * if (answer.status !== 200) throw new Error("unexpected");
 * ```
 */
export function registryHandler(location: { store: Store; dir: string }): RegistryHandler {
  const db = openDatabase(location.dir);
  const context = { db, store: location.store, whole: new Map() };
  return Object.assign((request: Request) => answer(context, request).catch(answerError), {
    [Symbol.asyncDispose]: () => Promise.resolve(db[Symbol.dispose]()),
  });
}

async function answer(context: RegistryContext, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const isArtifact = pathname === ARTIFACTS_PATH || pathname.startsWith(`${ARTIFACTS_PATH}/`);
  if (isArtifact && ["GET", "PUT", "DELETE"].includes(request.method)) {
    return await answerArtifact(context, request);
  }
  const { route, inPath } = findRoute(`${request.method} ${pathname}`);
  const transfer = UNSUPPORTED.exec(`${request.method} ${pathname}`)?.[1];
  if (transfer !== undefined) {
    const what = transfer === "GET" ? "download" : "upload";
    const message = `Multipart ${what} is not supported for the current artifact repository`;
    throw new RegistryError("NOT_IMPLEMENTED", message);
  }
  if (!route) {
    throw new RegistryError(
      "ENDPOINT_NOT_FOUND",
      `Cannot answer "${request.method} ${pathname}" as it is not in this version of the embedded registry`,
    );
  }
  const parameters = request.method === "GET" ? queryOf(searchParams) : await bodyOf(request);
  return Response.json(route.answer(context, { ...parameters, ...inPath }));
}

function findRoute(call: string): { route?: Route; inPath: Record<string, string> } {
  const route = ROUTES.get(call);
  if (route) return { route, inPath: {} };
  const found = TEMPLATES.find(({ pattern }) => pattern.test(call));
  if (!found) return { inPath: {} };
  const groups = Object.entries(found.pattern.exec(call)!.groups ?? {});
  return { route: found.route, inPath: Object.fromEntries(groups.map(([key, value]) => [key, decode(value)])) };
}

function queryOf(query: URLSearchParams): Record<string, unknown> {
  const all = (key: string) => query.getAll(key);
  return Object.fromEntries(
    [...new Set(query.keys())].map((key) => [key, all(key).length > 1 ? all(key) : all(key)[0]]),
  );
}

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const body = await request.text();
  if (body === "") return {};
  const value = parseJson(body);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid("Cannot read the request as its body must be a JSON object");
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new RegistryError("INVALID_PARAMETER_VALUE", `Cannot read the request as its body must be JSON: ${cause}`, {
      cause,
    });
  }
}

function answerError(error: unknown): Response {
  const code = error instanceof RegistryError ? error.code : "INTERNAL_ERROR";
  const status = STATUS_OF[code as keyof typeof STATUS_OF];
  const message = error instanceof Error ? error.message : String(error);
  return Response.json({ error_code: code, message }, { status });
}
