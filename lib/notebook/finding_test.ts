import { expect, test } from "vitest";
import { finding, FINDING_MIME } from "./mod.ts";

const DISPLAY = Symbol.for("Jupyter.display");

test("finding() states numbers, texts, booleans and dates", () => {
  const day = new Date("2001-05-31T00:00:00Z");
  const found = finding`Until ${day} ${413000} flights, ${8.912345} minutes late, worst at ${"18"}:00; sure: ${true}.`;
  expect(found.text).toBe("Until 2001-05-31 413,000 flights, 8.91 minutes late, worst at 18:00; sure: true.");
  expect(found.values).toEqual({ 0: "2001-05-31T00:00:00.000Z", 1: 413000, 2: 8.912345, 3: "18", 4: true });
  expect(String(found)).toBe(found.text);
});

test("finding() keeps the digits that the author chose", () => {
  expect(finding`${(8.9).toFixed(3)} minutes`.text).toBe("8.900 minutes");
});

test("finding() shows as JSON, Markdown and text, values escaped in Markdown", () => {
  const bundle = finding`*Worst* is ${"<b>A_B</b>"}.`[DISPLAY]!();
  expect(bundle).toEqual({
    [FINDING_MIME]: { text: "*Worst* is <b>A_B</b>.", values: { 0: "<b>A_B</b>" } },
    "text/markdown": "**Finding:** *Worst* is &lt;b&gt;A_B&lt;/b&gt;.",
    "text/plain": "*Worst* is <b>A_B</b>.",
  });
});

test.each([
  [null, "null"],
  [undefined, "a value of type undefined"],
  [{}, "a value of type object"],
  [[1], "a list"],
  [() => 1, "a value of type function"],
])("finding() refuses %o", (value, found) => {
  expect(() => finding`n = ${1}, v = ${value}`).toThrow(
    new TypeError(`Cannot state a finding as value 2 must be a number, a text, a boolean or a date: got ${found}`),
  );
});

test.each([[NaN, "NaN"], [-Infinity, "-Infinity"]])("finding() refuses %d", (value, found) => {
  expect(() => finding`v = ${value}`).toThrow(
    new RangeError(`Cannot state a finding as value 1 must be a finite number: got ${found}`),
  );
});

test("finding() refuses a date that is none", () => {
  expect(() => finding`v = ${new Date("x")}`).toThrow(
    new RangeError("Cannot state a finding as value 1 must be a valid date: got Invalid Date"),
  );
});
