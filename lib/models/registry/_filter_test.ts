import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFilter } from "./_filter.ts";
import { RegistryError } from "../client/registry_error.ts";

const ATTRIBUTES = ["name", "run_id", "tags"];

test("parseFilter() reads equalities joined by AND", () => {
  expect(parseFilter("", ATTRIBUTES)).toEqual([]);
  expect(parseFilter("  ", ATTRIBUTES)).toEqual([]);
  expect(parseFilter("name='a'", ATTRIBUTES)).toEqual([{ attribute: "name", value: "a" }]);
  expect(parseFilter(` name = "it's" AND tags.\`a b.c\` = ' and '  and run_id='' `, ATTRIBUTES)).toEqual([
    { attribute: "name", value: "it's" },
    { attribute: "tags.a b.c", value: " and " },
    { attribute: "run_id", value: "" },
  ]);
});

test("parseFilter() reads back every value that quotes can hold", () => {
  const value = fc.string().map((text) => text.replaceAll("'", ""));
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
    const filter = values.map((one) => `tags.\`k\` = '${one}'`).join(" and ");
    expect(parseFilter(filter, ATTRIBUTES).map((one) => one.value)).toEqual(values);
  }));
});

const refusals: [string, string][] = [
  ["name", "Invalid clause(s) in filter string: name"],
  ["name = a", "Invalid clause(s) in filter string: name = a"],
  ["name = 'a' name = 'b'", "Invalid clause(s)"],
  ["name = 'a' or name = 'b'", "Invalid clause(s)"],
  ["name = 'a' and", "Invalid clause(s)"],
  ["and name = 'a'", "Invalid clause(s)"],
  ["source = 'a'", "Invalid attribute key 'source' specified. Valid keys are 'name, run_id, tags'"],
  ["name LIKE 'a%'", 'Cannot search with "LIKE" as this version of the registry compares by = only'],
  ["name != 'a'", 'Cannot search with "!="'],
  ["run_id IN ('a', 'b')", 'Cannot search with "IN"'],
  ["name = 'a'; DROP TABLE runs", "Invalid clause(s)"],
];

for (const [filter, message] of refusals) {
  test(`parseFilter() refuses ${filter}`, () => {
    expect(() => parseFilter(filter, ATTRIBUTES)).toThrow(RegistryError);
    expect(() => parseFilter(filter, ATTRIBUTES)).toThrow(message);
  });
}

test("parseFilter() takes a long hostile filter in time that grows with its length", () => {
  const start = performance.now();
  expect(() => parseFilter(`name = '${"a' and name = '".repeat(20_000)}`, ATTRIBUTES)).toThrow("Invalid clause(s)");
  expect(performance.now() - start).toBeLessThan(2000);
});
