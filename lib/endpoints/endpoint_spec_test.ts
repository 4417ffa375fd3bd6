import { expect, test } from "vitest";
import { parse } from "yaml";
import { compileSchema } from "../events/mod.ts";
import { endpointSchema, keptBlocks, parseEndpoint } from "./endpoint_spec.ts";

const FLIGHTS = `# the endpoint of the flights
endpoint: flight-delay
contract: 1
unit: /route                       # JSON pointer into the input: who is assigned to a variant
budgetMs: 50
logging: buffered
variants:
  - { name: control, weight: 0.9, plan: { fallback: [ { call: predictDelay, models: { delay: flight-delay@1 }, budgetMs: 30 },
                                                      { call: averageDelay }, { value: { minutes: 0 } } ] } }
  - { name: candidate, weight: 0.1, plan: { fallback: [ { call: predictDelay, models: { delay: flight-delay@2 }, budgetMs: 30 },
                                                        { call: averageDelay }, { value: { minutes: 0 } } ] } }
shadow: [{ call: predictDelay, models: { delay: flight-delay@2 }, sample: 0.2 }]
experiment: { hypothesis: "Weekday halves the error on long routes", primary: squared_error, guardrails: [latency_ms] }
monitor: { slo: { availability: 0.999, p99Ms: 30 }, drift: { falseAlarmRate: 0.01 } }
`;

const HEAD = "endpoint: e\ncontract: 1\nbudgetMs: 50\n";
const one = (steps: string, more = "") =>
  `${HEAD}${more}variants: [{ name: a, weight: 1, plan: { fallback: [${steps}] } }]\n`;

test("parseEndpoint() reads the flights' endpoint", () => {
  const spec = parseEndpoint(FLIGHTS, "f.yaml");
  expect(spec.variants.map(({ name, weight }) => [name, weight])).toEqual([["control", 0.9], ["candidate", 0.1]]);
  expect(spec.variants[1]!.steps).toEqual([
    { call: "predictDelay", models: { delay: "flight-delay@2" }, budgetMs: 30 },
    { call: "averageDelay", models: {} },
    { value: { minutes: 0 } },
  ]);
  expect(spec.experiment).toEqual({
    hypothesis: "Weekday halves the error on long routes",
    primary: "squared_error",
    guardrails: ["latency_ms"],
  });
  expect(spec.monitor).toEqual({ slo: { availability: 0.999, p99Ms: 30 }, drift: { falseAlarmRate: 0.01 } });
  expect(keptBlocks(spec)).toEqual(["monitor"]);
});

test("parseEndpoint() fills defaults", () => {
  const spec = parseEndpoint(one("{ value: null }"), "e.yaml");
  expect(spec.logging).toBe("buffered");
  expect(spec.variants[0]!.steps).toEqual([{ value: null }]);
  expect(keptBlocks(spec)).toEqual([]);
});

