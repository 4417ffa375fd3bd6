import { expect, test } from "vitest";
import { FINDING_MIME } from "../finding.ts";
import type { Output } from "../notebook.ts";
import { TABLE_MIME } from "./data_table.ts";
import { compareOutputs } from "./reproduced.ts";
import { readTolerance } from "./tolerance.ts";

const shown = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });
const stream = (text: string): Output => ({ output_type: "stream", name: "stdout", text });
const table = (delay: number, total = 2) =>
  shown({
    [TABLE_MIME]: {
      schema: { fields: [{ name: "route", type: "string" }, { name: "delay", type: "number" }] },
      data: [{ route: "ORD", delay }],
    },
    "text/plain": `route  delay\n-----  ${"-".repeat(String(delay).length)}\nORD    ${delay}\n${total} rows`,
  });
const stated = (value: number) =>
  shown({ [FINDING_MIME]: { text: `rmse ${value}`, values: { rmse: value } }, "text/plain": `rmse ${value}` });
const svg = (x: number) => shown({ "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><rect x="${x}"/></svg>` });
const compare = (was: Output[], now: Output[], tolerance?: number) =>
  compareOutputs({ outputs: was }, { outputs: now }, tolerance === undefined ? {} : { tolerance });

test.each<[string, Output, Output]>([
  ["a text", stream("rmse 1000.5"), stream("rmse 1000.6")],
  ["a table", table(1000.5), table(1000.6)],
  ["a table whose columns are wider", table(1000.5), table(1000.51234)],
  ["a finding", stated(1000.5), stated(1000.6)],
  ["JSON", shown({ "application/json": { a: [1000.5, "x"] } }), shown({ "application/json": { a: [1000.6, "x"] } })],
])("compareOutputs() takes numbers of %s as equal within the tolerance alone", (_, was, now) => {
  expect(compare([was], [now], 1e-3)).toMatchObject({ outputs: 1, reproduced: 1, differences: [] });
  expect(compare([was], [now], 1e-6)).toMatchObject({ outputs: 1, reproduced: 0 });
  expect(compare([was], [now])).toMatchObject({ outputs: 1, reproduced: 0 });
});

test("compareOutputs() takes |a−b| ≤ t·max(1,|b|) by its word", () => {
  const within = (a: number, b: number, t: number) => compare([stream(`${a}`)], [stream(`${b}`)], t).reproduced === 1;
  expect([within(0, 0.5, 0.5), within(0, 0.51, 0.5), within(75, 50, 0.5), within(76, 50, 0.5)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test.each<[string, Output, Output]>([
  ["words", stream("rmse 1"), stream("mae 1")],
  ["how many numbers there are", stream("1 2"), stream("1")],
  ["the rows that a table has in all", table(1, 2_000), table(1, 3_000)],
  ["bytes of figures", svg(100), svg(100.01)],
  ["keys of JSON", shown({ "application/json": { a: 1 } }), shown({ "application/json": { b: 1 } })],
  ["names with digits", stream("model-1"), stream("model1")],
])("compareOutputs() tolerates no other %s", (_, was, now) => {
  expect(compare([was], [now], 1e-2)).toMatchObject({ reproduced: 0, differences: [{ output: 1 }] });
});

test("compareOutputs() names what did not come, what came as something else, and what came beside", () => {
  expect(compare([stream("a"), svg(1), stated(1)], [stream("a"), stated(1)])).toEqual({
    outputs: 3,
    reproduced: 1,
    differences: [
      { output: 2, what: "chart came as finding", was: expect.stringMatching(/^<svg/), came: "rmse 1" },
      { output: 3, what: "finding did not come", was: "rmse 1", came: "" },
    ],
  });
  expect(compare([svg(1)], [svg(1), stated(2)])).toEqual({
    outputs: 1,
    reproduced: 1,
    differences: [{ output: 2, what: "finding came beside those on record", was: "", came: "rmse 2" }],
  });
});

test("compareOutputs() gives the values of a table, a finding and a figure", () => {
  expect(compare([table(8.5)], [table(9)]).differences).toMatchObject([
    { what: expect.stringContaining("table by route"), was: "ORD: delay 8.5", came: "ORD: delay 9", delta: 0.5 },
  ]);
  expect(compare([stated(1)], [stated(1.25)]).differences).toMatchObject([{
    was: "rmse 1",
    came: "rmse 1.25",
    delta: 0.25,
  }]);
  expect(compare([svg(1)], [svg(2)]).differences[0]!.came).toMatch(/^\d+ bytes, [0-9a-f]{12}$/);
});

test.each([["//| tolerance: 1e-6\n1", 1e-6], ["//| label: a\n//| tolerance: 0\n1", 0], ["1", null], ["// 1", null]])(
  "readTolerance() reads %j as %j",
  async (source, found) => expect(await readTolerance({ id: "a", source })).toBe(found),
);
