import { type ArtifactCalls, artifactCalls, type TransferSettings } from "./artifacts.ts";
import { registryCalls, type RegistryFetch } from "./calls.ts";
import { type ExperimentCalls, experimentCalls } from "./experiments.ts";
import { type VersionCalls, versionCalls } from "./model_versions.ts";
import { type ModelCalls, modelCalls } from "./registered_models.ts";
import { MACHINE_CLOCK, type RetryClock } from "./retry.ts";
import { type RunCalls, runCalls } from "./runs.ts";
import { type WebhookCalls, webhookCalls } from "./webhooks.ts";

export type { RegistryFetch } from "./calls.ts";
export type { RunBatch } from "./log_batch.ts";
export type { RegistryVersion } from "./model_versions.ts";
export type { RegistryModel } from "./registered_models.ts";
export type { RegistryMetric, RegistryRun } from "./runs.ts";

/** MLflow's REST API 2.0. Every call rejects with RegistryError when refused; `sendPatiently` says what is repeated. */
export interface RegistryClient
  extends ExperimentCalls, RunCalls, ArtifactCalls, ModelCalls, VersionCalls, WebhookCalls {}

/** What a client works with. */
export interface ClientOptions extends Partial<TransferSettings> {
  /** Time and chance. @default the machine's */
  clock?: RetryClock;
}

/**
 * Makes a client of MLflow's REST API.
 *
 * @param send the embedded registry's handler, or `remoteFetch`
 * @param origin where the API lies, for example `http://127.0.0.1:5000`; the embedded registry has no address
 * @param options clock, and how large artifacts travel
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
export function registryClient(
  send: RegistryFetch,
  origin = "http://registry.invalid",
  { clock = MACHINE_CLOCK, fetchBeside = fetch, ...settings }: ClientOptions = {},
): RegistryClient {
  const calls = registryCalls(send, origin.replace(/\/+$/, ""), clock);
  return {
    ...experimentCalls(calls),
    ...runCalls(calls),
    ...artifactCalls(calls, { fetchBeside, ...settings }),
    ...modelCalls(calls),
    ...versionCalls(calls),
    ...webhookCalls(calls),
  };
}
