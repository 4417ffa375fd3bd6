import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { isoMicros, nowMicros, parseMicros, uuidv7 } from "./mod.ts";

test.each([
  ["2001-05-31T14:00:00.5+02:00", "2001-05-31T12:00:00.500000Z"],
  ["2001-05-31T12:00:00.1234567Z", "2001-05-31T12:00:00.123456Z"],
  ["2000-02-29t23:59:59z", "2000-02-29T23:59:59.000000Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"],
  ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
  ["1970-01-01T00:00:00-23:59", "1970-01-01T23:59:00.000000Z"],
])("parseMicros() reads %s", (text, canonical) => {
  expect(isoMicros(parseMicros(text))).toBe(canonical);
});

test("isoMicros() and parseMicros() are inverse", () => {
  fc.assert(fc.property(fc.integer({ min: -9e15, max: 9e15 }), (micros) => {
    expect(parseMicros(isoMicros(micros))).toBe(micros);
  }));
});

test.each(["2001-05-31", "2001-05-31T12:00:00", "31 May 2001", "", "2001-05-31T12:00Z", "2001-05-31T12:00:00Z\n"])(
  "parseMicros() refuses %j as text",
  (text) => {
    expect(() => parseMicros(text)).toThrow(SyntaxError);
    expect(() => parseMicros(text)).toThrow(
      `Cannot read time as it must be RFC 3339 with a time zone: got ${JSON.stringify(text)}`,
    );
  },
);

test.each([
  "2001-02-29T00:00:00Z",
  "2001-13-01T00:00:00Z",
  "2001-04-31T00:00:00Z",
  "2001-01-01T24:00:00Z",
  "2001-01-01T00:60:00Z",
  "2001-01-01T00:00:61Z",
  "2001-01-01T00:00:00+24:00",
  "9999-01-01T00:00:00Z",
  "0099-01-01T00:00:00Z",
])("parseMicros() refuses %s as a time", (text) => {
  expect(() => parseMicros(text)).toThrow(RangeError);
  expect(() => parseMicros(text)).toThrow("Cannot read time as it must exist and lie in the years 1684 to 2255: got");
});

test("isoMicros() writes milliseconds of any time to the year 9999", () => {
  fc.assert(fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (ms) => {
    expect(isoMicros(ms * 1000)).toBe(new Date(ms).toISOString().replace("Z", "000Z"));
  }));
  expect(isoMicros(253_402_300_799_999_000)).toBe("9999-12-31T23:59:59.999000Z");
});

test.each([NaN, 0.5, 253_402_300_800_000_000, -62_167_219_201_000_000])("isoMicros() refuses %d", (micros) => {
  expect(() => isoMicros(micros)).toThrow(RangeError);
  expect(() => isoMicros(micros)).toThrow(
    `Cannot write a time as its microseconds must be an integer of the years 0 to 9999: got ${micros}`,
  );
});

test("nowMicros() follows a wall clock that was moved", () => {
  vi.useFakeTimers({ now: Date.UTC(2001, 4, 31), toFake: ["Date"] });
  try {
    expect(isoMicros(nowMicros())).toBe("2001-05-31T00:00:00.000000Z");
  } finally {
    vi.useRealTimers();
  }
  expect(Math.abs(nowMicros() / 1000 - Date.now())).toBeLessThan(50);
});

test("uuidv7() carries version, variant and time, and sorts by it", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), fc.integer({ min: 0, max: 3 }), (ms, quarter) => {
    const id = uuidv7(ms + quarter / 4);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(ms);
    expect(uuidv7(ms + 1) > id).toBe(true);
  }));
  expect(new Set(Array.from({ length: 10_000 }, () => uuidv7(5))).size).toBe(10_000);
});

test.each([-1, 2 ** 48, NaN])("uuidv7() refuses %d", (ms) => {
  expect(() => uuidv7(ms)).toThrow(RangeError);
  expect(() => uuidv7(ms)).toThrow(`Cannot make a UUID as its milliseconds must lie in 0 to 2^48 - 1: got ${ms}`);
});

test("parseMicros() reads a time in UTC as the same time with a zone of nothing", () => {
  fc.assert(fc.property(
    fc.date({ min: new Date("1685-01-01"), max: new Date("2255-01-01"), noInvalidDate: true }),
    fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 9 }),
    (date, digits) => {
      const start = date.toISOString().slice(0, 19) + (digits && `.${digits}`);
      expect(parseMicros(`${start}Z`)).toBe(parseMicros(`${start}+00:00`));
    },
  ));
});
