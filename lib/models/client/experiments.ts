import { z } from "zod";
import { type Calls, int64, NOTHING, pageOf, pages, pairsRecord, toPairs } from "./calls.ts";
import { RegistryError } from "./registry_error.ts";

/** What a search asks for. */
export interface SearchOptions {
  /** MLflow's filter, for example `` tags.`team` = 'rail' ``. */
  filter?: string;
  /** For example `["metrics.rmse ASC"]`. */
  orderBy?: readonly string[];
  /** Whether what is deleted is found. @default "ACTIVE_ONLY" */
  viewType?: "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";
  /** Items of a page. @default 1000 */
  pageRows?: number;
}

/** An experiment. */
export interface RegistryExperiment {
  /** Its id. */
  experiment_id: string;
  /** Its name. */
  name: string;
  /** Where artifacts of its runs lie. */
  artifact_location: string;
  /** `active` or `deleted`. */
  lifecycle_stage: string;
  /** When it was made, milliseconds since 1970. */
  creation_time: number;
  /** Its tags. */
  tags: Record<string, string>;
}

/** Calls on experiments. */
export interface ExperimentCalls {
  /** Makes an experiment; gives its id. */
  createExperiment(name: string, options?: { tags?: Readonly<Record<string, string>> }): Promise<string>;
  /** Makes an experiment, or finds the one of that name; gives its id. */
  ensureExperiment(name: string): Promise<string>;
  /** Reads an experiment. */
  getExperiment(id: string): Promise<RegistryExperiment>;
  /** Reads an experiment by its name. */
  getExperimentByName(name: string): Promise<RegistryExperiment>;
  /** Finds experiments, page after page. */
  searchExperiments(options?: SearchOptions): AsyncIterable<RegistryExperiment>;
  /** Gives an experiment another name. */
  renameExperiment(id: string, name: string): Promise<void>;
  /** Deletes an experiment and its runs; `restoreExperiment` brings them back. */
  deleteExperiment(id: string): Promise<void>;
  /** Brings a deleted experiment back. */
  restoreExperiment(id: string): Promise<void>;
  /** Tags an experiment. */
  setExperimentTag(id: string, key: string, value: string): Promise<void>;
  /** Removes a tag of an experiment. */
  deleteExperimentTag(id: string, key: string): Promise<void>;
}

const EXPERIMENT: z.ZodType<RegistryExperiment> = z.object({
  experiment_id: z.coerce.string(),
  name: z.string(),
  artifact_location: z.string().default(""),
  lifecycle_stage: z.string().default("active"),
  creation_time: int64.default(0),
  tags: pairsRecord,
});
const FOUND = z.object({ experiment: EXPERIMENT }).transform(({ experiment }) => experiment);
const CREATED = z.object({ experiment_id: z.coerce.string() }).transform((answer) => answer.experiment_id);
const PAGE = pageOf("experiments", EXPERIMENT);
const PAGE_ROWS = 1000;

/**
 * Makes the calls on experiments.
 *
 * @param calls where they go
 * @returns the calls
 */
export function experimentCalls({ call }: Calls): ExperimentCalls {
  const createExperiment: ExperimentCalls["createExperiment"] = (name, { tags } = {}) =>
    call("POST", "experiments/create", { name, tags: toPairs(tags) }, CREATED);
  const getExperimentByName: ExperimentCalls["getExperimentByName"] = (experiment_name) =>
    call("GET", "experiments/get-by-name", { experiment_name }, FOUND);
  const change = (path: string, parameters: Record<string, unknown>, isSafe = false) =>
    call("POST", `experiments/${path}`, parameters, NOTHING, { isSafe });
  return {
    createExperiment,
    async ensureExperiment(name) {
      try {
        return await createExperiment(name);
      } catch (error) {
        unlessTaken(error);
        return (await getExperimentByName(name)).experiment_id;
      }
    },
    getExperiment: (experiment_id) => call("GET", "experiments/get", { experiment_id }, FOUND),
    getExperimentByName,
    searchExperiments: ({ filter, orderBy, viewType, pageRows = PAGE_ROWS } = {}) =>
      pages((page_token) => {
        const query = { filter, order_by: orderBy, view_type: viewType, max_results: pageRows, page_token };
        return call("POST", "experiments/search", query, PAGE, { isSafe: true });
      }),
    renameExperiment: (experiment_id, new_name) => change("update", { experiment_id, new_name }, true),
    deleteExperiment: (experiment_id) => change("delete", { experiment_id }),
    restoreExperiment: (experiment_id) => change("restore", { experiment_id }),
    setExperimentTag: (experiment_id, key, value) => change("set-experiment-tag", { experiment_id, key, value }, true),
    deleteExperimentTag: (experiment_id, key) => change("delete-experiment-tag", { experiment_id, key }),
  };
}

/**
 * Swallows the error of what is there already.
 *
 * @param error what was thrown
 * @throws whatever else it is
 */
export function unlessTaken(error: unknown): void {
  if (error instanceof RegistryError && error.code === "RESOURCE_ALREADY_EXISTS") return;
  throw error;
}