test.each<[string, string, string]>([
  ["unknown key", one("{ call: f }", "colour: red\n"), 'e.yaml:4:9 as endpoint: "colour" is not a known key'],
  ["missing key", "endpoint: e\n", 'e.yaml:1:1 as endpoint: "contract" is missing'],
  ["upper-case name", one("{ call: f }").replace("e\n", "E\n"), '"endpoint" must be lower-case letters'],
  ["path characters", one("{ call: ../f }"), '"variants.0.plan.fallback.0.call" must be a function\'s name'],
  [
    "both kinds",
    one("{ call: f, value: 1 }"),
    '"variants.0.plan.fallback.0" must have one of call, value, fallback, when, all',
  ],
  ["neither kind", one("{}"), "must have one of call, value, fallback, when, all"],
  ["budget of a value", one("{ value: 1, budgetMs: 3 }"), 'fallback.0.budgetMs" must stand beside call'],
  ["models of a value", one("{ value: 1, models: { a: b@1 } }"), 'fallback.0.models" must stand beside call'],
  ["no step", one(""), '"variants.0.plan.fallback" must have a step'],
  ["dead step", one("{ value: 1 }, { call: f }"), 'fallback.1" must not follow a value, which always answers'],
  ["model without version", one("{ call: f, models: { a: b } }"), 'models.a" must be name@version or name@alias'],
  [
    "an expression that is none",
    one("{ when: 'inpt.a > 1', then: { call: f } }"),
    'e.yaml:4:61 as endpoint: "variants.0.plan.fallback.0.when" must be CEL: Unknown variable: inpt at column 1 of the',
  ],
  [
    "a mapping that sees the answer",
    one("{ call: f, input: { a: output.b } }"),
    'fallback.0.input.a" must be CEL: Unknown',
  ],
  [
    "a condition that is none",
    one("{ call: f, unless: { LOW: output.a > } }"),
    'unless.LOW" must be CEL: Unexpected token',
  ],
  ["an odd name", one("{ call: f, unless: { a b: 'true' } }"), 'unless.a b" must be named by letters, digits, _ and -'],
  ["when without then", one("{ when: 'true' }"), 'fallback.0" must have then beside when'],
  ["then without when", one("{ call: f, then: { value: 1 } }"), 'fallback.0.then" must stand beside when'],
  ["all without combine", one("{ all: [{ call: f }, { call: g }] }"), 'fallback.0" must have combine beside all'],
  ["all of one", one("{ all: [{ call: f }], combine: vote }"), 'fallback.0.all" must have two steps'],
  [
    "an unknown combine",
    one("{ all: [{ call: f }, { call: g }], combine: max }"),
    'combine" must be mean, vote, first or',
  ],
  ["unless of a branch", one("{ when: 'true', then: { value: 1 }, unless: {} }"), 'unless" must stand beside call'],
  [
    "a dead step behind a nested value",
    one("{ fallback: [{ value: 1 }] }, { call: f }"),
    'fallback.1" must not follow',
  ],
  ["a deep plan", one("{ fallback: [".repeat(7) + "{ call: f }" + "] }".repeat(7)), "must not be nested deeper than 8"],
  [
    "a plan within itself",
    `${HEAD}variants: [{ name: a, weight: 1, plan: &p { fallback: [*p, *p] } }]`,
    "at most 32 nodes",
  ],
  [
    "a large plan",
    one(Array(3).fill(`{ fallback: [${Array(11).fill("{ call: f }").join()}] }`).join()),
    "at most 32 nodes",
  ],
  ["a big budget within", one("{ when: 'true', then: { call: f, budgetMs: 51 } }"), '0.then.budgetMs" must be at most'],
  ["a breaker that never judges", one("{ call: f }", "breaker: { share: 0 }\n"), '"breaker.share" Too small'],
  [
    "approvals",
    one("{ call: f }", "approvals: 1\n"),
    'e.yaml:4:12 as endpoint: "approvals" is not in this version, approvals come later: leave it out',
  ],
  ["source", one("{ call: f }", "source: git\n"), '"source" is not in this version'],
  [
    "big step budget",
    one("{ call: f, budgetMs: 51 }"),
    "fallback.0.budgetMs\" must be at most the endpoint's 50 ms: got 51",
  ],
  ["no budget", one("{ call: f }").replace("budgetMs: 50", "budgetMs: 0"), '"budgetMs" Too small'],
  [
    "weights",
    `${HEAD}unit: /a\nvariants: [{ name: a, weight: 0.5, plan: { fallback: [{ call: f }] } }]`,
    'e.yaml:5:11 as endpoint: "variants" must have weights that add up to 1: got 0.5',
  ],
  ["unit", one("{ call: f }", "unit: route\n"), '"unit" must be a JSON pointer: Cannot read JSON pointer'],
  [
    "coverage",
    one("{ call: f }", "unit: /a\nexperiment: { hypothesis: h, primary: m, coverage: 1.5 }\n"),
    '"experiment.coverage" Too big',
  ],
  [
    "coverage without unit",
    one("{ call: f }", "experiment: { hypothesis: h, primary: m, coverage: 0.5 }\n"),
    'must have no coverage or namespace unless "unit" says who is assigned: add unit: /FIELD',
  ],
  [
    "namespace",
    one(
      "{ call: f }",
      "unit: /a\nexperiment: { hypothesis: h, primary: m, namespace: { id: n, range: [0.5, 0.5] } }\n",
    ),
    '"experiment.namespace.range" must be [from, to) with from below to',
  ],
])("parseEndpoint() refuses %s", (_, yaml, message) => {
  expect(() => parseEndpoint(yaml, "e.yaml")).toThrow(TypeError);
  expect(() => parseEndpoint(yaml, "e.yaml")).toThrow(message);
});

