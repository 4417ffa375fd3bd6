import { type Bus, type Message, partitionOf } from "../../lib/bus/mod.ts";
import { sha256 } from "../../lib/events/mod.ts";
import { type Flight, readFlights } from "./flights_source.ts";

/** Topic of the flights. */
export const TOPIC = "flights";
const TYPE = "flights.flight.v1";
const LIVE_FROM = "2001-06-01";
const BATCH = 1000;

/** How many flights are on the bus now, and how many of them are new. */
export interface Published {
  /** Records on the topic. */
  total: number;
  /** Records that this call wrote. */
  added: number;
}

/**
 * Puts the flights before June on the bus, in time order. What an earlier call wrote is recognised by its producer and
 * sequence, so a call that was killed is finished by the next one.
 *
 * @param bus bus with the topic made
 * @param every one flight in `every`
 * @param onProgress is told how many were looked at
 * @returns counts
 * @throws {RangeError} when the topic holds another sample
 */
export async function publishFlights(
  bus: Bus,
  every: number,
  onProgress: (flights: number) => void = () => {},
): Promise<Published> {
  const partitions = (await bus.positions(TOPIC)).length;
  const sample = await chooseSample(bus, every, partitions);
  let added = 0;
  if (sample) {
    const lanes = Array.from({ length: partitions }, (_, partition) => lane(bus, partition, producerId(sample.name)));
    let seen = 0;
    for await (const flights of readFlights({ where: `date < '${LIVE_FROM}' AND ${sample.where}` })) {
      for (const flight of flights) lanes[partitionOf(routeOf(flight), partitions)]!.push(flight);
      for (const each of lanes) added += await each.drain(BATCH);
      onProgress(seen += flights.length);
    }
    for (const each of lanes) added += await each.drain(1);
  }
  const positions = await bus.positions(TOPIC);
  return { total: positions.reduce((sum, { low, high }) => sum + high - low, 0), added };
}

/**
 * The route of a flight, which is its key.
 *
 * @param flight a flight
 * @returns "ORD-LGA"
 */
export function routeOf(flight: Flight): string {
  return `${flight.origin}-${flight.destination}`;
}

interface Sample {
  name: string;
  where: string;
}

const sampleOf = (every: number): Sample => ({ name: `1 of ${every}`, where: `number % ${every} = 0` });
const REST: Sample = { name: "the rest of 1 of 6", where: "number % 6 <> 0" };

// All flights may follow the default sixth; then only the rest is written. Any other mixture would count flights twice.
async function chooseSample(bus: Bus, every: number, partitions: number): Promise<Sample | null> {
  const wrote = async ({ name }: Sample): Promise<boolean> => {
    const last = await Promise.all(
      Array.from({ length: partitions }, (_, partition) => bus.lastSequence(TOPIC, partition, producerId(name))),
    );
    return last.some((sequence) => sequence !== null);
  };
  const wanted = sampleOf(every);
  const isEmpty = (await bus.positions(TOPIC)).every(({ high }) => high === 0);
  if (isEmpty || await wrote(wanted)) return wanted;
  if (await wrote(sampleOf(6))) {
    if (every === 1) return REST;
  } else if (every === 6 && await wrote(sampleOf(1))) {
    return null;
  }
  throw new RangeError(
    `Cannot put ${wanted.name} flights on topic "${TOPIC}" as it holds another sample of them: run the demo as before, ` +
      `or begin anew by removing the folders in lake/`,
  );
}

// A fixed id per sample, so that a second run continues the first one's sequence.
function producerId(sample: string): string {
  const hex = sha256(`boathouse demo: ${sample}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

function lane(bus: Bus, partition: number, producer: string) {
  let waiting: Flight[] = [];
  let sequence = 0;
  let known: number | undefined;
  return {
    push: (flight: Flight) => waiting.push(flight),
    async drain(atLeast: number): Promise<number> {
      known ??= (await bus.lastSequence(TOPIC, partition, producer) ?? -1) + 1;
      if (waiting.length < atLeast || waiting.length === 0) return 0;
      const batch = waiting;
      waiting = [];
      const skip = Math.min(batch.length, Math.max(0, known - sequence));
      sequence += batch.length;
      if (skip === batch.length) return 0;
      const fresh = batch.slice(skip).map(messageOfFlight);
      await bus.append(TOPIC, partition, fresh, { id: producer, sequence: sequence - fresh.length });
      return fresh.length;
    },
  };
}

function messageOfFlight(flight: Flight): Message {
  const route = routeOf(flight);
  const { date, delay, distance, origin, destination } = flight;
  return {
    key: route,
    eventTimeMicros: flight.dateMicros,
    value: {
      specversion: "1.0",
      id: `flights-3m/${flight.number}`,
      source: "vega-datasets",
      type: TYPE,
      subject: route,
      time: date,
      datacontenttype: "application/json",
      data: { date, delay, distance, origin, destination, route },
    },
  };
}
