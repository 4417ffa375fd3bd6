import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import process from "node:process";
import { quoteText } from "../lake/mod.ts";

/** DuckDB in this process, and a folder for files in passing; both are gone once it is closed. */
export interface Engine extends AsyncDisposable {
  /** Its one connection. */
  connection: DuckDBConnection;
  /** Absolute folder, on the file system of the lake. */
  dir: string;
}

const TEMPORARY = ".tmp-ingest-";
const MEMORY_MB = 512; // with less than 400, DuckDB writes Parquet on one thread only

/**
 * Opens the engine, and removes the folders that killed processes left.
 *
 * @param root Absolute folder in which it makes its own.
 * @returns The engine.
 */
export async function openEngine(root: string): Promise<Engine> {
  await Deno.mkdir(root, { recursive: true });
  await sweep(root);
  const dir = join(root, `${TEMPORARY}${process.pid}-${crypto.randomUUID()}`);
  await Deno.mkdir(dir);
  const instance = await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: `${MEMORY_MB}MB` });
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone='UTC'`);
  await connection.run(`SET temp_directory=${quoteText(dir)}`);
  // Pushed below a projection, a filter would take each record's JSON apart once per condition.
  await connection.run(`SET disabled_optimizers='filter_pushdown'`);
  let isClosed = false;
  return {
    connection,
    dir,
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      connection.closeSync();
      instance.closeSync();
      await remove(dir);
    },
  };
}

async function sweep(root: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    const pid = name.startsWith(TEMPORARY) ? Number(name.slice(TEMPORARY.length).split("-")[0]) : NaN;
    if (isDirectory && Number.isInteger(pid) && !isAlive(pid)) await remove(join(root, name));
  }
}

async function remove(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause; // swept by another process, or by a person
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as { code?: unknown }).code !== "ESRCH";
  }
}
