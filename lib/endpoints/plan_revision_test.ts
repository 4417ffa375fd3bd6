import { expect, test } from "vitest";
import { canonicalJson, sha256 } from "../events/mod.ts";
import { parseEndpoint } from "./endpoint_spec.ts";
import { type PinSource, planRevision } from "./plan_revision.ts";

const HASH = "a".repeat(64);
const PRODUCT = {
  name: "flights",
  owner: "flight-analytics",
  businessCase: "Travellers see the delay",
  tasks: ["#fl-12"],
  metrics: { squared_error: {} },
};
const OUTPUT = { type: "object", properties: { minutes: { type: "number" } }, required: ["minutes"] };

const pins: PinSource = {
  findFunction: (ref) =>
    Promise.resolve(
      ref === "predictDelay" || ref === `predictDelay@${HASH}`
        ? { name: "predictDelay", hash: HASH, output: OUTPUT, models: { delay: "flight-delay@champion" }, budgetMs: 30 }
        : ref === "averageDelay"
        ? { name: "averageDelay", hash: "b".repeat(64), output: OUTPUT, models: {}, budgetMs: 1000 }
        : null,
    ),
  findModel: (ref) => {
    const [name, given] = ref.split("@");
    const version = given === "champion" ? "1" : given!;
    const known = name === "flight-delay" && Number(version) < 6;
    return Promise.resolve(known ? { name, version, digest: sha256(version) } : null);
  },
  readDigest(ref) {
    const [, version] = ref.split("@");
    if (version === "0") return Promise.reject(new Error("Cannot load it as model.onnx is gone"));
    return Promise.resolve(version === "5" ? sha256("altered") : sha256(version!));
  },
  findVerdict: ({ version }) =>
    Promise.resolve(
      version === "3"
        ? { verdict: "fail", failed: ["rmse"] }
        : version === "4"
        ? null
        : { verdict: "pass", failed: [] },
    ),
};

const plan = (steps: string, more = "") =>
  planRevision(
    parseEndpoint(
      `endpoint: flight-delay\ncontract: 1\nbudgetMs: 50\n${more}\nvariants: [{ name: control, weight: 1, plan: { fallback: [${steps}] } }]`,
      "e.yaml",
    ),
    PRODUCT,
    pins,
  );

test("planRevision() pins functions, models, budgets and what is inherited", async () => {
  const { revision, spec } = await plan(
    "{ call: predictDelay }, { call: averageDelay }, { value: { minutes: 0 } }",
    "unit: /route",
  );
  expect(spec).toEqual({
    schema: 1,
    endpoint: "flight-delay",
    product: "flights",
    contract: 1,
    unit: "/route",
    seed: "flight-delay",
    budgetMs: 50,
    logging: "buffered",
    owner: "flight-analytics",
    businessCase: "Travellers see the delay",
    tasks: ["#fl-12"],
    variants: [{
      name: "control",
      weight: 1,
      steps: [
        {
          call: "predictDelay",
          hash: HASH,
          models: { delay: { name: "flight-delay", version: "1", digest: sha256("1") } },
          budgetMs: 30,
        },
        { call: "averageDelay", hash: "b".repeat(64), models: {}, budgetMs: 50 },
        { value: { minutes: 0 } },
      ],
    }],
  });
  expect(revision).toBe(sha256(canonicalJson(spec)));
});

test("planRevision() keeps the digests of chains of calls and values", async () => {
  const { revision } = await plan(
    "{ call: predictDelay, budgetMs: 20 }, { call: averageDelay }, { value: { minutes: 0 } }",
    "unit: /route",
  );
  expect(revision).toBe("c42adb859a820e0916bb3b08f10caff4f3b9f5eacb7f6eeee5bf9d83a8f6b4e4");
});

test("planRevision() pins calls at every place of a plan", async () => {
  const { spec } = await plan(
    `{ when: "input.far", then: { all: [{ call: predictDelay }, { value: { minutes: 1 } }], combine: { call: averageDelay } } },
     { fallback: [{ call: averageDelay, input: { a: input.b }, unless: { LONG: "output.minutes > 9" } }] }`,
  );
  const average = { call: "averageDelay", hash: "b".repeat(64), models: {}, budgetMs: 50 };
  const models = { delay: { name: "flight-delay", version: "1", digest: sha256("1") } };
  const predict = { call: "predictDelay", hash: HASH, models, budgetMs: 30 };
  expect(spec.variants[0]!.steps).toEqual([
    { when: "input.far", then: { all: [predict, { value: { minutes: 1 } }], combine: average } },
    { fallback: [{ ...average, input: { a: "input.b" }, unless: { LONG: "output.minutes > 9" } }] },
  ]);
});

test("planRevision() gives equal pins an equal digest and other models another", async () => {
  const newest = await plan("{ call: predictDelay }");
  expect((await plan(`{ call: "predictDelay@${HASH}", models: { delay: flight-delay@1 } }`)).revision).toBe(
    newest.revision,
  );
  expect((await plan("{ call: predictDelay, models: { delay: flight-delay@2 } }")).revision).not.toBe(newest.revision);
});

