import { expect, test } from "vitest";
import { assign } from "./assign.ts";
import { callsOf, compileEndpoint } from "./compile_endpoint.ts";
import type { PinnedSpec, PinnedStep } from "./plan_revision.ts";

const call = (name: string, version: string): PinnedStep => ({
  call: name,
  hash: name,
  models: { delay: { name: "flight-delay", version, digest: version } },
  budgetMs: 30,
});

const SPEC: PinnedSpec = {
  schema: 1,
  endpoint: "flight-delay",
  product: "flights",
  contract: 1,
  unit: "/route",
  seed: "flight-delay",
  budgetMs: 50,
  logging: "buffered",
  owner: "o",
  businessCase: "b",
  tasks: ["t"],
  variants: [
    { name: "control", weight: 0.9, steps: [call("p", "1"), call("a", "1"), { value: 1 }] },
    { name: "candidate", weight: 0.1, steps: [call("p", "2"), call("a", "1"), { value: 1 }] },
  ],
};

const schemas = (hash: string) => ({
  input: { type: "object", properties: { hour: { type: "integer" } }, required: hash === "p" ? ["hour"] : ["never"] },
  output: {},
});

const compile = (change: Partial<PinnedSpec> = {}) =>
  compileEndpoint({ revision: "r", spec: { ...SPEC, ...change } }, schemas);

test("compileEndpoint() assigns by unit and seed", () => {
  const endpoint = compile();
  for (const unit of ["ORD-LGA", "LAX-SFO", "JFK-BOS", "7"]) {
    expect(endpoint.choose(unit).variant).toBe(assign(unit, "flight-delay", SPEC.variants).name);
  }
  expect(endpoint.choose("LAX-SFO").plan.map(({ step }) => step)).toEqual(["p", "a", "value"]);
});

test("compileEndpoint() gives the first variant to whom the experiment does not reach, and says so", () => {
  const experiment = { hypothesis: "h", primary: "m", guardrails: [] };
  const half = compile({ experiment: { ...experiment, coverage: 0.5 } });
  const apart = compile({ experiment: { ...experiment, namespace: { id: "n", range: [0, 0.5] } } });
  const units = Array.from({ length: 400 }, (_, i) => `U${i}`);
  for (const endpoint of [half, apart]) {
    const chosen = units.map((unit) => endpoint.choose(unit));
    const enrolled = chosen.filter(({ isEnrolled }) => isEnrolled);
    expect(enrolled.length).toBeGreaterThan(150);
    expect(enrolled.length).toBeLessThan(250);
    expect(new Set(chosen.filter(({ isEnrolled }) => !isEnrolled).map(({ variant }) => variant))).toEqual(
      new Set(["control"]),
    );
  }
  const whole = compile({ experiment });
  expect(units.every((unit) => whole.choose(unit).isEnrolled)).toBe(true);
  expect(whole.choose(null).isEnrolled).toBe(false);
});

test("compileEndpoint() checks a request against the first function of every variant, each once", () => {
  const endpoint = compile();
  expect(endpoint.fits({ hour: 7 })).toBe(null);
  expect(endpoint.fits({ hour: "7" })).toBe('/hour must be integer: got "7"');
  const other = compile({
    variants: [SPEC.variants[0]!, { name: "b", weight: 0.1, steps: [call("q", "1")] }],
  });
  expect(other.fits({ hour: 7 })).toBe("/never must be there: got nothing");
});

test("compileEndpoint() reads the unit from the raw request", () => {
  const endpoint = compile();
  expect([endpoint.unitOf({ route: "ORD-LGA" }), endpoint.unitOf({ route: 7 }), endpoint.unitOf({ route: false })])
    .toEqual(["ORD-LGA", "7", "false"]);
  expect(() => endpoint.unitOf({})).toThrow(RangeError);
  expect(() => endpoint.unitOf({})).toThrow("/route must be a text or a number that says who is assigned: got nothing");
  expect(() => endpoint.unitOf({ route: "" })).toThrow('got ""');
  expect(() => endpoint.unitOf({ route: { a: 1 } })).toThrow('got {"a":1}');
});

test("compileEndpoint() needs no unit for one variant", () => {
  const { unit: _, ...rest } = SPEC;
  const endpoint = compileEndpoint({
    revision: "r",
    spec: { ...rest, variants: [{ ...SPEC.variants[0]!, weight: 1 }] },
  }, schemas);
  expect(endpoint.unitOf({})).toBe(null);
  expect(endpoint.choose(null).variant).toBe("control");
});

test("callsOf() lists each function with its models once", () => {
  expect(callsOf(SPEC).map(({ call, models }) => `${call} ${models.delay!.version}`)).toEqual(["p 1", "a 1", "p 2"]);
});
