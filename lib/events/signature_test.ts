import fc from "fast-check";
import { expect, test } from "vitest";
import { type CloudEvent, createEvent, signEvent, verifyEvent } from "./mod.ts";

const EVENT = createEvent({
  type: "boathouse.gap.v1",
  source: "/ingest",
  subject: "s",
  data: { topic: "flights", from: 3 },
});

test("verifyEvent() accepts what signEvent() signed, also after a round trip through JSON", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ minLength: 1 }), (data, key) => {
    const signed = signEvent({ ...EVENT, data }, key);
    const sent = JSON.parse(JSON.stringify(signed));
    const turned = { data: Object.fromEntries(Object.entries(sent.data).reverse()), ...sent };
    expect(verifyEvent(turned, key)).toBe(true);
    expect(verifyEvent(turned, `${key}x`)).toBe(false);
  }));
});

test("signEvent() does not change its argument and replaces an older signature", () => {
  const signed = signEvent(EVENT, "k");
  expect("signature" in EVENT.data).toBe(false);
  expect(signEvent(signed, "k")).toEqual(signed);
  expect(signed.data.signature).toMatch(/^[0-9a-f]{64}$/);
});

test.each<[string, (event: CloudEvent<Record<string, unknown>>) => CloudEvent]>([
  ["data", (event) => ({ ...event, data: { ...event.data, from: 4 } })],
  ["an added field", (event) => ({ ...event, data: { ...event.data, more: 1 } })],
  ["type", (event) => ({ ...event, type: "boathouse.control.v1" })],
  ["id", (event) => ({ ...event, id: "another" })],
  ["subject", ({ subject: _, ...event }) => event as CloudEvent],
  ["an extension", (event) => ({ ...event, trace: "x" })],
  ["the signature", (event) => ({ ...event, data: { ...event.data, signature: "0".repeat(64) } })],
  ["its shape", (event) => ({ ...event, data: { ...event.data, signature: "0" } })],
  ["its type", (event) => ({ ...event, data: { ...event.data, signature: [1] } })],
  ["no signature", (event) => ({ ...event, data: { from: 3 } })],
  ["no data", (event) => ({ ...event, data: null })],
  ["no JSON", (event) => ({ ...event, data: { ...event.data, from: NaN } })],
])("verifyEvent() refuses an event changed in %s", (_, change) => {
  expect(verifyEvent(change(signEvent(EVENT, "k")), "k")).toBe(false);
});

test("signEvent() refuses an empty key and what is not JSON", () => {
  expect(() => signEvent(EVENT, "")).toThrow(RangeError);
  expect(() => signEvent(EVENT, "")).toThrow('Cannot sign event as the signing key must not be empty: got ""');
  expect(() => verifyEvent(signEvent(EVENT, "k"), "")).toThrow(RangeError);
  expect(() => signEvent({ ...EVENT, data: { x: NaN } }, "k")).toThrow(TypeError);
});
