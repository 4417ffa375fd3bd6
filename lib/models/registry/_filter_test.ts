import { expect, test } from "vitest";
import { compileFilter, type Searchable } from "./_filter.ts";
import { compileOrder } from "./_order.ts";

const RUNS: Searchable = {
  attributes: { status: { sql: "status", kind: "text" }, run_id: { sql: "id", kind: "text" } },
  lists: ["run_id"],
  entities: { metric: "M", parameter: "P", tag: "T" },
};

const good: [string, string, (string | number)[]][] = [
  ["", "true", []],
  ["  status='a'  ", "true AND status = ?", ["a"]],
  ["status = 'a' and status != \"b\"", "true AND status = ? AND status != ?", ["a", "b"]],
  ["tags.`a ' b` = 'and'", "true AND (T) = ?", ["a ' b", "and"]],
  ["metrics.`a`>-1.5e-3", "true AND nullif((M), 'NaN') > ?", ["a", -0.0015]],
  ["metric.a != 2", "true AND (M) != ?", ["a", 2]],
  ["params.p ILIKE 'A%'", "true AND lower((P)) LIKE lower(?)", ["p", "A%"]],
  ["run_id NOT  IN ('a', \"b\")", "true AND id NOT IN (?, ?)", ["a", "b"]],
  ["tags.t is  not null AND status = 'x'", "true AND (T) IS NOT NULL AND status = ?", ["t", "x"]],
  ["dataset.name = 'd'", "true AND false", []],
];

for (const [filter, where, values] of good) {
  test(`compileFilter() translates ${JSON.stringify(filter)}`, () => {
    expect(compileFilter(filter, RUNS)).toEqual({ where, values });
  });
}

const bad: [string, string][] = [
  ["status = 'a", "Invalid clause(s) in filter string: status = 'a"],
  ["status = 'a' and", "Invalid clause(s) in filter string: and"],
  ["status = 'a' or status = 'b'", "Invalid clause(s) in filter string: or status = 'b'"],
  ["status = 'a'; DROP TABLE runs", "Invalid clause(s) in filter string: ; DROP TABLE runs"],
  ["constructor = 'a'", "Invalid attribute key 'constructor' specified"],
  ["constructor.x = 'a'", "Invalid entity type 'constructor'"],
  ["metrics.a = 'x'", "Expected numeric value type for metric. Found 'x'"],
  ["params.a > 'x'", "Invalid comparator '>' not one of"],
  ["status RLIKE 'a'", "Invalid comparator 'RLIKE' not one of"],
  ["run_id IN ()", "got empty list"],
  ["run_id IN ('a', b)", "got ill-formed list"],
];

for (const [filter, message] of bad) {
  test(`compileFilter() refuses ${JSON.stringify(filter)}`, () => {
    expect(() => compileFilter(filter, RUNS)).toThrow(message);
  });
}

test("compileOrder() puts what has no value last and ends with a whole order", () => {
  const orderable = {
    attributes: { a: "A" },
    entities: { tag: "T", metric: "M" },
    then: [{ sql: "A", direction: "ASC" as const }],
  };
  expect(compileOrder([], orderable)).toEqual({ where: "A ASC", values: [] });
  expect(compileOrder(["a desc"], orderable)).toEqual({ where: "A IS NULL, A DESC", values: [] });
  expect(compileOrder(["tags.`x y`"], orderable)).toEqual({
    where: "(T) IS NULL, (T) ASC, A ASC",
    values: ["x y", "x y"],
  });
  expect(() => compileOrder(["a; DROP TABLE runs"], orderable)).toThrow("Could not be parsed");
});
