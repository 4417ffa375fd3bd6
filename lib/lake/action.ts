/** Values of partition columns or of settings, as text. */
export type Values = Record<string, string | null>;

/** The `add` action: a data file with its rows. */
export interface AddAction {
  /** Percent-encoded; relative to the table's folder, or a URI. */
  path: string;
  /** Values of the partition columns; left out by some writers of tables without partitions. */
  partitionValues?: Values | null;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modificationTime: number;
  /** false when the rows stay the same, as in a compaction. */
  dataChange?: boolean | null;
  /** Statistics as JSON text. */
  stats?: string | null;
  /** What the writer noted. */
  tags?: Values | null;
  /** Which rows of the file are deleted. */
  deletionVector?: DeletionVector | null;
}

/** Where the deleted rows of a file stand (Delta protocol, "Deletion Vectors"). */
export interface DeletionVector {
  /** `u` for a file beside the table's, `p` for a URI, `i` for the vector itself. */
  storageType: string;
  /** Random prefix and uuid, a URI, or the vector in Base85. */
  pathOrInlineDv: string;
  /** Where the vector starts in its file. */
  offset?: number | null;
  /** Bytes of the vector. */
  sizeInBytes: number;
  /** Number of deleted rows. */
  cardinality: number;
}

/** The `remove` action: a data file that is no more part of the table. */
export interface RemoveAction {
  /** As in `add`. */
  path: string;
  /** Milliseconds since 1970. */
  deletionTimestamp?: number | null;
  /** Bytes. */
  size?: number | null;
  /** As in `add`. */
  partitionValues?: Values | null;
}

/** The `txn` action: how far an application has come. */
export interface TxnAction {
  /** Id of the application. */
  appId: string;
  /** Its version. */
  version: number;
  /** Milliseconds since 1970. */
  lastUpdated?: number | null;
}

/** The `protocol` action. */
export interface ProtocolAction {
  /** Least version of a reader. */
  minReaderVersion: number;
  /** Least version of a writer. */
  minWriterVersion: number;
  /** Features that a reader must know, from version 3 on. */
  readerFeatures?: readonly string[] | null;
  /** Features that a writer must know, from version 7 on. */
  writerFeatures?: readonly string[] | null;
}

/** The `metaData` action. */
export interface MetadataAction {
  /** Id of the table. */
  id: string;
  /** Name, for people. */
  name?: string | null;
  /** What the table holds, for people. */
  description?: string | null;
  /** Columns, as JSON text. */
  schemaString: string;
  /** Names of the partition columns; left out by some writers of tables without partitions. */
  partitionColumns?: readonly string[] | null;
  /** Settings. */
  configuration?: Values | null;
  /** Milliseconds since 1970. */
  createdTime?: number | null;
  /** Format of the data files. */
  format?: { provider: string; options?: Values | null } | null;
}

/** The `commitInfo` action: what the writer tells of its commit; only these members have a meaning. */
export interface CommitInfo extends Readonly<Record<string, unknown>> {
  /** By the writer's clock, milliseconds since 1970. */
  timestamp?: number | null;
  /** Always ascending with the versions, milliseconds since 1970. */
  inCommitTimestamp?: number | null;
  /** By which Boathouse recognises a commit of its own. */
  nonce?: string | null;
}

/** One line of a Delta log: at most one of its members is there (Delta protocol, "Actions"). */
export interface Action {
  /** A data file. */
  add?: AddAction | null;
  /** A data file that is gone. */
  remove?: RemoveAction | null;
  /** How far an application has come. */
  txn?: TxnAction | null;
  /** What readers and writers must understand. */
  protocol?: ProtocolAction | null;
  /** The table's columns and settings. */
  metaData?: MetadataAction | null;
  /** What the writer tells. */
  commitInfo?: CommitInfo | null;
  /** A file with further actions of a V2 checkpoint. */
  sidecar?: { path: string; sizeInBytes: number } | null;
}

type Kind = "string" | "number" | "boolean" | "strings" | "values" | Shape;

/** Kinds of members by name; a `?` at the end of a name lets the member be missing or null. */
type Shape = { readonly [member: string]: Kind };

/** What is read of each action; other members and unknown actions are let pass, as features guard what must be known. */
const ACTION: Shape = {
  "add?": {
    path: "string",
    "partitionValues?": "values",
    size: "number",
    modificationTime: "number",
    "dataChange?": "boolean",
    "stats?": "string",
    "tags?": "values",
    "deletionVector?": {
      storageType: "string",
      pathOrInlineDv: "string",
      "offset?": "number",
      sizeInBytes: "number",
      cardinality: "number",
    },
  },
  "remove?": { path: "string", "deletionTimestamp?": "number", "size?": "number", "partitionValues?": "values" },
  "txn?": { appId: "string", version: "number", "lastUpdated?": "number" },
  "protocol?": {
    minReaderVersion: "number",
    minWriterVersion: "number",
    "readerFeatures?": "strings",
    "writerFeatures?": "strings",
  },
  "metaData?": {
    id: "string",
    "name?": "string",
    "description?": "string",
    schemaString: "string",
    "partitionColumns?": "strings",
    "configuration?": "values",
    "createdTime?": "number",
    "format?": { provider: "string", "options?": "values" },
  },
  "commitInfo?": { "timestamp?": "number", "inCommitTimestamp?": "number", "nonce?": "string" },
  "sidecar?": { path: "string", sizeInBytes: "number" },
};

/** A shape that is ready to be run over many actions: name, kind, and whether the member may be missing. */
type Checks = readonly (readonly [name: string, kind: Exclude<Kind, Shape> | Checks, optional: boolean])[];

const CHECKS = compile(ACTION);

function compile(shape: Shape): Checks {
  return Object.entries(shape).map(([member, kind]) => {
    const optional = member.endsWith("?");
    return [optional ? member.slice(0, -1) : member, typeof kind === "string" ? kind : compile(kind), optional];
  });
}

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
  const wrong = firstWrong(json, CHECKS, "");
  if (wrong === null) return json as Action;
  throw new SyntaxError(`Cannot read "${place}" as it must hold Delta actions: ${wrong}`);
}

function firstWrong(value: unknown, kind: Checks | string, path: string): string | null {
  if (typeof kind === "string") return isKind(value, kind) ? null : `${path}: must be ${kind}, got ${shown(value)}`;
  if (!isObject(value)) return `${path ? `${path}: ` : ""}must be an object, got ${shown(value)}`;
  for (const [name, inner, optional] of kind) {
    const member = value[name];
    if (optional && (member === undefined || member === null)) continue;
    const wrong = firstWrong(member, inner, path ? `${path}.${name}` : name);
    if (wrong !== null) return wrong;
  }
  return null;
}

function isKind(value: unknown, kind: string): boolean {
  if (kind === "strings") return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (kind === "values") {
    return isObject(value) && Object.values(value).every((one) => one === null || typeof one === "string");
  }
  const type: string = typeof value;
  return type === kind;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60);
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
