import { z } from "zod";

const partitionValues = z.record(z.string(), z.string().nullable());

const addSchema = z.looseObject({
  path: z.string(),
  partitionValues: partitionValues.default({}),
  size: z.number(),
  modificationTime: z.number(),
  dataChange: z.boolean().default(true),
  stats: z.string().nullish(),
  deletionVector: z.unknown().optional(),
});
const removeSchema = z.looseObject({
  path: z.string(),
  deletionTimestamp: z.number().nullish(),
  size: z.number().nullish(),
  partitionValues: partitionValues.nullish(),
});
const txnSchema = z.looseObject({ appId: z.string(), version: z.number() });
const protocolSchema = z.looseObject({
  minReaderVersion: z.number(),
  minWriterVersion: z.number(),
  readerFeatures: z.array(z.string()).nullish(),
  writerFeatures: z.array(z.string()).nullish(),
});
const metadataSchema = z.looseObject({
  id: z.string(),
  schemaString: z.string(),
  partitionColumns: z.array(z.string()).default([]),
  configuration: z.record(z.string(), z.string().nullable()).nullish(),
  createdTime: z.number().nullish(),
  format: z.looseObject({ provider: z.string() }).nullish(),
});
const commitInfoSchema = z.looseObject({ timestamp: z.number().optional(), nonce: z.string().optional() });

const actionSchema = z.looseObject({
  add: addSchema.nullish(),
  remove: removeSchema.nullish(),
  txn: txnSchema.nullish(),
  protocol: protocolSchema.nullish(),
  metaData: metadataSchema.nullish(),
  commitInfo: commitInfoSchema.nullish(),
});

/** One line of a Delta log: exactly one of its members is there (Delta protocol, "Actions"). */
export type Action = z.infer<typeof actionSchema>;

/** The `metaData` action. */
export type MetadataAction = z.infer<typeof metadataSchema>;

/** The `add` action. */
export type AddAction = z.infer<typeof addSchema>;

/** The `remove` action. */
export type RemoveAction = z.infer<typeof removeSchema>;

/**
 * Reads the actions of one log file.
 *
 * @param bytes newline-delimited JSON
 * @param file path of the log file, for errors
 * @returns actions in order
 * @throws {SyntaxError} when a line is not an action, naming file and line
 */
export function parseActions(bytes: Uint8Array, file: string): Action[] {
  return decode(bytes, file).split("\n").flatMap((line, i) =>
    line.trim() === "" ? [] : [parseAction(line, `${file}:${i + 1}`)]
  );
}

/**
 * Checks one action that was read from elsewhere, such as a checkpoint.
 *
 * @param json what was read
 * @param place where, for errors
 * @returns the action
 * @throws {SyntaxError} when it is not an action
 */
export function checkAction(json: unknown, place: string): Action {
  const parsed = actionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new SyntaxError(
    `Cannot read "${place}" as it must hold Delta actions: ${issue.path.join(".")}: ${issue.message}`,
  );
}

function parseAction(line: string, place: string): Action {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${place}" as each line must be JSON: ${(cause as Error).message}`, { cause });
  }
  return checkAction(json, place);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${file}" as it must be UTF-8`, { cause });
  }
}
