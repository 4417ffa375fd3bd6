import { accessHeaders } from "../../lib/config/mod.ts";
import { type Flight, readFlights } from "./flights_source.ts";
import { routeOf } from "./publish_flights.ts";

/** What one request came back with. */
export interface Asked {
  /** Id of the decision; null when the request failed. */
  decision: string | null;
  /** Minutes of delay that the flight really had. */
  delay: number;
  /** Milliseconds from the moment the request was due to its whole answer. */
  latencyMs: number;
  /** Whether a later step of the plan answered. */
  fallback: boolean;
}

/** How to ask. */
export interface TrafficOptions {
  /** Address of the serving plane, such as http://127.0.0.1:8401. */
  url: string;
  /** Flights to ask about. */
  flights: readonly Flight[];
  /** Requests per second, sent when they are due whether or not earlier ones were answered. */
  rate: number;
  /** Is called once when the fault begins and once when it ends: after a quarter and after half of the requests. */
  setFault: (on: boolean) => Promise<void>;
  /** Is told how many requests were sent. */
  onProgress: (sent: number) => void;
}

const ENDPOINT = "flight-delay";

/**
 * The live flights: those of June, evenly drawn from the demo's sample.
 *
 * @param every one flight in `every`
 * @param requests at most so many
 * @returns flights in time order
 */
export async function liveFlights(every: number, requests: number): Promise<Flight[]> {
  const where = `date >= '2001-06-01' AND date < '2001-07-01' AND number % ${every} = 0`;
  const flights: Flight[] = [];
  for await (const chunk of readFlights({ where, atMost: requests })) flights.push(...chunk);
  return flights;
}

/**
 * Asks the endpoint about each flight, open loop: a request is sent when it is due, and its latency counts from then.
 *
 * @param options address, flights, rate, fault switch
 * @returns one entry per flight, in order
 */
export async function askAll({ url, flights, rate, setFault, onProgress }: TrafficOptions): Promise<Asked[]> {
  const answers: Promise<Asked>[] = [];
  const start = performance.now();
  const faultFrom = Math.floor(flights.length / 4);
  const faultTo = Math.floor(flights.length / 2);
  for (const [index, flight] of flights.entries()) {
    if (index === faultFrom) await setFault(true);
    if (index === faultTo) await setFault(false);
    const dueMs = start + index * 1000 / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    answers.push(ask(url, flight, dueMs));
    if (index % 100 === 0) onProgress(index);
  }
  const done = await Promise.all(answers);
  onProgress(flights.length);
  return done;
}

async function ask(url: string, flight: Flight, dueMs: number): Promise<Asked> {
  const { weekday, hour, distance, delay } = flight;
  const response = await fetch(`${url}/v1/endpoints/${ENDPOINT}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...accessHeaders() },
    body: JSON.stringify({ route: routeOf(flight), weekday, hour, distance }),
  });
  const body = await response.json();
  const latencyMs = performance.now() - dueMs;
  if (!response.ok) return { decision: null, delay, latencyMs, fallback: false };
  return { decision: body.decision.id, delay, latencyMs, fallback: body.decision.fallback };
}

/**
 * Sends the true delays as labels, in batches.
 *
 * @param url address of the serving plane
 * @param asked answers with the delays that came true
 * @returns number of labels that are durable
 * @throws {Error} when the serving plane refuses a batch
 */
export async function sendLabels(url: string, asked: readonly Asked[]): Promise<number> {
  const labels = asked.filter(({ decision }) => decision !== null)
    .map(({ decision, delay }) => ({ decision, value: delay, at: new Date().toISOString() }));
  const BATCH = 1000;
  for (let from = 0; from < labels.length; from += BATCH) {
    const response = await fetch(`${url}/v1/labels`, {
      method: "POST",
      headers: { "content-type": "application/json", ...accessHeaders() },
      body: JSON.stringify(labels.slice(from, from + BATCH)),
    });
    if (!response.ok) throw new Error(`Cannot send labels: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
  return labels.length;
}
