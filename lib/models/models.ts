import type { RegistryLogin } from "../config/mod.ts";
import type { InputRead, Recorder } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { fetchContent } from "./load/fetch_ml_model.ts";
import { type HeldModel, holdModel, type LoadedContent, type Model } from "./load/load_model.ts";
import { type ModelFiles, readModelFiles } from "./load/model_files.ts";
import { modelCache } from "./load/model_cache.ts";
import { logModel, type LogOptions } from "./log/log_model.ts";
import { noteKept } from "./log/note_kept.ts";
import { type MetricValue, spellEvaluation } from "./_evaluation_metrics.ts";
import { findVersion, listVersions, takeInventory } from "./find_version.ts";
import { describeVersion, type ModelInventory, type ModelVersion } from "./model_version.ts";
import { registryClient } from "./client/registry_client.ts";
import { remoteFetch } from "./client/remote_fetch.ts";
import type { TypescriptHost } from "./load/typescript_host.ts";
import { registryHandler } from "./registry/registry_handler.ts";

export type { MetricValue };

/** A registered model. */
export interface RegisteredModel {
  /** Its name. */
  name: string;
  /** Number of its newest version, null when there is none. */
  newest: string | null;
  /** Number of the version that each alias names. */
  aliases: Record<string, string>;
}

/** The model registry. References are `name@version` or `name@alias`. */
export interface Models extends AsyncDisposable {
  /** Logs a model; content that is there already gives the version that has it, with the metrics that it has. */
  log(name: string, options: LogOptions): Promise<ModelVersion>;
  /** Logs metrics of an evaluation; a verdict is computed from these, never from what training logged. */
  logMetrics(ref: string, metrics: Readonly<Record<string, number | MetricValue>>): Promise<void>;
  /**
   * Loads a version, once however often it is asked for; `A` is what it says of a row, a number unless told. It may leave
   * memory when others need the place, and is loaded again when it is asked.
   */
  load<A = number>(ref: string): Promise<Model<A>>;
  /** Loads a version and keeps it in memory until it is disposed of: `await using model = await models.hold(ref)`. */
  hold<A = number>(ref: string): Promise<HeldModel<A>>;
  /** Hashes the content of a version as it lies in the registry, whatever is in memory or was noted of it. */
  readDigest(ref: string): Promise<string>;
  /** Describes a version. */
  get(ref: string): Promise<ModelVersion>;
  /** Reads the files that a version is loaded from; a RangeError where another server answers for it. */
  files(ref: string): Promise<ModelFiles>;
  /** Describes all versions of a model, oldest first. */
  versions(name: string): Promise<ModelVersion[]>;
  /** Lists the registered models by name. */
  list(): Promise<RegisteredModel[]>;
  /** Lists all versions of all models by name, without reading any content. */
  inventory(): Promise<Map<string, ModelInventory>>;
  /** Lets an alias name a version. */
  setAlias(name: string, alias: string, version: string): Promise<void>;
  /** Removes an alias; one that is not there is no error. */
  deleteAlias(name: string, alias: string): Promise<void>;
  /** Tags a version. */
  setTag(ref: string, key: string, value: string): Promise<void>;
}

/** Where the registry lies, and who wants to know what is read. */
export interface ModelsOptions {
  /** Where artefacts lie. */
  store: Store;
  /** Folder of the embedded registry's tables. */
  dir: string;
  /** An MLflow server instead of the embedded registry. */
  remote?: { url: string; login: RegistryLogin | null };
  /**
   * Memory that loaded models take together, bytes; past it, those that were not used for longest leave.
   * @default 2 ** 30
   */
  cacheBytes?: number;
  /** Is told of every version that is read. */
  recorder?: Recorder;
  /** Gives what this run has read so far: what `log` records as trained on. */
  recorded?: () => readonly InputRead[];
  /** Who bundles and runs the code of models; without it none is logged or loaded. */
  typescript?: TypescriptHost;
  /** Is told what `log` did not keep; by default it is a warning on the console. */
  onNote?: (note: string) => void;
}

