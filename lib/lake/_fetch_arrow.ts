import type { DuckDBResult } from "@duckdb/node-api";
import { type ArrowTable, arrowTable } from "../columns/mod.ts";
import { arrowBuilder } from "./_arrow_builder.ts";

/** Reads a streaming result as an Arrow table: vectors to typed arrays, without a JavaScript value per cell. */
export async function fetchArrow(result: DuckDBResult): Promise<ArrowTable> {
  const names = result.deduplicatedColumnNames();
  const builders = result.columnTypes().map((type, i) => arrowBuilder(type, names[i]!));
  for (let chunk; (chunk = await result.fetchChunk()) && chunk.rowCount > 0;) {
    const count = chunk.rowCount;
    for (let i = 0; i < builders.length; i++) builders[i]!.add(chunk.getColumnVector(i), count);
  }
  return arrowTable(builders.map((builder, i) => [names[i]!, builder.finish()]));
}
