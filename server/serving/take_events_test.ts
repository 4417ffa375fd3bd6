import { expect, test } from "vitest";
import { type Bus, DiskReserveError, openBus } from "../../lib/bus/mod.ts";
import { createEvent, uuidv7 } from "../../lib/events/mod.ts";
import { compileTypes } from "./event_types.ts";
import { takeEvents, takeLabels } from "./take_events.ts";

const FLIGHT = {
  type: "flights.flight.v1",
  schema: { type: "object", properties: { delay: { type: "integer" } }, required: ["delay"] },
};
const TYPES = compileTypes(new Map([["flights", FLIGHT]]));

async function withBus<T>(work: (bus: Bus) => Promise<T>): Promise<T> {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await bus.createTopic("flights", { partitions: 2 });
  await bus.createTopic("label");
  await bus.createTopic("events");
  return await work(bus);
}

const STRUCTURED = "application/cloudevents+json", BATCH = "application/cloudevents-batch+json";

function post(body: unknown, type: string, headers: Record<string, string> = {}): Request {
  const all = { "content-type": type, ...headers };
  return new Request("http://127.0.0.1/", { method: "POST", body: JSON.stringify(body), headers: all });
}

const flight = (delay: unknown, subject = "ORD-LGA") =>
  createEvent({ type: "flights.flight.v1", source: "/test", subject, data: { delay } });

async function count(bus: Bus, topic: string): Promise<number> {
  return (await bus.positions(topic)).reduce((sum, { high }) => sum + high, 0);
}

test("takeEvents() takes one event and a batch, durable", async () => {
  await withBus(async (bus) => {
    const effects = { bus, types: TYPES, source: "/test" };
    expect(await takeEvents(post(flight(1), STRUCTURED), effects)).toEqual({ accepted: 1 });
    const batch = Array.from({ length: 300 }, (_, i) => flight(i, `R${i}`));
    expect(await takeEvents(post(batch, BATCH), effects)).toEqual({ accepted: 300 });
    expect(await takeEvents(post([], BATCH), effects)).toEqual({ accepted: 0 });
    expect(await count(bus, "flights")).toBe(301);
  });
});

test.each<[string, unknown, string, number, string, string | undefined]>([
  ["another media type", flight(1), "application/json", 415, "The content type must be", undefined],
  ["no list", flight(1), BATCH, 422, "the value must be an array of events", ""],
  ["no event", [{ id: "1" }], BATCH, 422, 'attribute "specversion" must be "1.0"', "/0/specversion"],
  ["a bad time", { ...flight(1), time: "soon" }, STRUCTURED, 422, 'attribute "time" must', "/time"],
  [
    "an unknown type of ours",
    { ...flight(1), type: "boathouse.x.v1" },
    STRUCTURED,
    403,
    'The type "boathouse.x.v1" is reserved',
    undefined,
  ],
  ["a misfit", [flight(1), flight("late")], BATCH, 422, '/delay must be integer: got "late"', "/1/data/delay"],
  [
    "a reserved type",
    createEvent({ type: "boathouse.control.v1", source: "/x", data: {} }),
    STRUCTURED,
    403,
    'Topic "control" is reserved for events of Boathouse itself',
    undefined,
  ],
  ["too many", Array(10_001).fill(0), BATCH, 413, "at most 10000 events: got 10001", undefined],
])("takeEvents() refuses %s, all or none", async (_, body, type, status, message, pointer) => {
  await withBus(async (bus) => {
    const problem = await takeEvents(post(body, type), { bus, types: TYPES, source: "/t" }).catch((error) => error);
    expect([problem.status, problem.options?.pointer]).toEqual([status, pointer]);
    expect(problem.message).toContain(message);
    expect(await count(bus, "flights")).toBe(0);
  });
});

test("takeEvents() refuses every reserved topic", async () => {
  await withBus(async (bus) => {
    const effects = { bus, types: TYPES, source: "/t" };
    for (const name of ["control", "alert", "evaluation", "model", "gap"]) {
      const event = createEvent({ type: `boathouse.${name}.v1`, source: "/x", data: {} });
      await expect(takeEvents(post(event, STRUCTURED), effects)).rejects.toThrow(`Topic "${name}" is reserved`);
    }
  });
});

