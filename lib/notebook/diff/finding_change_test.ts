import { expect, test } from "vitest";
import { openAlign } from "./_align.ts";
import { diffFindings, type FindingPair } from "./finding_change.ts";
import { cutAtMarks } from "./_words.ts";

const finding = (text: string, values = {}) => ({ text, values });
const pair = (cell: string, old: string[], now: string[]): FindingPair => {
  return { cell, label: cell, old: old.map((text) => finding(text)), new: now.map((text) => finding(text)) };
};
const shown = (...pairs: FindingPair[]) => {
  return diffFindings(pairs, openAlign()).map(({ cell, state, old, new: now }) => `${cell} ${state}: ${old} → ${now}`);
};

test.each<[string, FindingPair[], string[]]>([
  ["equal ones", [pair("a", ["It is 1."], ["It is 1."])], []],
  ["another number", [pair("a", ["It is 1."], ["It is 2."])], ["a changed: It is 1. → It is 2."]],
  ["a new one", [pair("a", ["It is 1."], ["It is 1.", "So."])], ["a added: null → So."]],
  ["one that is gone", [pair("a", ["It is 1.", "So."], ["It is 1."])], ["a removed: So. → null"]],
  ["two that changed places", [pair("a", ["It is 1.", "A 2."], ["A 3.", "It is 4."])], [
    "a changed: A 2. → A 3.",
    "a changed: It is 1. → It is 4.",
  ]],
  ["another sentence", [pair("a", ["It is 1."], ["All is well."])], ["a changed: It is 1. → All is well."]],
  ["one that went to another cell", [pair("a", ["It is 1."], []), pair("b", [], ["It is 1."])], []],
  ["one that went and changed", [pair("a", ["It is 1."], []), pair("b", [], ["It is 2."])], [
    "b changed: It is 1. → It is 2.",
  ]],
])("diffFindings() tells %s", (_what, pairs, said) => {
  expect(shown(...pairs)).toEqual(said);
});

test("diffFindings() gives values by their expressions, and marks what differs in the sentences", () => {
  const old = finding("Of 416,295 flights 19.8 % were late.", { "late.toFixed(1)": "19.8", n: 416295, at: "x" });
  const now = finding("Of 457,295 flights 20.1 % were late.", { "late.toFixed(1)": "20.1", n: 457295, at: "x" });
  const [change] = diffFindings([{ cell: "a", label: "late", old: [old], new: [now] }], openAlign());
  expect(change!.values).toEqual([
    { name: "late.toFixed(1)", old: "19.8", new: "20.1", delta: 0.3, percent: 1.51515 },
    { name: "n", old: 416295, new: 457295, delta: 41000, percent: 9.84879 },
  ]);
  const marked = (text: string, marks: [number, number][]) => {
    return cutAtMarks(text, marks).filter((part) => part.marked).map((part) => part.text);
  };
  expect(marked(change!.old!, change!.marks!.old)).toEqual(["416,295", "19.8"]);
  expect(marked(change!.new!, change!.marks!.new)).toEqual(["457,295", "20.1"]);
});

test("diffFindings() of very many findings ends", () => {
  const many = (word: string) => Array.from({ length: 100_000 }, (_, index) => `${word} is ${index}.`);
  expect(diffFindings([pair("a", many("It"), many("This"))], openAlign())).toHaveLength(100_000);
});
