import { parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Store } from "../store/mod.ts";
import { type Action, checkAction, parseActions } from "./action.ts";
import { type Checkpoint, logFolder, type TableAt } from "./_log_files.ts";

const MEMBERS: readonly string[] = ["add", "remove", "txn", "protocol", "metaData", "sidecar"];

/** Reads all actions of a checkpoint, those of its sidecars included (Delta protocol, "Checkpoints"). */
export async function readCheckpoint(store: Store, { root }: TableAt, { files }: Checkpoint): Promise<Action[]> {
  const actions = await readAll(store, files);
  const sidecars = actions.flatMap(({ sidecar }) => sidecar ? [`${logFolder(root)}/_sidecars/${sidecar.path}`] : []);
  return sidecars.length ? [...actions, ...await readAll(store, sidecars)] : actions;
}

async function readAll(store: Store, files: readonly string[]): Promise<Action[]> {
  return (await Promise.all(files.map((file) => readPart(store, file)))).flat();
}

async function readPart(store: Store, file: string): Promise<Action[]> {
  const bytes = await store.get(file);
  if (file.endsWith(".json")) return parseActions(bytes, file);
  const rows = await decode(bytes.buffer, file);
  return rows.map((row) => checkAction(plain(row), file));
}

async function decode(file: ArrayBuffer, path: string): Promise<Record<string, unknown>[]> {
  try {
    const metadata = parquetMetadata(file);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    return await parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: columns.filter((name) => MEMBERS.includes(name)),
    });
  } catch (cause) {
    throw new Error(`Cannot read checkpoint "${path}": ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** An action as JSON has it: whole numbers, and members that a writer left out are not there. */
function plain(row: Record<string, unknown>): unknown {
  return withoutNulls(row, (action) => withoutNulls(action, plainValue));
}

function withoutNulls(struct: unknown, of: (member: unknown) => unknown): unknown {
  const members = Object.entries(struct as object).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, of(member)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
}
