import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Store } from "../store/mod.ts";
import { type Action, checkAction, parseActions } from "./action.ts";
import { type Checkpoint, logFolder, type TableAt } from "./_log_files.ts";

type Row = Record<string, unknown>;
type RowGroup = ReturnType<typeof parquetMetadata>["row_groups"][number];

/** Reads actions of a checkpoint by their members, those of its sidecars included (Delta protocol, "Checkpoints"). */
export async function readCheckpoint(
  store: Store,
  { root }: TableAt,
  { files }: Checkpoint,
  members: readonly string[],
): Promise<Action[]> {
  const actions = await readAll(store, files, members);
  const sidecars = actions.flatMap(({ sidecar }) => sidecar ? [`${logFolder(root)}/_sidecars/${sidecar.path}`] : []);
  return sidecars.length ? [...actions, ...await readAll(store, sidecars, members)] : actions;
}

async function readAll(store: Store, files: readonly string[], members: readonly string[]): Promise<Action[]> {
  return (await Promise.all(files.map((file) => readPart(store, file, members)))).flat();
}

async function readPart(store: Store, file: string, members: readonly string[]): Promise<Action[]> {
  const bytes = await store.get(file);
  if (file.endsWith(".json")) return parseActions(bytes, file);
  const rows = await decode(bytes.buffer, file, members);
  return rows.map((row) => checkAction(plain(row), file));
}

async function decode(file: ArrayBuffer, path: string, members: readonly string[]): Promise<Row[]> {
  try {
    const metadata = parquetMetadata(file);
    const rows: Row[] = [];
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const columns = filledMembers(group, members);
      if (columns.length) {
        rows.push(...await parquetReadObjects({ file, metadata, compressors, columns, rowStart, rowEnd }));
      }
      rowStart = rowEnd;
    }
    return rows;
  } catch (cause) {
    throw new Error(`Cannot read checkpoint "${path}": ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** The members that have a value in a row group: each row has but one, and nulls take as long to read as values. */
function filledMembers({ columns, num_rows }: RowGroup, members: readonly string[]): string[] {
  const filled = new Set<string>();
  for (const { meta_data } of columns) {
    const member = meta_data?.path_in_schema[0];
    if (member && members.includes(member) && meta_data.statistics?.null_count !== num_rows) filled.add(member);
  }
  return [...filled];
}

/** An action as JSON has it: whole numbers, and members that a writer left out are not there. */
function plain(row: Row): unknown {
  const action: Row = {};
  for (const member in row) {
    if (row[member]) action[member] = plainStruct(row[member] as Row);
  }
  return action;
}

function plainStruct(struct: Row): Row {
  const plain: Row = {};
  for (const name in struct) {
    const value = struct[name];
    if (value === null || value === undefined) continue;
    plain[name] = typeof value === "bigint" ? Number(value) : isStruct(name, value) ? plainStruct(value) : value;
  }
  return plain;
}

/** Maps keep their nulls. */
function isStruct(name: string, value: unknown): value is Row {
  return (name === "deletionVector" || name === "format") && typeof value === "object";
}
