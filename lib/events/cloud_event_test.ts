import { expect, test } from "vitest";
import { createEvent, isoMicros, messageOf, parseEvent } from "./mod.ts";

const GOOD = { specversion: "1.0", id: "1", source: "/a", type: "t", data: { x: 1 } };

test("createEvent() fills in id and time, and keeps what it is given", () => {
  const event = createEvent({ type: "t", source: "/a", data: { x: 1 }, subject: "s" });
  expect(event).toMatchObject({ specversion: "1.0", type: "t", source: "/a", subject: "s", data: { x: 1 } });
  expect(event.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(event.time).toMatch(/\.\d{6}Z$/);
  const time = "2001-05-31T12:00:00Z";
  expect(createEvent({ type: "t", source: "/a", data: 1, time }).time).toBe(time);
  expect("subject" in createEvent({ type: "t", source: "/a", data: 1 })).toBe(false);
});

test("createEvent() refuses malformed attributes", () => {
  expect(() => createEvent({ type: "", source: "/a", data: 1 })).toThrow(TypeError);
  expect(() => createEvent({ type: "", source: "/a", data: 1 })).toThrow(
    'Cannot read CloudEvent as attribute "type" must be a text that is not empty: got ""',
  );
});

test("parseEvent() takes what the specification allows", () => {
  for (
    const event of [
      GOOD,
      { ...GOOD, data: undefined },
      { ...GOOD, data: null },
      { ...GOOD, data: undefined, data_base64: "AAE=" },
      { ...GOOD, traceparent: "00-1", partitionkey: 3, sampled: true, empty: null },
      {
        ...GOOD,
        time: "2001-05-31T12:00:00+02:00",
        subject: "s",
        dataschema: "/s",
        datacontenttype: "application/json",
      },
    ]
  ) expect(parseEvent(event)).toBe(event);
});

test.each([
  [null, "it must be an object: got null"],
  ["text", 'it must be an object: got "text"'],
  [[GOOD], "it must be an object: got ["],
  [{ ...GOOD, specversion: "0.3" }, 'attribute "specversion" must be "1.0": got "0.3"'],
  [{ ...GOOD, id: undefined }, 'attribute "id" must be a text that is not empty: got nothing'],
  [{ ...GOOD, id: 7 }, 'attribute "id" must be a text that is not empty: got 7'],
  [{ ...GOOD, source: "" }, 'attribute "source" must be a text that is not empty: got ""'],
  [{ ...GOOD, type: ["t"] }, 'attribute "type" must be a text that is not empty: got ["t"]'],
  [{ ...GOOD, subject: null }, 'attribute "subject" must be a text that is not empty: got null'],
  [
    { ...GOOD, time: "yesterday" },
    'attribute "time" must be an RFC 3339 time of the years 1684 to 2255: got "yesterday"',
  ],
  [{ ...GOOD, time: 5 }, 'attribute "time" must be an RFC 3339 time of the years 1684 to 2255: got 5'],
  [{ ...GOOD, data_base64: "AA==" }, 'attribute "data_base64" must be absent beside data: got "AA=="'],
  [{ ...GOOD, data: undefined, data_base64: "A" }, 'attribute "data_base64" must be base64: got "A"'],
  [{ ...GOOD, Trace: "x" }, 'attribute names must be lower-case letters and digits: got "Trace"'],
  [{ ...GOOD, trace: { a: 1 } }, 'attribute "trace" must be a text, a boolean or an integer: got {"a":1}'],
  [{ ...GOOD, trace: 0.5 }, 'attribute "trace" must be a text, a boolean or an integer: got 0.5'],
  [{ ...GOOD, trace: ["x".repeat(99)] }, `got ["${"x".repeat(58)}…`],
])("parseEvent() refuses %j", (value, message) => {
  expect(() => parseEvent(value)).toThrow(TypeError);
  expect(() => parseEvent(value)).toThrow(message);
});

test("messageOf() takes key, event time and the whole event", () => {
  const event = createEvent({
    type: "t",
    source: "/a",
    subject: "ORD-LGA",
    data: {},
    time: "2001-05-31T12:00:00.000001Z",
  });
  const message = messageOf(event);
  expect(message.key).toBe("ORD-LGA");
  expect(isoMicros(message.eventTimeMicros!)).toBe(event.time);
  expect(message.value).toEqual(event);
});

test("messageOf() leaves key and event time open where the event has none", () => {
  expect(messageOf(parseEvent(GOOD))).toEqual({ key: null, eventTimeMicros: null, value: GOOD });
  expect(() => messageOf({ ...parseEvent(GOOD), time: "noon" })).toThrow(SyntaxError);
});
