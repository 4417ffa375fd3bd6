import type { LocalFile } from "./scan.ts";
import { quoteText } from "./sql_type.ts";
import type { SqlConnection } from "./write_parquet.ts";

/** Files of a table that a query reads. */
export interface TableFiles {
  table: string;
  files: readonly LocalFile[];
}

/** What DuckDB says of a query or of its data; all else may come from a damaged file. */
const NOT_OF_FILES = /(Binder|Catalog|Parser|Syntax|Conversion|Out of Range|Interrupt|Out of Memory|Constraint) Error/;

/** Names the file of which DuckDB says that it cannot be read; null when the error has another cause. */
export async function explainUnreadable(
  connection: SqlConnection,
  error: unknown,
  tables: readonly TableFiles[],
): Promise<Error | null> {
  if (!(error instanceof Error) || !(error.cause instanceof Error) || NOT_OF_FILES.test(error.message)) return null;
  for (const { table, files } of tables) {
    for (const { path, local } of files) {
      const damage = error.message.includes(local) ? error.cause.message : await damageOf(connection, local);
      if (damage !== null) return unreadable(table, path, damage.replaceAll(local, path), error);
    }
  }
  return null;
}

async function damageOf(connection: SqlConnection, local: string): Promise<string | null> {
  try {
    await connection.run(`SELECT count(COLUMNS(*)) FROM read_parquet(${quoteText(local)}, hive_partitioning=false)`);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function unreadable(table: string, path: string, damage: string, cause: Error): Error {
  return new Error(
    `Cannot read file "${path}" of table "${table}" as it must be whole Parquet: ${
      damage.split("\n")[0]!.trim()
    }; restore it from a copy`,
    { cause },
  );
}
