import { expect, test } from "vitest";
import { contractBreaks } from "./contract_rule.ts";
import type { PinnedCall, PinnedStep } from "./plan_revision.ts";

const call = (hash: string): PinnedStep => ({ call: "f", hash, models: {}, budgetMs: 1 });
const spec = (...hashes: string[]) => ({
  variants: hashes.map((hash) => ({ name: hash, weight: 1, steps: [call(hash)] })),
});
const number = { type: "number" }, text = { type: "string" };
const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});

const OLD = { input: object({ hour: number }), output: object({ minutes: number }) };

const breaks = (next: { input?: Record<string, unknown>; output?: Record<string, unknown> }, old = OLD) =>
  contractBreaks(spec("old"), spec("next"), (hash) => hash === "old" ? old : { ...OLD, ...next });

test("contractBreaks() finds nothing in equal or wider schemas", () => {
  expect(breaks({})).toEqual([]);
  expect(breaks({ input: object({ hour: number }, { title: "Flight" }) })).toEqual([]);
  expect(breaks({ input: object({ hour: number }, { required: [] }) })).toEqual([]);
  expect(breaks({ output: object({ minutes: number, reason: text }) })).toEqual([]);
  const closed = { ...OLD, input: object({ hour: number }, { additionalProperties: false }) };
  expect(breaks({ input: object({ hour: number, gate: text }, { required: ["hour"] }) }, closed)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string[]]>([
  ["a newly required input", { input: object({ hour: number, gate: text }) }, [
    'input "gate" is newly required',
    'input "gate" is checked by another rule',
  ]],
  ["a retyped input", { input: object({ hour: text }) }, ['input "hour" is checked by another rule']],
  ["a closed input", { input: object({ hour: number }, { additionalProperties: false }) }, [
    "further input fields are newly refused",
  ]],
  ["an input dropped from a closed one", { input: object({}, { additionalProperties: false }) }, [
    "further input fields are newly refused",
    'input "hour" is newly refused',
  ]],
  ["another kind of input", { input: { type: "array" } }, ["the input is checked by another rule"]],
  ["a dropped output", { output: object({ delay: number }) }, ['output "minutes" is gone']],
  ["a retyped output", { output: object({ minutes: text }) }, ['output "minutes" is of another type']],
  ["an optional output", { output: object({ minutes: number }, { required: [] }) }, [
    'output "minutes" may newly be absent',
  ]],
  ["another kind of output", { output: { type: "array" } }, [
    'output "minutes" is gone',
    "the output is of another type",
  ]],
])("contractBreaks() finds %s", (_, next, found) => {
  expect(breaks(next)).toEqual(found);
});

test("contractBreaks() takes all variants together", () => {
  const schemas = (hash: string) => hash === "b" ? { ...OLD, input: object({ hour: number, gate: text }) } : OLD;
  expect(contractBreaks(spec("a", "b"), spec("b"), schemas)).toEqual([]);
  expect(contractBreaks(spec("a"), spec("a", "b"), schemas)).toContain('input "gate" is newly required');
});

test("contractBreaks() finds a first check where there was none", () => {
  const constant = { variants: [{ name: "c", weight: 1, steps: [{ value: 1 }] }] };
  expect(contractBreaks(constant, spec("a"), () => OLD)).toEqual(["requests are checked that were not"]);
});

test("contractBreaks() walks branches, chains and what runs at once", () => {
  const one = (step: PinnedStep) => ({ variants: [{ name: "a", weight: 1, steps: [step] }] });
  const text = { ...OLD, output: object({ minutes: number }, { required: [] }) };
  const schemas = (hash: string) => hash === "other" ? text : OLD;
  const found = ['output "minutes" may newly be absent'];
  const other = call("other"), old = call("old");
  expect(contractBreaks(one(old), one({ when: "true", then: old, else: old }), schemas)).toEqual([]);
  expect(contractBreaks(one(old), one({ when: "true", then: old, else: other }), schemas)).toEqual(found);
  expect(contractBreaks(one(old), one({ fallback: [old, other] }), schemas)).toEqual(found);
  expect(contractBreaks(one(old), one({ all: [old, other], combine: "vote" }), schemas)).toEqual(found);
  expect(contractBreaks(one(old), one({ all: [old, other], combine: call("old") as PinnedCall }), schemas)).toEqual([]);
});

test("contractBreaks() finds what any branch refuses, and nothing in branches that stay", () => {
  const one = (step: PinnedStep) => ({ variants: [{ name: "a", weight: 1, steps: [step] }] });
  const schemas = (hash: string) => hash === "gate" ? { ...OLD, input: object({ hour: number, gate: text }) } : OLD;
  const branch = one({ when: "true", then: call("gate"), else: call("old") });
  expect(contractBreaks(one(call("old")), branch, schemas)).toContain('input "gate" is newly required');
  expect(contractBreaks(branch, branch, schemas)).toEqual([]);
});
