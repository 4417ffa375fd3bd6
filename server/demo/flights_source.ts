import { DuckDBInstance } from "@duckdb/node-api";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One flight of the data set. */
export interface Flight {
  /** Number of the flight in time order, from 1; the same on every machine. */
  number: number;
  /** Departure, ISO 8601, UTC. */
  date: string;
  /** Departure, microseconds since 1970. */
  dateMicros: number;
  /** Minutes late; negative is early. */
  delay: number;
  /** Miles. */
  distance: number;
  /** Airport code. */
  origin: string;
  /** Airport code. */
  destination: string;
  /** Hour of departure, 0 to 23. */
  hour: number;
  /** Day of the week, 0 = Sunday. */
  weekday: number;
}

/** Which flights to read. */
export interface Selection {
  /** SQL condition over `number` and `date`. */
  where: string;
  /** At most so many flights, evenly drawn; all by default. */
  atMost?: number;
}

const FILE = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../node_modules/vega-datasets/data/flights-3m.parquet",
);

/**
 * Reads flights in time order from the npm package vega-datasets (flights-3m.parquet: 3,000,000 flights, 2001).
 *
 * @param selection which flights
 * @returns flights in chunks of about 2,000
 * @throws {Error} when the package is not installed
 */
export async function* readFlights(selection: Selection): AsyncIterable<Flight[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: "400MB" });
  const connection = await instance.connect();
  try {
    const result = await connection.stream(queryOf(selection));
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk.convertRows(toPlain).map(flightOf);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

// The order is total, so that a flight has the same number on every machine.
function queryOf({ where, atMost }: Selection): string {
  const numbered = `SELECT *, row_number() OVER (ORDER BY date, origin, destination, delay, distance) AS number
    FROM read_parquet('${FILE.replaceAll("'", "''")}')`;
  const chosen = `SELECT * FROM (${numbered}) WHERE ${where}`;
  const drawn = atMost === undefined
    ? chosen
    : `SELECT * FROM (SELECT *, row_number() OVER (ORDER BY number) AS place, count(*) OVER () AS total FROM (${chosen}))
       WHERE place * ${atMost} // total > (place - 1) * ${atMost} // total`;
  return `SELECT number, strftime(date, '%Y-%m-%dT%H:%M:%SZ'), epoch_us(date), delay, distance, origin, destination,
    hour(date), dayofweek(date) FROM (${drawn}) ORDER BY number`;
}

function toPlain(value: unknown): number | string {
  return typeof value === "bigint" ? Number(value) : value as number | string;
}

function flightOf(row: (number | string | null)[]): Flight {
  const [number, date, dateMicros, delay, distance, origin, destination, hour, weekday] = row;
  return { number, date, dateMicros, delay, distance, origin, destination, hour, weekday } as Flight;
}