test("planRevision() reads the content of a model once, however often it is pinned", async () => {
  const read: string[] = [];
  const variant = (name: string) => `{ name: ${name}, weight: 0.5, plan: { fallback: [{ call: predictDelay }] } }`;
  const text = `endpoint: e\ncontract: 1\nunit: /route\nbudgetMs: 50\nvariants: [${variant("a")}, ${variant("b")}]`;
  const readDigest = (ref: string) => {
    read.push(ref);
    return pins.readDigest(ref);
  };
  await planRevision(parseEndpoint(text, "e.yaml"), PRODUCT, { ...pins, readDigest });
  expect(read).toEqual(["flight-delay@1"]);
});

test("planRevision() lets the file override owner, business case, tasks and seed", async () => {
  const { spec } = await plan(
    "{ value: 1 }",
    "owner: me\nbusinessCase: mine\ntasks: [t]\nexperiment: { hypothesis: h, primary: error_rate, seed: s }",
  );
  expect([spec.owner, spec.businessCase, spec.tasks, spec.seed]).toEqual(["me", "mine", ["t"], "s"]);
});

test("planRevision() pins shadow calls too", async () => {
  const { spec } = await plan(
    "{ value: 1 }",
    "shadow: [{ call: predictDelay, models: { delay: flight-delay@2 }, sample: 0.2 }]",
  );
  expect(spec.shadow).toEqual([{
    call: "predictDelay",
    hash: HASH,
    models: { delay: { name: "flight-delay", version: "2", digest: sha256("2") } },
    sample: 0.2,
  }]);
});

test.each<[string, string, string]>([
  ["{ call: nope }", "", 'function "nope" is not promoted: run boathouse promote NOTEBOOK#nope'],
  [
    "{ call: predictDelay, models: { rain: flight-delay@1 } }",
    "",
    'function "predictDelay" declares no model "rain": it declares delay',
  ],
  [
    "{ call: averageDelay, models: { rain: flight-delay@1 } }",
    "",
    'function "averageDelay" declares no model "rain": it declares none',
  ],
  [
    "{ call: predictDelay, models: { delay: flight-delay@9 } }",
    "",
    'model "flight-delay@9" is not in the registry: run boathouse model list',
  ],
  [
    "{ call: predictDelay, models: { delay: flight-delay@3 } }",
    "",
    'model "flight-delay@3" must have a passing verdict: got fail (rmse)',
  ],
  [
    "{ call: predictDelay, models: { delay: flight-delay@4 } }",
    "",
    'model "flight-delay@4" must have a passing verdict: got none, run boathouse evaluate',
  ],
  [
    "{ call: predictDelay, models: { delay: flight-delay@5 } }",
    "",
    `model "flight-delay@5" cannot answer: its content must have the digest ${sha256("5")}, which was judged: got ` +
    `${sha256("altered")}; log it again`,
  ],
  [
    "{ call: predictDelay, models: { delay: flight-delay@0 } }",
    "",
    'model "flight-delay@0" cannot answer: its content must be there as it was judged: Cannot load it as model.onnx is ' +
    "gone; log it again, and run boathouse evaluate PRODUCT",
  ],
  [
    "{ value: 1 }",
    "shadow: [{ call: predictDelay, models: { delay: flight-delay@4 }, sample: 0.2 }]",
    'model "flight-delay@4" must have a passing verdict',
  ],
  [
    "{ call: predictDelay }, { value: { minutes: soon } }",
    "",
    'the constant of variant "control" does not fit: /minutes must be number: got "soon"',
  ],
  [
    "{ when: 'true', then: { value: { minutes: soon } }, else: { call: predictDelay } }",
    "",
    'the constant of variant "control" does not fit: /minutes must be number: got "soon"',
  ],
  ["{ when: 'true', then: { call: nope } }", "", 'function "nope" is not promoted'],
  [
    "{ value: 1 }",
    "experiment: { hypothesis: h, primary: joy }",
    'metric "joy" of its experiment is not known: product "flights" has squared_error, latency_ms, error_rate, fallback_rate',
  ],
])("planRevision() refuses %s %s", async (steps, more, message) => {
  const planned = plan(steps, more);
  await expect(planned).rejects.toThrow(RangeError);
  await expect(planned).rejects.toThrow(`Cannot apply endpoint "flight-delay" as ${message}`);
});

test.each(["owner", "businessCase", "tasks"])("planRevision() needs %s", async (what) => {
  const spec = parseEndpoint(
    "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: 1 }] } }] }",
    "e",
  );
  const bare = { ...PRODUCT, [what]: what === "tasks" ? [] : "" };
  await expect(planRevision(spec, bare, pins)).rejects.toThrow(
    `Cannot apply endpoint "e" as "${what}" is missing: name it in the endpoint's file or in product.yaml`,
  );
});
