import { expect, test } from "vitest";
import type { Json } from "../events/mod.ts";
import { compileCondition, compileValue } from "./expression.ts";

const input = { route: "ORD-LGA", hour: 7, distance: 73.5, list: [1, 2, 3], deep: { a: null } };

test.each<[string, Json]>([
  ["input.hour + 1", 8],
  ["1 - input.hour", -6],
  ["input.distance / 2", 36.75],
  ["input.list.map(x, x * 2)", [2, 4, 6]],
  ["{'h': input.hour, 'l': [1, 2.5, 'x', null]}", { h: 7, l: [1, 2.5, "x", null] }],
  ["input.route.startsWith('ORD') ? 1 : 0", 1],
  ["has(input.gate) ? input.gate : 'none'", "none"],
  ["input.deep", { a: null }],
  ["size(input.list)", 3],
  ["input.list.filter(x, x in [1, 2])", [1, 2]],
])("compileValue() computes %s", (source, value) => {
  expect(compileValue(source)({ input })).toEqual(value);
});

test.each<[string, string]>([
  ["input.gate", "No such key: gate"],
  ["input.constructor", "No such key: constructor"],
  ["input.__proto__", "No such key: __proto__"],
  ["input.route + 1", "no such overload: dyn<string> + int"],
  ["9007199254740993", "it must be JSON: got 9007199254740993"],
  ["input.hour / 0", "it must be JSON: got Infinity"],
  ["timestamp('2020-01-01T00:00:00Z')", "it must be JSON: got Date"],
  ["b'x'", "it must be JSON: got Uint8Array"],
])("compileValue() throws on %s when it runs", (source, message) => {
  expect(() => compileValue(source)({ input })).toThrow(message);
});

test("compileCondition() sees what it may, and needs true or false", () => {
  const isOff = compileCondition("output.minutes < 0 || output.minutes > 600", "input and output");
  expect([-1, 5, 601].map((minutes) => isOff({ input, output: { minutes } }))).toEqual([true, false, true]);
  expect(() => compileCondition("input.hour", "input")({ input })).toThrow("it must be true or false: got 7");
  expect(() => compileCondition("input.list", "input")({ input })).toThrow("it must be true or false: got Array");
});

test.each<[string, string]>([
  ["input.hour >", "must be CEL: Unexpected token: EOF at column 13 of the expression"],
  ["true && inpt.hour > 1", "must be CEL: Unknown variable: inpt at column 9 of the expression"],
  ["input.a > 1 &&\ninpt.b", "must be CEL: Unknown variable: inpt at line 2, column 1 of the expression"],
  ["output.minutes > 1", "must be CEL: Unknown variable: output at column 1 of the expression"],
  ["1 + 2", "must be true or false: it is of type int"],
  ["1 + 'a' == 2", "must be CEL: no such overload: int + string at column 1"],
  ["now() > 1", "must be CEL: found no matching overload for 'now()'"],
  ["input.route.matches('^(a+)+$')", "must not call matches(), which can take long: use startsWith"],
  ["!(true && input.route.matches('a'))", "must not call matches()"],
  ["input.list.all(x, input.list.all(y, x > y))", "must not have all() inside another loop at column 19"],
  ["input.list.all(x, x in input.list)", "must not search a list inside a loop at column 19 of the expression"],
  ["(".repeat(40) + "true" + ")".repeat(40), "must be CEL: Exceeded maxDepth (32)"],
])("compileCondition() refuses %s", (source, message) => {
  expect(() => compileCondition(source, "input")).toThrow(SyntaxError);
  expect(() => compileCondition(source, "input")).toThrow(message);
});
