import { z } from "zod";
import { type Calls, int64, NOTHING, pageOf, pages, pairsRecord, toPairs } from "./calls.ts";
import { type SearchOptions, unlessTaken } from "./experiments.ts";
import { type RegistryVersion, VERSION } from "./model_versions.ts";

/** A registered model. */
export interface RegistryModel {
  /** Its name. */
  name: string;
  /** What it is for. */
  description: string;
  /** When it or one of its versions was changed, milliseconds since 1970. */
  last_updated_timestamp: number;
  /** Its tags. */
  tags: Record<string, string>;
  /** Aliases, each with the version that it names; some listings of MLflow leave them out. */
  aliases: { alias: string; version: string }[];
  /** The newest version, if there is one. */
  latest_versions: RegistryVersion[];
}

/** Calls on registered models. */
export interface ModelCalls {
  /** Makes a registered model. */
  createModel(
    name: string,
    options?: { description?: string; tags?: Readonly<Record<string, string>> },
  ): Promise<RegistryModel>;
  /** Makes a registered model, or finds it. */
  ensureModel(name: string): Promise<void>;
  /** Reads a registered model. */
  getModel(name: string): Promise<RegistryModel>;
  /** Lists the registered models by name, or by what the options say. */
  searchModels(options?: Omit<SearchOptions, "viewType">): Promise<RegistryModel[]>;
  /** Says what a model is for. */
  updateModel(name: string, description: string): Promise<void>;
  /** Gives a model another name; versions, tags and aliases go along. */
  renameModel(name: string, newName: string): Promise<void>;
  /** Deletes a model with all of its versions. */
  deleteModel(name: string): Promise<void>;
  /** Tags a model. */
  setModelTag(name: string, key: string, value: string): Promise<void>;
  /** Removes a tag of a model; one that is not there is no error. */
  deleteModelTag(name: string, key: string): Promise<void>;
}

const MODEL: z.ZodType<RegistryModel> = z.object({
  name: z.string(),
  description: z.string().default(""),
  last_updated_timestamp: int64.default(0),
  tags: pairsRecord,
  aliases: z.array(z.object({ alias: z.string(), version: z.coerce.string() })).default([]),
  latest_versions: z.array(VERSION).default([]),
});
const FOUND = z.object({ registered_model: MODEL }).transform((answer) => answer.registered_model);
const PAGE = pageOf("registered_models", MODEL);
const PAGE_ROWS = 1000;

/**
 * Makes the calls on registered models.
 *
 * @param calls where they go
 * @returns the calls
 */
export function modelCalls({ call }: Calls): ModelCalls {
  const change = (method: string, path: string, parameters: Record<string, unknown>, isSafe: boolean) =>
    call(method, `registered-models/${path}`, parameters, NOTHING, { isSafe });
  const createModel: ModelCalls["createModel"] = (name, { description, tags } = {}) =>
    call("POST", "registered-models/create", { name, description, tags: toPairs(tags) }, FOUND);
  return {
    createModel,
    ensureModel: (name) => createModel(name).then(() => {}, unlessTaken),
    getModel: (name) => call("GET", "registered-models/get", { name }, FOUND),
    searchModels: ({ filter, orderBy, pageRows = PAGE_ROWS } = {}) =>
      Array.fromAsync(pages((page_token) => {
        const query = { filter, order_by: orderBy, max_results: pageRows, page_token };
        return call("GET", "registered-models/search", query, PAGE);
      })),
    updateModel: (name, description) => change("PATCH", "update", { name, description }, true),
    renameModel: (name, new_name) => change("POST", "rename", { name, new_name }, false),
    deleteModel: (name) => change("DELETE", "delete", { name }, false),
    setModelTag: (name, key, value) => change("POST", "set-tag", { name, key, value }, true),
    deleteModelTag: (name, key) => change("DELETE", "delete-tag", { name, key }, true),
  };
}