test("parseEndpoint() reads every kind of node, at any place", () => {
  const plan = (text: string) => parseEndpoint(`${HEAD}variants: [{ name: a, weight: 1, plan: ${text} }]`, "e.yaml");
  const [step] = plan(
    `{ when: input.distance > 1000,
       then: { call: far, input: { km: input.distance * 1.6 }, unless: { LONG: output.minutes > 600 } },
       else: { all: [{ call: f }, { call: g, budgetMs: 9 }], combine: { call: h } } }`,
  ).variants[0]!.steps;
  expect(step).toEqual({
    when: "input.distance > 1000",
    then: { call: "far", models: {}, input: { km: "input.distance * 1.6" }, unless: { LONG: "output.minutes > 600" } },
    else: {
      all: [{ call: "f", models: {} }, { call: "g", models: {}, budgetMs: 9 }],
      combine: { call: "h", models: {} },
    },
  });
  expect(plan("{ call: f }").variants[0]!.steps).toEqual(plan("{ fallback: [{ call: f }] }").variants[0]!.steps);
  const { breaker } = parseEndpoint(one("{ call: f }", "breaker: { calls: 5 }\n"), "e.yaml");
  expect(breaker).toEqual({ share: 0.5, calls: 5, openMs: 1000 });
});

test("parseEndpoint() reads the plan of the guide, and endpointSchema() accepts it", async () => {
  const guide = await Deno.readTextFile(new URL("../../docs/guide/serving.md", import.meta.url));
  const yaml = guide.split("## Plans")[1]!.split("```yaml\n")[1]!.split("```")[0]!;
  expect(parseEndpoint(yaml, "guide.yaml").variants[0]!.steps).toHaveLength(3);
  expect(compileSchema(endpointSchema())(parse(yaml))).toBe(null);
});

test("endpointSchema() accepts what parseEndpoint() accepts, and no unknown key", () => {
  const fits = compileSchema(endpointSchema());
  expect(fits(parse(FLIGHTS))).toBe(null);
  const nested = { when: "true", then: { all: [{ call: "f" }, { value: 1 }], combine: "vote" } };
  const spec = { endpoint: "e", contract: 1, budgetMs: 9, variants: [{ name: "a", weight: 1, plan: nested }] };
  expect(fits(spec)).toBe(null);
  expect(fits({ ...spec, variants: [{ name: "a", weight: 1, plan: { ...nested, colour: 1 } }] })).not.toBe(null);
});

test("parseEndpoint() adds nothing to an experiment that says neither coverage nor namespace, so its digest stays", () => {
  const { experiment } = parseEndpoint(one("{ call: f }", "experiment: { hypothesis: h, primary: m }\n"), "e.yaml");
  expect(Object.entries(experiment!)).toEqual([["hypothesis", "h"], ["primary", "m"], ["guardrails", []]]);
});

test("parseEndpoint() refuses variants of one name, and several without a unit", () => {
  const twice = (first: string, second: string, unit: string) =>
    `${HEAD}${unit}variants:\n  - { name: ${first}, weight: 0.5, plan: { fallback: [{ call: f }] } }\n` +
    `  - { name: ${second}, weight: 0.5, plan: { fallback: [{ call: f }] } }\n`;
  expect(() => parseEndpoint(twice("a", "a", "unit: /u\n"), "e.yaml")).toThrow(
    'e.yaml:7:13 as endpoint: "variants.1.name" must be unique: got "a" twice',
  );
  expect(() => parseEndpoint(twice("a", "b", ""), "e.yaml")).toThrow(
    'must have one entry unless "unit" says who is assigned: add unit: /FIELD',
  );
});

test("parseEndpoint() refuses what is no YAML with its place", () => {
  expect(() => parseEndpoint("endpoint: [", "e.yaml")).toThrow(SyntaxError);
  expect(() => parseEndpoint("endpoint: [", "e.yaml")).toThrow("Cannot read e.yaml:1:12 as YAML: ");
});
