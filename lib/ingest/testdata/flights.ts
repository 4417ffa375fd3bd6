// Flights as events, the same each time.
import type { Json } from "../../bus/mod.ts";
import type { TopicSchema } from "../mod.ts";

export const TOPIC = "flights";
export const TYPE = "flights.flight.v1";

const code = { type: "string", pattern: "^[A-Z]{3}$" };
const properties = {
  date: { type: "string", format: "date-time" },
  delay: { type: "integer" },
  distance: { type: "integer", minimum: 1 },
  origin: code,
  destination: code,
  route: { type: "string", pattern: "^[A-Z]{3}-[A-Z]{3}$" },
};
const schema = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
export const schemas = new Map<string, TopicSchema>([[TOPIC, { type: TYPE, schema }]]);

/** The event of a number. */
export function flight(number: number): { subject: string; time: string } & Record<string, Json> {
  const airports = ["ORD", "LGA", "JFK", "SFO", "LAX", "DEN", "SEA", "BOS", "ATL", "MIA"];
  // A multiplicative hash (Knuth, TAOCP 6.4): scattered, and the same each time.
  const hash = Math.imul(number, 0x9e3779b1) >>> 0;
  const origin = airports[hash % 10]!, destination = airports[(hash >>> 8) % 10]!;
  const route = `${origin}-${destination}`;
  const date = new Date(Date.UTC(2001, 0, 1) + number * 26_000).toISOString();
  return {
    specversion: "1.0",
    id: `flights-3m/${number}`,
    source: "vega-datasets",
    type: TYPE,
    subject: route,
    time: date,
    datacontenttype: "application/json",
    data: { date, delay: (hash >>> 12) % 200 - 20, distance: (hash >>> 4) % 2500 + 1, origin, destination, route },
  };
}

/** Microseconds since 1970. */
export function micros(time: string): number {
  return Date.parse(time) * 1000;
}
