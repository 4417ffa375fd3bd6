import fc from "fast-check";
import { expect, test } from "vitest";
import { type Context, type Experiment, GrowthBook } from "@growthbook/growthbook";
import { assign, enrol, hashUnit, type Reach } from "./assign.ts";

// Answers of npm @growthbook/growthbook 1.8.0, hash(seed, value, 2).
test.each([
  ["seed", "a", 0.0505],
  ["seed", "b", 0.2696],
  ["seed", "ab", 0.9316],
  ["seed", "def", 0.2054],
  ["seed", "8952klfjas09ujkasdf", 0.6231],
  ["seed", "123", 0.7884],
  ["seed", '___)((*":&', 0.9508],
  ["flight-delay", "ORD-LGA", 0.8224],
  ["flight-delay", "LAX-SFO", 0.2328],
  ["flight-delay", "", 0.7131],
  ["flight-delay", "Zürich", 0.4499],
  ["", "x", 0.9986],
  ["seed", "日本", 0.9652],
  ["seed", "😀", 0.4346],
])("hashUnit(%j, %j) is GrowthBook's %d", (seed, unit, place) => {
  expect(hashUnit(seed, unit)).toBe(place);
});

test("hashUnit() stays in [0, 1) for any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (seed, unit) => {
    const place = hashUnit(seed, unit);
    return place >= 0 && place < 1 && Number.isInteger(Math.round(place * 1e4));
  }));
});

test("assign() gives the shares of the weights", () => {
  const arms = [{ name: "control", weight: 0.9 }, { name: "candidate", weight: 0.1 }];
  let candidates = 0;
  for (let i = 0; i < 100_000; i++) if (assign(`unit-${i}`, "flight-delay", arms).name === "candidate") candidates++;
  expect(candidates / 100_000).toBeGreaterThan(0.097);
  expect(candidates / 100_000).toBeLessThan(0.103);
});

test("assign() never gives an arm without weight and always gives one", () => {
  const arms = [{ name: "a", weight: 0.7 }, { name: "b", weight: 0.2 }, { name: "c", weight: 0.1 }, {
    name: "off",
    weight: 0,
  }];
  fc.assert(fc.property(fc.string(), (unit) => assign(unit, "s", arms).name !== "off"));
});

test("assign() keeps a unit's arm and changes it with the seed", () => {
  const arms = [{ name: "a", weight: 0.5 }, { name: "b", weight: 0.5 }];
  const of = (seed: string) => Array.from({ length: 200 }, (_, i) => assign(String(i), seed, arms).name).join("");
  expect(of("one")).toBe(of("one"));
  expect(of("one")).not.toBe(of("two"));
});

test("assign() without an arm is refused", () => {
  expect(() => assign("u", "s", [])).toThrow(RangeError);
  expect(() => assign("u", "s", [])).toThrow('Cannot assign "u" as there must be an arm with a weight: got 0 arms');
});

test("enrol() is GrowthBook's assignment: weights, coverage, namespaces, 10,000 units each", () => {
  let state = 7, enrolled = 0;
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  for (let configuration = 0; configuration < 50; configuration++) {
    const parts = Array.from(
      { length: 2 + configuration % 4 },
      (_, i) => i === 1 && configuration % 7 === 0 ? 0 : 0.1 + next(),
    );
    const total = parts.reduce((sum, part) => sum + part, 0);
    const arms = parts.map((part, i) => ({ name: String(i), weight: part / total }));
    const [from, to] = [next(), next()].sort() as [number, number];
    const reach: Reach = {
      ...(configuration % 3 === 0 ? {} : { coverage: configuration % 10 === 1 ? 0 : next() }),
      ...(configuration % 2 === 0 ? {} : { namespace: { id: `n${configuration % 5}`, range: [from, to] } }),
    };
    const choose = theirs(`seed-${configuration}`, arms, reach);
    for (let i = 0; i < 10_000; i++) {
      const unit = `${i % 3 === 0 ? "Zürich-" : "unit-"}${i}`;
      const arm = enrol(unit, `seed-${configuration}`, arms, reach);
      if (arm) enrolled++;
      if ((arm?.name ?? null) !== choose(unit)) expect([unit, arm?.name ?? null]).toEqual([unit, choose(unit)]);
    }
  }
  expect(enrolled).toBeGreaterThan(50_000);
}, 120_000);

/** The SDK's own choice of an arm's name, null for whom takes no part; without a callback it remembers nobody. */
function theirs(seed: string, arms: { name: string; weight: number }[], { coverage, namespace }: Reach) {
  const client = new GrowthBook({} as Context);
  const experiment = {
    key: "any",
    variations: arms.map(({ name }) => name) as [string, string],
    weights: arms.map(({ weight }) => weight),
    hashVersion: 2,
    seed,
    ...(coverage === undefined ? {} : { coverage }),
    ...(namespace === undefined ? {} : { namespace: [namespace.id, ...namespace.range] }),
  } as Experiment<string>;
  return (id: string) => {
    client.setAttributes({ id });
    const { inExperiment, value } = client.run(experiment);
    return inExperiment ? value : null;
  };
}
