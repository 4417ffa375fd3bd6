import fc from "fast-check";
import { expect, test } from "vitest";
import { meanOf, voteOf } from "./combine.ts";

test("meanOf() averages numbers wherever they stand and keeps what is equal", () => {
  expect(meanOf([{ minutes: 4, by: ["a", 1] }, { by: ["a", 2], minutes: 8 }])).toEqual({ minutes: 6, by: ["a", 1.5] });
  expect(meanOf([1, 2])).toBe(1.5);
  expect(meanOf([1e308, 1.5e308])).toBe(1.25e308);
});

test.each<[string, Parameters<typeof meanOf>[0], string]>([
  ["texts", [{ a: "x" }, { a: "y" }], 'answers must be equal at /a to have a mean: got "x", "y"'],
  ["fields", [{ a: 1 }, { b: 1 }], 'answers must be equal at the top to have a mean: got {"a":1}, {"b":1}'],
  ["lengths", [{ a: [1] }, { a: [1, 2] }], "answers must be equal at /a to have a mean: got [1], [1,2]"],
  ["kinds", [{ a: 1 }, { a: null }], "answers must be equal at /a to have a mean: got 1, null"],
])("meanOf() refuses other %s", (_, answers, message) => {
  expect(() => meanOf(answers)).toThrow(RangeError);
  expect(() => meanOf(answers)).toThrow(message);
});

test("voteOf() gives what most said, of several the first, whatever the order of fields", () => {
  expect(voteOf([{ a: 1, b: 2 }, { a: 2, b: 2 }, { b: 2, a: 2 }])).toEqual({ a: 2, b: 2 });
  expect(voteOf(["b", "a"])).toBe("b");
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), (answers) => {
    const count = (one: unknown) => answers.filter((answer) => answer === one).length;
    const best = Math.max(...answers.map(count));
    expect(voteOf(answers)).toBe(answers.find((answer) => count(answer) === best));
  }));
});