test("takeEvents() says when the bus does not take them", async () => {
  const bus = { publish: () => Promise.reject(new Error("disk full")) };
  const problem = await takeEvents(post(flight(1), STRUCTURED), { bus, types: TYPES, source: "/t" })
    .catch((error) => error);
  expect([problem.status, problem.message]).toEqual([503, "The bus did not take the events: disk full"]);
});

test("takeEvents() answers 507 when the bus's disk is at its reserve", async () => {
  const dir = Deno.makeTempDirSync();
  await using bus = await openBus({ kind: "sqlite", dir }, { reserveBytes: Number.MAX_SAFE_INTEGER });
  await bus.createTopic("flights");
  const problem = await takeEvents(post(flight(1), STRUCTURED), { bus, types: TYPES, source: "/t" })
    .catch((error) => error);
  expect([problem.status, problem.cause instanceof DiskReserveError]).toEqual([507, true]);
  expect(problem.message).toMatch(
    /^Cannot append to "flights" as the disk of ".*" must keep \d+ bytes free: \d+ are left; /,
  );
  expect(await count(bus, "flights")).toBe(0);
});

test("takeLabels() fills in name and time and keys by decision", async () => {
  await withBus(async (bus) => {
    const effects = { bus, types: TYPES, source: "/t" };
    const at = "2001-06-01T10:00:00Z";
    expect(await takeLabels(post({ decision: "d1", value: 7 }, "application/json"), effects)).toEqual({
      accepted: 1,
      unknown: 1,
    });
    const labels = [{ decision: "d2", value: null, name: "arrived", at }, { decision: "d3", value: { a: 1 } }];
    expect(await takeLabels(post(labels, "application/json"), effects)).toEqual({ accepted: 2, unknown: 2 });
    const data = [];
    for await (const batch of bus.read("label", 0, 0)) {
      data.push(...batch.records().map(({ key, value }) => [key, (value as { data: unknown }).data]));
    }
    expect(data).toEqual([
      ["d1", { decision: "d1", value: 7, name: "value", at: expect.stringMatching(/^\d{4}-.*Z$/) }],
      ["d2", { decision: "d2", value: null, name: "arrived", at }],
      ["d3", { decision: "d3", value: { a: 1 }, name: "value", at: expect.any(String) }],
    ]);
  });
});

test.each<[string, unknown, string, string]>([
  ["a text", "d1", "the value must be an object {decision, value, name?, at?}", ""],
  ["no decision", { value: 1 }, "/decision must be there", "/decision"],
  ["no value", [{ decision: "d" }], "/value must be there", "/0/value"],
  ["a number as decision", { decision: 7, value: 1 }, "/decision must be string: got 7", "/decision"],
  ["a stray key", [{ decision: "d", value: 1, valeu: 2 }], "/valeu must not be there", "/0/valeu"],
  ["a bad time", { decision: "d", value: 1, at: "soon" }, '/at must match format "date-time"', "/at"],
])("takeLabels() refuses %s", async (_, body, message, pointer) => {
  await withBus(async (bus) => {
    const problem = await takeLabels(post(body, "application/json"), { bus, types: TYPES, source: "/t" })
      .catch((error) => error);
    expect([problem.status, problem.options.pointer]).toEqual([422, pointer]);
    expect(problem.message).toContain(message);
  });
});

test("compileTypes() knows the standard types and refuses a broken schema", () => {
  expect(TYPES.get("boathouse.metric.v1")).toMatchObject({ topic: "metric", reserved: false });
  expect(TYPES.get("flights.flight.v1")).toMatchObject({ topic: "flights", reserved: false });
  expect(() => compileTypes(new Map([["x", { type: "x.y", schema: { type: "odd" } }]]))).toThrow(SyntaxError);
});

test("takeLabels() counts labels of what can be no decision, and keeps them", async () => {
  await withBus(async (bus) => {
    const ids = [uuidv7(), uuidv7(0), crypto.randomUUID(), uuidv7(Date.now() + 86_400_000), "order-7"];
    const labels = ids.map((decision) => ({ decision, value: 1 }));
    const taken = await takeLabels(post(labels, "application/json"), { bus, types: TYPES, source: "/t" });
    expect(taken).toEqual({ accepted: 5, unknown: 3 });
    expect(await count(bus, "label")).toBe(5);
  });
});
