import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../mod.ts";
import { changeText, deltaText, diffRecord, diffValue, valueText } from "./value_change.ts";

test.each<[Json | undefined, Json | undefined, string, string]>([
  [26.42, 26.3, "26.42 → 26.30", "−0.12, −0.454 %"],
  ["26.42", "26.30", "26.42 → 26.30", "−0.12, −0.454 %"],
  ["413,000", "454,000", "413,000 → 454,000", "+41,000, +9.93 %"],
  [0, 5, "0 → 5", "+5"],
  [-2, -1, "-2 → -1", "+1, +50 %"],
  [1, 1.000001, "1.000000 → 1.000001", "+0.000001, +0.0001 %"],
  [0.1234, 0.12, "0.123 → 0.120", "−0.0034, −2.76 %"],
  [9999, 10000.5, "9,999.0 → 10,000.5", "+1.5, +0.015 %"],
  [1e-7, 2e-7, "0.0000001 → 0.0000002", "+0.0000001, +100 %"],
  [9007199254740992, 9007199254740993, "9,007,199,254,740,992 → 9,007,199,254,740,992", ""],
  ["ORD-LGA", "SFO-LAX", "ORD-LGA → SFO-LAX", ""],
  ["12", "late", "12 → late", ""],
  [undefined, 3, "— → 3", ""],
  [true, null, "true → null", ""],
  [[1], { a: 1 }, `[1] → {"a":1}`, ""],
  ["0x10", "0x11", "0x10 → 0x11", ""],
  ["2001-05-31T10:00:00.000Z", "2001-05-31T10:00:00.250Z", "2001-05-31 10:00:00 → 2001-05-31 10:00:00.25", ""],
  ["2001-05-31", "2001-05-31T00:00:00Z", `"2001-05-31" → "2001-05-31T00:00:00Z"`, ""],
  ["2001-05-31", "2001-06-30", "2001-05-31 → 2001-06-30", ""],
])("diffValue(%j, %j) reads %s (%s)", (was, now, values, delta) => {
  const change = diffValue("x", was, now);
  if (was === now) return expect(change).toBe(null);
  expect([changeText(change!), deltaText(change!)]).toEqual([values, delta]);
});

test("changeText() tells values apart that look the same", () => {
  expect(changeText({ name: "x", old: 1.23456, new: 1.23457 })).toBe("1.23456 → 1.23457");
  expect(changeText({ name: "x", old: 3, new: "3" })).toBe(`3 → "3"`);
  expect(changeText({ name: "x", old: 27, new: 27 })).toBe("27");
});

test("valueText() cuts what is long", () => {
  expect(valueText("x".repeat(500))).toHaveLength(120);
});

test("diffValue() finds the delta back, and the other way round its opposite", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((value) =>
    Number(value.toFixed(4)) + 0
  );
  fc.assert(fc.property(number, number, (was, now) => {
    const change = diffValue("x", was, now);
    expect(change === null).toBe(was === now);
    if (!change) return;
    expect(was + change.delta!).toBeCloseTo(now, 4);
    expect(diffValue("x", now, was)!.delta).toBe(-change.delta!);
  }));
});

test("diffRecord() lists what differs and nothing else, whatever the names", () => {
  const record = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString", "1")), fc.nat(2));
  fc.assert(fc.property(record, record, (was, now) => {
    const own = (of: Record<string, number>, name: string) => Object.hasOwn(of, name) ? of[name] : undefined;
    const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
    const changed = names.filter((name) => own(was, name) !== own(now, name));
    expect(diffRecord(was, now).map(({ name }) => name).sort()).toEqual(changed.sort());
  }));
});
