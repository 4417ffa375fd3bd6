import { join } from "node:path";
import process from "node:process";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type CommitPace, openPace } from "./commit_pace.ts";
import { quoteText } from "./sql_type.ts";
import { preparedStatements, type Statements } from "./_statements.ts";

/** DuckDB in this process, locked down: it reaches the folder of tables and a folder of its own, and no setting moves. */
export interface Engine extends AsyncDisposable {
  connection: DuckDBConnection;
  /** Queries that are prepared for its views as these are. */
  statements: Statements;
  /** Absolute folder for files in passing, on the file system of the lake; removed with the engine. */
  dir: string;
  /** Spaces out its commits. */
  pace: CommitPace;
  /** Runs one task at a time, as one connection streams one result. */
  exclusive<T>(task: () => Promise<T>): Promise<T>;
}

const TEMPORARY = ".tmp-lake-";
const WAITING_STATEMENTS = 64;

export async function openEngine(
  root: string,
  { memoryMb, threads }: { memoryMb: number; threads: number },
): Promise<Engine> {
  await sweep(root);
  const dir = join(root, `${TEMPORARY}${process.pid}-${crypto.randomUUID()}`);
  await Deno.mkdir(dir, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads), memory_limit: `${memoryMb}MB` });
  const connection = await instance.connect();
  await lockDown(connection, [join(root, "tables"), dir], dir);
  const statements = preparedStatements(connection, WAITING_STATEMENTS);
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  const exclusive = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(() => {
      if (closed) throw new Error("Cannot read the lake as it is closed: open it again");
      return task();
    });
    last = next.catch(() => {}); // the caller gets the error; the next task starts all the same
    return next;
  };
  return {
    connection,
    statements,
    dir,
    pace: openPace(),
    exclusive,
    async [Symbol.asyncDispose]() {
      if (closed) return;
      await last;
      closed = true;
      statements.clear();
      connection.closeSync();
      instance.closeSync();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Settings of the whole database; those of one session could not be made on another connection once they are locked. */
async function lockDown(connection: DuckDBConnection, folders: string[], dir: string): Promise<void> {
  const settings = [
    "SET GLOBAL TimeZone='UTC'",
    "SET GLOBAL parquet_metadata_cache=true", // data files never change
    `SET temp_directory=${quoteText(dir)}`,
    `SET allowed_directories=[${folders.map((folder) => quoteText(`${folder}/`)).join(", ")}]`,
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET allow_community_extensions=false",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
  ];
  for (const setting of settings) await connection.run(setting);
}

/** Removes the folders of processes that were killed. */
async function sweep(root: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    const pid = name.startsWith(TEMPORARY) ? Number(name.slice(TEMPORARY.length).split("-")[0]) : NaN;
    if (isDirectory && Number.isInteger(pid) && !isAlive(pid)) await remove(join(root, name));
  }
}

async function remove(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // another process swept it at the same time
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code !== "ESRCH";
  }
}
