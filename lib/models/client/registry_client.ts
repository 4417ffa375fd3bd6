import { z } from "zod";
import { RegistryError } from "./registry_error.ts";

/** Sends a request: the embedded registry's handler, or `fetch`. */
export type RegistryFetch = (request: Request) => Promise<Response>;

const millis = z.coerce.number();
const tags = z.array(z.object({ key: z.string(), value: z.string().default("") })).default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])));
const metricValue = z.union([z.number(), z.string().transform(Number)]).default(0);

/** One value of a metric. */
export interface RegistryMetric {
  /** Name of the metric. */
  key: string;
  /** The value. */
  value: number;
  /** When it was logged, milliseconds since 1970. */
  timestamp: number;
  /** Place in the run; the highest is the latest. */
  step: number;
}

/** A run. */
export interface RegistryRun {
  /** Its head. */
  info: { run_id: string; experiment_id: string; status: string; artifact_uri: string };
  /** The latest value of each metric, parameters and tags. */
  data: { metrics: RegistryMetric[]; params: Record<string, string>; tags: Record<string, string> };
}

/** A version of a model as the registry holds it. */
export interface RegistryVersion {
  /** Name of the model. */
  name: string;
  /** Number of the version. */
  version: string;
  /** When it was made, milliseconds since 1970. */
  creation_timestamp: number;
  /** Folder of its artifacts, `mlflow-artifacts:/…`. */
  source: string;
  /** Run that logged it; empty when there is none. */
  run_id: string;
  /** READY when it may be loaded. */
  status: string;
  /** Its tags. */
  tags: Record<string, string>;
  /** Aliases that name it; listings leave them out. */
  aliases: string[];
}

/** A registered model. */
export interface RegistryModel {
  /** Its name. */
  name: string;
  /** What it is for. */
  description: string;
  /** Aliases, each with the version that it names. */
  aliases: { alias: string; version: string }[];
  /** The newest version, if there is one. */
  latest_versions: RegistryVersion[];
}

const METRIC: z.ZodType<RegistryMetric> = z.object({
  key: z.string(),
  value: metricValue,
  timestamp: millis.default(0),
  step: millis.default(0),
});
const RUN: z.ZodType<RegistryRun> = z.object({
  info: z.object({ run_id: z.string(), experiment_id: z.string(), status: z.string(), artifact_uri: z.string() }),
  data: z.object({ metrics: z.array(METRIC).default([]), params: tags, tags }),
});
const VERSION: z.ZodType<RegistryVersion> = z.object({
  name: z.string(),
  version: z.coerce.string(),
  creation_timestamp: millis.default(0),
  source: z.string().default(""),
  run_id: z.string().default(""),
  status: z.string().default("READY"),
  tags,
  aliases: z.array(z.string()).default([]),
});
const MODEL: z.ZodType<RegistryModel> = z.object({
  name: z.string(),
  description: z.string().default(""),
  aliases: z.array(z.object({ alias: z.string(), version: z.coerce.string() })).default([]),
  latest_versions: z.array(VERSION).default([]),
});

/** What is logged to a run at once. */
export interface RunBatch {
  /** Values of metrics. */
  metrics?: readonly RegistryMetric[];
  /** Parameters, which never change once logged. */
  params?: Readonly<Record<string, string>>;
  /** Tags. */
  tags?: Readonly<Record<string, string>>;
}

