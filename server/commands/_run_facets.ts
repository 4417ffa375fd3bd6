import type { InputRead } from "../../lib/lake/mod.ts";
import type { RanNotebook } from "./run_events.ts";

/** Who says what events say, as OpenLineage wants it. */
export const PRODUCER = "urn:boathouse";
/** The space of names of notebooks, tables and models. */
export const NAMESPACE = "boathouse";

const STANDARD = "https://openlineage.io/spec/facets";
const VERSION = `${STANDARD}/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet`;
const ROWS = `${STANDARD}/1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet`;
const ERROR = `${STANDARD}/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet`;
/** Ours: what it takes to read the same again. */
const READ = "urn:boathouse:facet:read:2";

/**
 * What cells read and wrote, as datasets of OpenLineage; a model has one name, read or written.
 *
 * @param cells cells of a run
 * @returns each dataset once
 */
export function datasetsOf(cells: RanNotebook["cells"]): { inputs: object[]; outputs: object[] } {
  return {
    inputs: unique(cells.flatMap(({ inputs }) => inputs).map(inputOf)),
    outputs: unique(
      cells.flatMap(({ writes = [] }) => writes).map((output) => ({
        namespace: NAMESPACE,
        name: "table" in output ? output.table : modelName(output.model),
      })),
    ),
  };
}

/**
 * Why a run failed, as a facet of OpenLineage.
 *
 * @param cells cells of a run
 * @returns facets of the run: none where no cell failed
 */
export function failureOf(cells: RanNotebook["cells"]): object {
  const error = cells.find((cell) => cell.error)?.error;
  if (!error) return {};
  return {
    errorMessage: facet(ERROR, { message: `${error.name}: ${error.message}`, programmingLanguage: "TypeScript" }),
  };
}

function inputOf(input: InputRead): object {
  if ("ends" in input) {
    const { name, incarnation, ends, rows } = input;
    const inputFacets = {
      inputStatistics: facet(ROWS, { rowCount: rows }),
      boathouse_read: facet(READ, { incarnation, ends }),
    };
    return { namespace: NAMESPACE, name, inputFacets };
  }
  const { version, digest } = input;
  return {
    namespace: NAMESPACE,
    name: "model" in input ? modelName(input.model) : input.name,
    facets: { version: facet(VERSION, { datasetVersion: String(version) }) },
    inputFacets: { boathouse_read: facet(READ, { digest }) },
  };
}

function modelName(model: string): string {
  return `model:${model}`;
}

function facet(schema: string, facts: object): object {
  return { _producer: PRODUCER, _schemaURL: schema, ...facts };
}

function unique(datasets: readonly object[]): object[] {
  return [...new Map(datasets.map((dataset) => [JSON.stringify(dataset), dataset])).values()];
}
