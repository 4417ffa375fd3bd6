import type { Store } from "../../store/mod.ts";
import type { InputRead } from "../inputs.ts";
import { type Lake, openLake } from "../open_lake.ts";
import { freshStore } from "./delta.ts";

export const ROUTES = [
  { route: "ORD-LGA", hour: 18, delay: 12.5, at: new Date("2001-05-31T18:00:00Z") },
  { route: "JFK-LAX", hour: 7, delay: -3, at: new Date("2001-05-30T07:00:00Z") },
];

/** A lake that holds the tables, and what its recorder is told. */
export async function lakeOf(
  rows: Record<string, Record<string, unknown>[]> = { routes: ROUTES },
): Promise<{ lake: Lake; store: Store; dir: string; reads: InputRead[]; unproven: string[] }> {
  const { store, dir } = await freshStore();
  const reads: InputRead[] = [], unproven: string[] = [];
  await using writer = await openLake({ store });
  for (const [name, values] of Object.entries(rows)) await writer.write(name, values, { mode: "append" });
  const recorder = { read: (input: InputRead) => reads.push(input), unproven: (kind: string) => unproven.push(kind) };
  return { lake: await openLake({ store, recorder }), store, dir, reads, unproven };
}

