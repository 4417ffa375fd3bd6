import { expect, test } from "vitest";
import { openBus } from "../../lib/bus/mod.ts";
import { Problem } from "../http/mod.ts";
import { readBinaryEvent } from "./binary_event.ts";
import { compileTypes } from "./event_types.ts";
import { takeEvents } from "./take_events.ts";

const ATTRIBUTES = {
  "ce-specversion": "1.0",
  "ce-type": "x.y.v1",
  "ce-id": "1234-1234-1234",
  "ce-source": "/mycontext",
};

function request(headers: Record<string, string>, body: BodyInit | null): Request {
  return new Request("http://127.0.0.1/v1/events", { method: "POST", headers: { ...ATTRIBUTES, ...headers }, body });
}

const read = (headers: Record<string, string>, body: BodyInit | null) => readBinaryEvent(request(headers, body), 1000);

test("readBinaryEvent() reads attributes, extensions and JSON", async () => {
  const type = "application/json; charset=utf-8";
  const headers = { "content-type": type, "ce-time": "2018-04-05T03:56:24Z", "ce-comexampleextension": "7" };
  expect(await read(headers, '{"a":1.50}')).toEqual({
    specversion: "1.0",
    type: "x.y.v1",
    id: "1234-1234-1234",
    source: "/mycontext",
    time: "2018-04-05T03:56:24Z",
    comexampleextension: "7",
    datacontenttype: type,
    data: { a: 1.5 },
  });
  expect(await read({ "content-type": "application/vnd.x+json" }, "3")).toMatchObject({ data: 3 });
});

test("readBinaryEvent() keeps other data as bytes, and none as none", async () => {
  const bytes = new Uint8Array([0, 255, 10]);
  expect(await read({ "content-type": "image/png" }, bytes)).toMatchObject({ data_base64: "AP8K" });
  expect(await read({ "content-type": "text/xml" }, "<a/>")).toMatchObject({ data_base64: "PGEvPg==" });
  const none = await read({}, null);
  expect(["data" in none, "data_base64" in none, "datacontenttype" in none]).toEqual([false, false, false]);
});

test.each([
  ["Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro \u20ac \u{1F600}"],
  ['"a \\"quoted\\" text"', 'a "quoted" text'],
  ["100%", "100%"],
  ["%25", "%"],
  ["%e2%82%ac", "\u20ac"],
])("readBinaryEvent() decodes %s", async (header, subject) => {
  expect(await read({ "ce-subject": header }, null)).toMatchObject({ subject });
});

test.each<[string, Record<string, string>, BodyInit, number]>([
  ["other bytes than UTF-8 in a header", { "ce-subject": "%ff" }, "", 400],
  ["broken JSON", { "content-type": "application/json" }, "{", 400],
  ["too much", { "content-type": "text/plain" }, "x".repeat(1001), 413],
])("readBinaryEvent() refuses %s", async (_, headers, body, status) => {
  const problem = await read(headers, body).catch((error) => error);
  expect([problem instanceof Problem, problem.status]).toEqual([true, status]);
});

test("takeEvents() takes binary mode, checks it as the others, and lets the media type decide", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: Deno.makeTempDirSync() });
  await bus.createTopic("events");
  await bus.createTopic("flights");
  const schema = { type: "object", properties: { delay: { type: "integer" } } };
  const types = compileTypes(new Map([["flights", { type: "flights.flight.v1", schema }]]));
  const take = (headers: Record<string, string>, body: string) =>
    takeEvents(request(headers, body), { bus, types, source: "/t" }).then(
      ({ accepted }) => accepted,
      (error) => error.message,
    );
  const json = { "content-type": "application/json" };
  expect(await take(json, '{"delay":"late"}')).toBe(1);
  expect(await take({ ...json, "ce-type": "flights.flight.v1", "ce-subject": "R1" }, '{"delay":3}')).toBe(1);
  expect(await take({ ...json, "ce-type": "flights.flight.v1" }, '{"delay":"late"}')).toContain(
    "/delay must be integer",
  );
  expect(await take({ ...json, "ce-type": "boathouse.control.v1" }, "{}")).toContain('Topic "control" is reserved');
  expect(await take({ ...json, "ce-specversion": "0.3" }, "{}")).toContain('"specversion" must be "1.0"');
  expect(await take({ ...json, "ce-Bad_Name": "x" }, "{}")).toContain("lower-case letters and digits");
  const structured = { specversion: "1.0", id: "s", source: "/s", type: "a.b", data: 1 };
  expect(await take({ "content-type": "application/cloudevents+json" }, JSON.stringify(structured))).toBe(1);
  expect(await take({ "content-type": "application/cloudevents+avro" }, "")).toContain("The content type must be");
  const ids: unknown[] = [];
  for (const topic of ["events", "flights"]) {
    for await (const batch of bus.read(topic, 0, 0)) {
      ids.push(...batch.records().map(({ key, value }) => [key, (value as { id: string }).id]));
    }
  }
  expect(ids).toEqual([[null, "1234-1234-1234"], [null, "s"], ["R1", "1234-1234-1234"]]);
});
