import { z } from "zod";
import { type Calls, int64, NOTHING, pageOf, pages, pairsRecord, toPairs } from "./calls.ts";
import { RegistryError } from "./registry_error.ts";

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
  /** Why it is not. */
  status_message: string;
  /** What it is. */
  description: string;
  /** Its tags. */
  tags: Record<string, string>;
  /** Aliases that name it; listings leave them out. */
  aliases: string[];
}

/** Calls on versions of models and their aliases. */
export interface VersionCalls {
  /** Makes a version. */
  createVersion(
    version: {
      name: string;
      source: string;
      runId: string;
      tags: Readonly<Record<string, string>>;
      description?: string;
    },
  ): Promise<RegistryVersion>;
  /** Waits until a version is READY; rejects when its registration failed, or lasts longer than 5 minutes or so said. */
  awaitVersion(name: string, version: string, options?: { timeoutMs?: number }): Promise<RegistryVersion>;
  /** Reads a version by its number. */
  getVersion(name: string, version: string): Promise<RegistryVersion>;
  /** Reads the version that an alias names. */
  getVersionByAlias(name: string, alias: string): Promise<RegistryVersion>;
  /** Tells the folder of a version's artifacts, which `source` does not where it is `models:/…`. */
  getDownloadUri(name: string, version: string): Promise<string>;
  /** Finds the versions that a filter of MLflow's form lets through, page after page; an empty one finds all. */
  searchVersions(
    filter: string,
    options?: { orderBy?: readonly string[]; pageRows?: number },
  ): AsyncIterable<RegistryVersion>;
  /** Says what a version is. */
  updateVersion(name: string, version: string, description: string): Promise<void>;
  /** Deletes a version; its number is never used again. */
  deleteVersion(name: string, version: string): Promise<void>;
  /** Tags a version. */
  setVersionTag(name: string, version: string, key: string, value: string): Promise<void>;
  /** Removes a tag of a version; one that is not there is no error. */
  deleteVersionTag(name: string, version: string, key: string): Promise<void>;
  /** Lets an alias name a version. */
  setAlias(name: string, alias: string, version: string): Promise<void>;
  /** Removes an alias; one that is not there is no error. */
  deleteAlias(name: string, alias: string): Promise<void>;
}

/** The shape of a version. */
export const VERSION: z.ZodType<RegistryVersion> = z.object({
  name: z.string(),
  version: z.coerce.string(),
  creation_timestamp: int64.default(0),
  source: z.string().default(""),
  run_id: z.string().default(""),
  status: z.string().default("READY"),
  status_message: z.string().default(""),
  description: z.string().default(""),
  tags: pairsRecord,
  aliases: z.array(z.string()).default([]),
});
const FOUND = z.object({ model_version: VERSION }).transform((answer) => answer.model_version);
const PLACE = z.object({ artifact_uri: z.string() }).transform((answer) => answer.artifact_uri);
const PAGE = pageOf("model_versions", VERSION);
const PAGE_ROWS = 1000;
const TIMEOUT_MS = 300_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Makes the calls on versions of models.
 *
 * @param calls where they go
 * @returns the calls
 */
export function versionCalls({ call, clock }: Calls): VersionCalls {
  const change = (method: string, path: string, parameters: Record<string, unknown>, isSafe = true) =>
    call(method, path, parameters, NOTHING, { isSafe });
  const getVersion: VersionCalls["getVersion"] = (name, version) =>
    call("GET", "model-versions/get", { name, version }, FOUND);
  return {
    createVersion: ({ name, source, runId, tags, description }) =>
      call("POST", "model-versions/create", { name, source, run_id: runId, tags: toPairs(tags), description }, FOUND),
    async awaitVersion(name, version, { timeoutMs = TIMEOUT_MS } = {}) {
      const giveUp = clock.now() + timeoutMs;
      for (let waitMs = FIRST_WAIT_MS;; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
        const found = await getVersion(name, version);
        if (found.status === "READY") return found;
        if (found.status === "FAILED_REGISTRATION") throw notReady(found, found.status_message || "no reason is given");
        if (clock.now() >= giveUp) {
          throw notReady(found, `it still is after ${timeoutMs} ms; wait longer, or register it again`);
        }
        await clock.sleep(waitMs);
      }
    },
    getVersion,
    getVersionByAlias: (name, alias) => call("GET", "registered-models/alias", { name, alias }, FOUND),
    getDownloadUri: (name, version) => call("GET", "model-versions/get-download-uri", { name, version }, PLACE),
    searchVersions: (filter, { orderBy, pageRows = PAGE_ROWS } = {}) =>
      pages((page_token) => {
        const query = { filter, order_by: orderBy, max_results: pageRows, page_token };
        return call("GET", "model-versions/search", query, PAGE);
      }),
    updateVersion: (name, version, description) =>
      change("PATCH", "model-versions/update", { name, version, description }),
    deleteVersion: (name, version) => change("DELETE", "model-versions/delete", { name, version }, false),
    setVersionTag: (name, version, key, value) =>
      change("POST", "model-versions/set-tag", { name, version, key, value }),
    deleteVersionTag: (name, version, key) => change("DELETE", "model-versions/delete-tag", { name, version, key }),
    setAlias: (name, alias, version) => change("POST", "registered-models/alias", { name, alias, version }),
    deleteAlias: (name, alias) => change("DELETE", "registered-models/alias", { name, alias }),
  };
}

function notReady({ name, version, status }: RegistryVersion, why: string): RegistryError {
  return new RegistryError(
    "INVALID_STATE",
    `Cannot use "${name}@${version}" as it must be READY: it is ${status}, ${why}`,
  );
}