/** MLflow's REST API 2.0, as far as the embedded registry has it. Every call rejects with RegistryError when refused. */
export interface RegistryClient {
  /** Makes an experiment, or finds the one of that name; gives its id. */
  ensureExperiment(name: string): Promise<string>;
  /** Starts a run. */
  createRun(experimentId: string, run: { name: string; startMs: number }): Promise<RegistryRun>;
  /** Reads a run. */
  getRun(runId: string): Promise<RegistryRun>;
  /** Ends a run. */
  endRun(runId: string, status: "FINISHED" | "FAILED" | "KILLED", endMs: number): Promise<void>;
  /** Deletes a run. */
  deleteRun(runId: string): Promise<void>;
  /** Logs to a run, in as many calls as MLflow's limits ask for. */
  logBatch(runId: string, batch: RunBatch): Promise<void>;
  /** Stores an artifact; `uri` is `mlflow-artifacts:/…`. */
  putArtifact(uri: string, bytes: Uint8Array): Promise<void>;
  /** Reads an artifact. */
  getArtifact(uri: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Makes a registered model, or finds it. */
  ensureModel(name: string): Promise<void>;
  /** Reads a registered model. */
  getModel(name: string): Promise<RegistryModel>;
  /** Lists the registered models by name. */
  searchModels(): Promise<RegistryModel[]>;
  /** Makes a version. */
  createVersion(
    version: { name: string; source: string; runId: string; tags: Readonly<Record<string, string>> },
  ): Promise<RegistryVersion>;
  /** Reads a version by its number. */
  getVersion(name: string, version: string): Promise<RegistryVersion>;
  /** Reads the version that an alias names. */
  getVersionByAlias(name: string, alias: string): Promise<RegistryVersion>;
  /** Lists the versions that a filter of MLflow's form lets through. */
  searchVersions(filter: string): Promise<RegistryVersion[]>;
  /** Tags a version. */
  setVersionTag(name: string, version: string, key: string, value: string): Promise<void>;
  /** Lets an alias name a version. */
  setAlias(name: string, alias: string, version: string): Promise<void>;
  /** Removes an alias; one that is not there is no error. */
  deleteAlias(name: string, alias: string): Promise<void>;
}

const MAX_METRICS = 1000;
const MAX_PARAMS_OR_TAGS = 100;

/**
 * Makes a client of MLflow's REST API.
 *
 * @param send the embedded registry's handler, or `fetch`
 * @param origin where the API lies, for example `http://127.0.0.1:5000`; the embedded registry has no address
 * @returns the client
 * @example
 * ```ts
 * import { openStore } from "../../store/mod.ts";
 * import { registryClient } from "./registry_client.ts";
 * import { registryHandler } from "../registry/registry_handler.ts";
 * const dir = Deno.makeTempDirSync();
 * await using handler = registryHandler({ store: await openStore({ kind: "directory", dir }), dir });
 * const client = registryClient(handler);
 * await client.ensureModel("delay");
 * if ((await client.searchModels())[0]?.name !== "delay") throw new Error("unexpected");
 * ```
 */
export function registryClient(send: RegistryFetch, origin = "http://registry.invalid"): RegistryClient {
  const call = caller(send, origin);
  const nothing = z.unknown().transform(() => {});
  const version = z.object({ model_version: VERSION }).transform((answer) => answer.model_version);
  const run = z.object({ run: RUN }).transform((answer) => answer.run);
  const ensure = (created: Promise<unknown>) => created.catch(unlessTaken);
  const artifact = (uri: string) => `/api/2.0/mlflow-artifacts/artifacts/${artifactPath(uri)}`;
  return {
    ensureExperiment: async (name) => {
      await ensure(call("POST", "experiments/create", { name }, nothing));
      const found = z.object({ experiment: z.object({ experiment_id: z.string() }) });
      return (await call("GET", "experiments/get-by-name", { experiment_name: name }, found)).experiment.experiment_id;
    },
    createRun: (experiment_id, { name, startMs }) =>
      call("POST", "runs/create", { experiment_id, run_name: name, start_time: startMs }, run),
    getRun: (run_id) => call("GET", "runs/get", { run_id }, run),
    endRun: (run_id, status, end_time) => call("POST", "runs/update", { run_id, status, end_time }, nothing),
    deleteRun: (run_id) => call("POST", "runs/delete", { run_id }, nothing),
    logBatch: async (run_id, batch) => {
      for (const part of splitBatch(batch)) await call("POST", "runs/log-batch", { run_id, ...part }, nothing);
    },
    putArtifact: async (uri, bytes) => {
      const request = { method: "PUT", body: new Uint8Array(bytes) };
      await accept(await send(new Request(origin + artifact(uri), request)), `PUT ${uri}`);
    },
    getArtifact: async (uri) => {
      const answer = await accept(await send(new Request(origin + artifact(uri))), `GET ${uri}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
    ensureModel: async (name) => {
      await ensure(call("POST", "registered-models/create", { name }, nothing));
    },
    getModel: async (name) => {
      const found = z.object({ registered_model: MODEL });
      return (await call("GET", "registered-models/get", { name }, found)).registered_model;
    },
    searchModels: () => allPages(call, "registered-models/search", { max_results: "1000" }, "registered_models", MODEL),
    createVersion: ({ name, source, runId, tags }) =>
      call("POST", "model-versions/create", { name, source, run_id: runId, tags: pairs(tags) }, version),
    getVersion: (name, number) => call("GET", "model-versions/get", { name, version: number }, version),
    getVersionByAlias: (name, alias) => call("GET", "registered-models/alias", { name, alias }, version),
    searchVersions: (filter) =>
      allPages(call, "model-versions/search", { filter, max_results: "10000" }, "model_versions", VERSION),
    setVersionTag: (name, number, key, value) =>
      call("POST", "model-versions/set-tag", { name, version: number, key, value }, nothing),
    setAlias: (name, alias, number) =>
      call("POST", "registered-models/alias", { name, alias, version: number }, nothing),
    deleteAlias: (name, alias) => call("DELETE", "registered-models/alias", { name, alias }, nothing),
  };
}

type Call = <T>(method: string, path: string, parameters: Record<string, unknown>, answer: z.ZodType<T>) => Promise<T>;

function caller(send: RegistryFetch, origin: string): Call {
  return async (method, path, parameters, answer) => {
    const url = new URL(`/api/2.0/mlflow/${path}`, origin);
    const isGet = method === "GET";
    for (const [key, value] of isGet ? Object.entries(parameters) : []) url.searchParams.set(key, String(value));
    const body = isGet ? {} : { body: JSON.stringify(parameters), headers: { "content-type": "application/json" } };
    const response = await accept(await send(new Request(url, { method, ...body })), `${method} ${path}`);
    return parseAnswer(await response.json(), answer, `${method} ${path}`);
  };
}

function parseAnswer<T>(value: unknown, answer: z.ZodType<T>, what: string): T {
  const result = answer.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new RegistryError(
    "INTERNAL_ERROR",
    `Cannot read the registry's answer to "${what}" as it must be MLflow's: ${path.join(".")} ${message}`,
  );
}

async function accept(response: Response, what: string): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  const refusal = z.object({ error_code: z.string(), message: z.string().default("") });
  const { data } = refusal.safeParse(parseJson(text));
  if (data) throw new RegistryError(data.error_code, data.message);
  throw new RegistryError(
    "INTERNAL_ERROR",
    `Cannot call "${what}" as the registry must answer in MLflow's form: got ${response.status} ${text.slice(0, 200)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

async function allPages<T>(
  call: Call,
  path: string,
  query: Record<string, string>,
  field: string,
  item: z.ZodType<T>,
): Promise<T[]> {
  const page = z.object({ [field]: z.array(item).default([]), next_page_token: z.string().default("") });
  const found: T[] = [];
  let token = "";
  do {
    const answer = await call("GET", path, { ...query, ...(token === "" ? {} : { page_token: token }) }, page);
    found.push(...answer[field] as T[]);
    token = answer.next_page_token as string;
  } while (token !== "");
  return found;
}

function* splitBatch({ metrics = [], params = {}, tags = {} }: RunBatch): Generator<Record<string, unknown>> {
  for (let at = 0; at < metrics.length; at += MAX_METRICS) yield { metrics: metrics.slice(at, at + MAX_METRICS) };
  for (const [field, values] of [["params", pairs(params)], ["tags", pairs(tags)]] as const) {
    for (let at = 0; at < values.length; at += MAX_PARAMS_OR_TAGS) {
      yield { [field]: values.slice(at, at + MAX_PARAMS_OR_TAGS) };
    }
  }
}

function pairs(values: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function artifactPath(uri: string): string {
  const path = /^mlflow-artifacts:\/([^/].*)$/.exec(uri)?.[1];
  if (path !== undefined) return path.split("/").map(encodeURIComponent).join("/");
  throw new RangeError(
    `Cannot reach artifact "${uri}" as only mlflow-artifacts:/ is in this version; log the model to this registry`,
  );
}

function unlessTaken(error: unknown): void {
  if (error instanceof RegistryError && error.code === "RESOURCE_ALREADY_EXISTS") return;
  throw error;
}
