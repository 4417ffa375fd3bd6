import type { MetadataAction, ProtocolAction } from "./action.ts";

/** What readers and writers of a table must understand. */
export type Protocol = ProtocolAction;

/** The versions that Boathouse reads and writes (Delta protocol, "Protocol Evolution"). */
export const PROTOCOL = { minReaderVersion: 1, minWriterVersion: 2 } as const;

/** Table features that change how a table is read, by the setting that turns them on. */
const FEATURE_SETTINGS: Readonly<Record<string, { off: readonly string[]; feature: string }>> = {
  "delta.columnMapping.mode": { off: ["none"], feature: "column mapping is" },
  "delta.enableDeletionVectors": { off: ["false"], feature: "deletion vectors are" },
};

/**
 * Refuses to read a table that needs more than Delta reader version 1.
 *
 * @param protocol the table's `protocol` action
 * @param table name of the table, for errors
 * @throws {RangeError} naming the version and the features
 */
export function checkReadable(protocol: Protocol, table: string): void {
  if (protocol.minReaderVersion === PROTOCOL.minReaderVersion) return;
  throw new RangeError(
    `Cannot read table "${table}" as its Delta reader version must be 1: got ${protocol.minReaderVersion}${
      featuresText(protocol.readerFeatures)
    }`,
  );
}

/**
 * Refuses to write a table that needs more than Delta writer version 2.
 *
 * @param protocol the table's `protocol` action
 * @param table name of the table, for errors
 * @throws {RangeError} naming the version and the features
 */
export function checkWritable(protocol: Protocol, table: string): void {
  checkReadable(protocol, table);
  if (protocol.minWriterVersion <= PROTOCOL.minWriterVersion) return;
  throw new RangeError(
    `Cannot write table "${table}" as its Delta writer version must be 1 or 2: got ${protocol.minWriterVersion}${
      featuresText(protocol.writerFeatures)
    }; write it with the program that raised it`,
  );
}

/**
 * Refuses a table whose settings turn on what Boathouse does not read.
 *
 * @param metadata the table's `metaData` action
 * @param table name of the table, for errors
 * @throws {RangeError} naming the feature
 */
export function checkSettings(metadata: MetadataAction, table: string): void {
  if (metadata.format && metadata.format.provider !== "parquet") {
    throw new RangeError(
      `Cannot read table "${table}" as its files must be Parquet: got ${JSON.stringify(metadata.format.provider)}`,
    );
  }
  for (const [setting, { off, feature }] of Object.entries(FEATURE_SETTINGS)) {
    const value = metadata.configuration?.[setting];
    if (!value || off.includes(value.toLowerCase())) continue;
    throw new RangeError(
      `Cannot read table "${table}" as ${feature} not in this version: its setting "${setting}" is "${value}"`,
    );
  }
}

function featuresText(features: readonly string[] | null | undefined): string {
  return features?.length ? ` with ${features.join(", ")}` : "";
}