/**
 * Opens the model registry. It speaks MLflow's REST API, to a handler in this process or to a server.
 *
 * @param options store, folder, recorder
 * @returns the registry; dispose of it to close its tables and free loaded models
 * @throws {Error} when registry.db cannot be opened
 * @example
 * ```ts
 * import { openStore } from "../store/mod.ts";
 * import { buildOnnx } from "./onnx/build_onnx.ts";
 * import { openModels } from "./models.ts";
 * const dir = Deno.makeTempDirSync();
 * await using models = await openModels({ store: await openStore({ kind: "directory", dir }), dir });
 * const onnx = buildOnnx({ intercept: 2, slopes: { km: 0.5 } });
 * const { version } = await models.log("delay", { onnx, example: { km: 10 } });
 * const [answer] = await (await models.load(`delay@${version}`)).predict([{ km: 4 }]);
 * if (answer !== 4) throw new Error("unexpected");
 * ```
 */
export function openModels(
  { store, dir, remote, cacheBytes = 2 ** 30, recorder, recorded, typescript, onNote = console.warn }: ModelsOptions,
): Promise<Models> {
  const cache = modelCache<LoadedContent>(cacheBytes);
  const handler = remote ? null : registryHandler({ store, dir });
  const client = handler
    ? registryClient(handler)
    : registryClient(remoteFetch(remote!.url, remote!.login), remote!.url);
  const read = (ref: string, { name, version, digest }: Pick<Model, "name" | "version" | "digest">) =>
    recorder?.read({ name: ref, model: name, version, digest });
  const hold = async (ref: string) => {
    const model = await holdModel(await findVersion(client, ref), { client, cache, dir, typescript });
    read(ref, model);
    return model;
  };
  return Promise.resolve({
    log: async (name, options) => {
      const logged = await logModel(client, name, options, { recorded: recorded?.(), typescript });
      recorder?.wrote?.({ model: name });
      const version = await describeVersion(client, logged);
      const note = noteKept(options, version);
      if (note !== null) onNote(note);
      return version;
    },
    logMetrics: async (ref, metrics) => {
      const { run_id } = await findVersion(client, ref);
      await client.logBatch(run_id, { metrics: spellEvaluation((await client.getRun(run_id)).data.metrics, metrics) });
    },
    load: async <A>(ref: string) => {
      await using model = await hold(ref);
      return model as Model<unknown> as Model<A>;
    },
    hold: async <A>(ref: string) => await hold(ref) as HeldModel<unknown> as HeldModel<A>,
    readDigest: async (ref) => (await fetchContent(client, await findVersion(client, ref))).digest,
    get: async (ref) => {
      const version = await describeVersion(client, await findVersion(client, ref));
      read(ref, version);
      return version;
    },
    files: async (ref) => await readModelFiles(client, await findVersion(client, ref)),
    versions: (name) => listVersions(client, name),
    list: async () =>
      (await client.searchModels()).map(({ name, aliases, latest_versions }) => ({
        name,
        newest: latest_versions[0]?.version ?? null,
        aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
      })),
    inventory: () => takeInventory(client),
    setAlias: async (name, alias, version) => {
      if (/^\d+$/.test(alias)) {
        throw new RangeError(`Cannot set alias as it must not read like a version: got "${alias}"`);
      }
      await client.setAlias(name, alias, version);
    },
    deleteAlias: (name, alias) => client.deleteAlias(name, alias),
    setTag: async (ref, key, value) => {
      const { name, version } = await findVersion(client, ref);
      await client.setVersionTag(name, version, key, value);
    },
    [Symbol.asyncDispose]: async () => {
      await cache[Symbol.asyncDispose]();
      await handler?.[Symbol.asyncDispose]();
    },
  });
}
