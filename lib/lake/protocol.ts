import type { MetadataAction, ProtocolAction } from "./action.ts";
import type { Field } from "./field.ts";

/** What readers and writers of a table must understand. */
export type Protocol = ProtocolAction;

/** The versions of the tables that Boathouse writes (Delta protocol, "Protocol Evolution"). */
export const PROTOCOL = { minReaderVersion: 1, minWriterVersion: 2 } as const;

const MAPPING_MODE = "delta.columnMapping.mode";

/** Reader features that are known; what is missing here changes how a table must be read (Delta protocol, "Table Features"). */
const READ: ReadonlySet<string> = new Set([
  "columnMapping",
  "deletionVectors",
  "timestampNtz",
  "v2Checkpoint",
  "vacuumProtocolCheck",
]);

/** Rules of a column that its writers must keep. */
const WRITER_RULES = ["delta.invariants", "delta.generationExpression", "delta.identity.start"];

/**
 * Refuses to read a table that needs features which are not in this version. What binds writers only may be read.
 *
 * @param protocol the table's `protocol` action
 * @param table name of the table, for errors
 * @throws {RangeError} naming the version or the features
 */
export function checkReadable({ minReaderVersion, readerFeatures }: Protocol, table: string): void {
  if (minReaderVersion === 1 || minReaderVersion === 2) return; // 2 is column mapping
  const unknown = (readerFeatures ?? []).filter((feature) => !READ.has(feature));
  if (minReaderVersion === 3 && unknown.length === 0) return;
  throw new RangeError(
    minReaderVersion === 3
      ? `Cannot read table "${table}" as these of its Delta features are not in this version: ${unknown.join(", ")}`
      : `Cannot read table "${table}" as its Delta reader version must be 1, 2 or 3: got ${minReaderVersion}`,
  );
}

/**
 * Refuses to write a table that needs more than Delta protocol 1/2, or whose columns have rules that a writer must keep.
 *
 * @param protocol the table's `protocol` action
 * @param table name of the table, for errors
 * @param schema the table's columns
 * @throws {RangeError} naming the version and the features, or the column and its rule
 */
export function checkWritable(protocol: Protocol, table: string, schema: readonly Field[] = []): void {
  const { minReaderVersion, minWriterVersion, readerFeatures, writerFeatures } = protocol;
  if (minReaderVersion !== PROTOCOL.minReaderVersion || minWriterVersion > PROTOCOL.minWriterVersion) {
    throw new RangeError(
      `Cannot write table "${table}" as its Delta protocol must be 1/1 or 1/2: got ${minReaderVersion}/${minWriterVersion}${
        featuresText([...new Set([...readerFeatures ?? [], ...writerFeatures ?? []])])
      }; write it with the program that raised it`,
    );
  }
  for (const { name, metadata } of schema) {
    const rule = WRITER_RULES.find((one) => metadata && one in metadata);
    if (!rule) continue;
    throw new RangeError(
      `Cannot write table "${table}" as column "${name}" must be without rules: it has "${rule}"; write it with the program that made it`,
    );
  }
}

/**
 * Refuses a table whose settings turn on what Boathouse does not read.
 *
 * @param metadata the table's `metaData` action
 * @param table name of the table, for errors
 * @throws {RangeError} naming the format or the setting
 */
export function checkSettings({ format, configuration }: MetadataAction, table: string): void {
  if (format && format.provider !== "parquet") {
    throw new RangeError(
      `Cannot read table "${table}" as its files must be Parquet: got ${JSON.stringify(format.provider)}`,
    );
  }
  const mode = configuration?.[MAPPING_MODE] ?? "none";
  if (["none", "name", "id"].includes(mode)) return;
  throw new RangeError(
    `Cannot read table "${table}" as its setting "${MAPPING_MODE}" must be none, name or id: got ${
      JSON.stringify(mode)
    }`,
  );
}

function featuresText(features: readonly string[]): string {
  return features.length ? ` with ${features.join(", ")}` : "";
}
